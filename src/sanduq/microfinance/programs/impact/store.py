"""SQL of impact: sums over the loans and answers of a program, and reported figures."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources
from typing import Any

from psycopg import sql

from sanduq.kit.db import Row, UnitOfWork
from sanduq.microfinance.programs.impact.model import ImpactRecord, Period, Tally
from sanduq.microfinance.programs.impact.model_books import NEW_BUSINESS_PURPOSES, Books
from sanduq.microfinance.programs.impact.model_report import ALL, Base, Part, Recorded

BANDS = ("doubled_or_more", "up", "same", "down")


def _statement(*names: str) -> sql.SQL:
    folder = resources.files("sanduq.microfinance.programs.impact") / "sql"
    text = "\n".join((folder / f"{name}.sql").read_text(encoding="utf-8") for name in names)
    # The files are the house's own text; values travel as parameters.
    return sql.SQL(text)


_BASE = _statement("people", "base")
_BOOKS = _statement("people", "books")
_SURVEYED = _statement("people", "surveyed")
_RECORDED = sql.SQL(
    "select indicator, dimension, cell, value, respondents, starts_on, ends_on from ("
    " select m.indicator, m.dimension, m.cell, m.value, m.respondents, r.starts_on, r.ends_on,"
    "  rank() over (partition by m.indicator"
    "               order by r.ends_on desc, r.created_at desc, r.record_id desc) as place"
    "  from microfinance.impact_metric m"
    "  join microfinance.impact_record r"
    "    on r.institution_id = m.institution_id and r.record_id = m.record_id"
    " where m.institution_id = %(institution)s and m.program_id = %(program)s"
    "   and m.ends_on <= %(ends_on)s and r.starts_on >= %(starts_on)s"
    ") latest where place = 1"
)


def base(uow: UnitOfWork, program_id: str, period: Period) -> Base:
    """The clients of a program whose loans were paid out by the end of the period."""
    return Base(*uow.composed(_BASE, _parameters(uow, program_id, period))[0])


def books(uow: UnitOfWork, program_id: str, period: Period) -> dict[Part, Books]:
    """What the loans of a program did in a period, for everybody and by part."""
    parameters = _parameters(uow, program_id, period)
    parameters["new_business"] = list(NEW_BUSINESS_PURPOSES)
    return {(row[0], row[1]): Books(*row[2:]) for row in uow.composed(_BOOKS, parameters)}


def surveyed(uow: UnitOfWork, program_id: str, period: Period) -> dict[str, dict[Part, Tally]]:
    """Sums of what clients answered, by indicator, for everybody and by part."""
    found: dict[str, dict[Part, Tally]] = {}
    for row in uow.composed(_SURVEYED, _parameters(uow, program_id, period)):
        found.setdefault(row[0], {})[row[1], row[2]] = Tally(
            row[3],
            row[4],
            row[5],
            row[6],
            row[7],
            row[8],
            dict(zip(BANDS, row[9:13], strict=True)),
        )
    return found


def recorded(uow: UnitOfWork, program_id: str, period: Period) -> dict[str, dict[Part, Recorded]]:
    """The latest report of each indicator whose days lie in the period."""
    found: dict[str, dict[Part, Recorded]] = {}
    for row in uow.composed(_RECORDED, _parameters(uow, program_id, period)):
        part = (row[1], row[2]) if row[1] is not None else ALL
        found.setdefault(row[0], {})[part] = _recorded(row)
    return found


def insert_record(uow: UnitOfWork, record: ImpactRecord) -> None:
    """Writes a record and its figures in two statements."""
    uow.execute(
        "insert into microfinance.impact_record (institution_id, record_id, program_id, starts_on,"
        " ends_on, created_at, created_by) values (%s,%s,%s,%s,%s,%s,%s)",
        uow.institution_id, record.record_id, record.program_id, record.period.starts_on,
        record.period.ends_on, record.created_at, record.created_by,
    )  # fmt: skip
    metrics = record.metrics
    uow.execute(
        "insert into microfinance.impact_metric (institution_id, record_id, program_id, ends_on,"
        " line, indicator, value, respondents, source, iris_version, dimension, cell)"
        " select %s, %s, %s, %s, n.* from unnest(%s::integer[], %s::text[], %s::numeric[],"
        " %s::integer[], %s::text[], %s::text[], %s::text[], %s::text[]) n",
        uow.institution_id,
        record.record_id,
        record.program_id,
        record.period.ends_on,
        list(range(1, len(metrics) + 1)),
        [each.indicator for each in metrics],
        [each.value for each in metrics],
        [each.respondents for each in metrics],
        [each.source.value for each in metrics],
        [each.iris_version for each in metrics],
        [each.dimension.value if each.dimension is not None else None for each in metrics],
        [each.cell for each in metrics],
    )


def _recorded(row: Row) -> Recorded:
    return Recorded(row[3], row[4], Period(row[5], row[6]))


def _parameters(uow: UnitOfWork, program_id: str, period: Period) -> dict[str, Any]:
    found: Mapping[str, Any] = {
        "institution": uow.institution_id,
        "program": program_id,
        "starts_on": period.starts_on,
        "ends_on": period.ends_on,
        "zone": uow.time_zone,
    }
    return dict(found)
