"""The clockwork: days close once, by themselves, and one institution never holds up another."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta
from pathlib import Path

import psycopg
import pytest

from sanduq.access import founding
from sanduq.access import service as access
from sanduq.kit.db import Database
from sanduq.kit.money import Money, currency
from sanduq.ledger.capital import add_capital
from sanduq.ledger.checkpoint import DIRECTORY
from sanduq.worker import jobs
from sanduq.worker.app import build_worker


@pytest.fixture
def live(owner_url: str) -> str:
    """An institution in the world's time, whose last three days are not closed."""
    with psycopg.connect(owner_url) as owner:
        new = founding.NewInstitution(3, "inst_live", "Live", "USD", is_live=True)
        founding.found_institution(owner, new)
        owner.execute(
            "update access.institution set closed_through_on = closed_through_on - 3"
            " where institution_id = 3"
        )
    return "inst_live"


def closed_through(db: Database, institution: str) -> date:
    states = {state.id: state for state in access.institutions(db)}
    return states[institution].closed_through_on


def test_days_that_are_over_close_once_where_the_clock_runs(db: Database, live: str) -> None:
    began = closed_through(db, live)
    assert jobs.close_days(db) == 3
    assert closed_through(db, live) == began + timedelta(days=3)
    assert jobs.close_days(db) == 0
    assert closed_through(db, "inst_test") == date(2024, 1, 14)


def test_days_close_up_to_the_day_named_and_never_beyond_yesterday(db: Database, live: str) -> None:
    first, second, third = jobs.pending_days(db, live)
    assert [day.business_on for day in jobs.close_days_of(db, live, first)] == [first]
    assert jobs.pending_days(db, live, third + timedelta(days=9)) == [second, third]


def test_one_institution_that_fails_leaves_the_others_served(
    db: Database, live: str, owner_url: str
) -> None:
    with psycopg.connect(owner_url) as owner:
        new = founding.NewInstitution(4, "inst_astray", "Astray", "USD", is_live=True)
        founding.found_institution(owner, new)
        owner.execute(
            "update access.institution set time_zone = 'Mars/Base' where institution_id = 4"
        )
    assert [state.id for state in access.institutions(db)].index("inst_astray") == 0
    with pytest.raises(jobs.JobIncomplete, match="inst_astray") as raised:
        jobs.close_days(db)
    assert live not in str(raised.value)
    assert jobs.pending_days(db, live) == []


def test_a_checkpoint_is_signed_once_a_day_where_something_was_posted(
    db: Database, live: str, tmp_path: Path
) -> None:
    jobs.write_checkpoints(db, tmp_path)
    assert not (tmp_path / DIRECTORY).exists()
    with access.work_as_system(db, live, "req_test") as uow:
        add_capital(uow, Money(100_00, currency("USD")), "brn_main")
    jobs.write_checkpoints(db, tmp_path)
    jobs.write_checkpoints(db, tmp_path)
    assert len(list((tmp_path / DIRECTORY / live).iterdir())) == 1


def test_the_worker_runs_what_is_due_in_the_applications_role(
    db: Database, live: str, tmp_path: Path
) -> None:
    app = build_worker(db, tmp_path)

    async def work() -> None:
        async with app.open_async():
            for name in ("close_days", "write_checkpoints", "sweep_stalled_jobs"):
                await app.configure_task(name).defer_async(timestamp=0)
            await app.run_worker_async(wait=False, install_signal_handlers=False)

    asyncio.run(work())
    with psycopg.connect(db.url) as owner:
        jobs_left = owner.execute(
            "select task_name from procrastinate.procrastinate_jobs where status <> 'succeeded'"
        ).fetchall()
    assert jobs_left == []
    assert jobs.pending_days(db, live) == []


def test_a_job_whose_worker_died_is_done_by_the_next(
    db: Database, live: str, tmp_path: Path
) -> None:
    app = build_worker(db, tmp_path)

    async def work() -> None:
        async with app.open_async():
            await app.configure_task("close_days").defer_async(timestamp=0)
            with psycopg.connect(db.url, autocommit=True) as owner:
                owner.execute("set search_path to procrastinate")
                owner.execute(
                    "insert into procrastinate_workers (last_heartbeat)"
                    " values (now() - interval '1 hour')"
                )
                owner.execute(
                    "update procrastinate_jobs set status = 'doing',"
                    " worker_id = (select max(id) from procrastinate_workers)"
                )
            await app.configure_task("sweep_stalled_jobs").defer_async(timestamp=0)
            await app.run_worker_async(wait=False, install_signal_handlers=False)

    asyncio.run(work())
    assert jobs.pending_days(db, live) == []
