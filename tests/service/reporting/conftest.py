"""A random year of lending, made once for each institution and read by many tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sanduq import demo
from sanduq.access import service as access
from sanduq.kit.db import Database, UnitOfWork
from tests.conftest import copied
from tests.make.portfolio_year import Year, a_year
from tests.make.rows import run_as_owner

# By UTC the days of the second institution begin eight hours early.
YEARS = ((20240115, "UTC"), (7, "Asia/Kuala_Lumpur"))


@pytest.fixture(scope="session", params=YEARS, ids=["utc", "kuala_lumpur"])
def made_year(
    request: pytest.FixtureRequest, server_url: str, demo_template: str
) -> Iterator[tuple[Year, str]]:
    """The year, and the URL of its owner."""
    seed, time_zone = request.param
    with copied(server_url, demo_template) as url:
        run_as_owner(url, f"update access.institution set time_zone = '{time_zone}'")
        with Database(url) as database:
            yield a_year(database, seed, time_zone=time_zone), url


@pytest.fixture
def year(made_year: tuple[Year, str]) -> Year:
    """The year."""
    return made_year[0]


@pytest.fixture
def year_work(year: Year) -> Iterator[UnitOfWork]:
    """A unit of work at the end of the year."""
    with access.work_as(year.db, demo.INSTITUTION, demo.MAKER, "req_ties") as found:
        yield found
