"""The clockwork's jobs: thin, safe to run twice, one unit of work per institution and day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import structlog

from sanduq.access import service as access
from sanduq.kit.db import Database
from sanduq.kit.ids import new_id
from sanduq.ledger.checkpoint import DIRECTORY, signing_key, write_checkpoint
from sanduq.obligations.end_of_day import DayReport, closed_through, run_days

_log = structlog.get_logger("sanduq.worker")


class JobIncomplete(RuntimeError):
    """Some institutions could not be served; the log says which, the next run tries again."""


def close_days(db: Database) -> int:
    """Closes the days that are over in each institution that follows the world's clock.

    An institution with a frozen clock closes its days when that clock is moved. How many days
    were closed; one institution's failure leaves the others served, then raises `JobIncomplete`.
    """
    closed: list[DayReport] = []

    def close(institution: str) -> None:
        closed.extend(close_days_of(db, institution))

    _for_each_live_clock(db, "close_days", close)
    return len(closed)


def pending_days(db: Database, institution: str, through: date | None = None) -> list[date]:
    """The business dates that are over and not closed, oldest first, up to `through`."""
    with access.work_as_system(db, institution, new_id("req")) as uow:
        closed = closed_through(uow)
        last = uow.today - timedelta(days=1)
    last = min(last, through) if through is not None else last
    return [closed + timedelta(days=n) for n in range(1, (last - closed).days + 1)]


def close_days_of(
    db: Database,
    institution: str,
    through: date | None = None,
    progress: Callable[[date, str], None] | None = None,
) -> list[DayReport]:
    """Closes one institution's pending days, each in its own unit of work: cut off, it goes on."""
    reports: list[DayReport] = []
    for day in pending_days(db, institution, through):
        with access.work_as_system(db, institution, new_id("req")) as uow:
            reports += run_days(uow, through=day, progress=progress)
    return reports


def write_checkpoints(db: Database, data: Path) -> None:
    """Signs each institution's chain head once a business day, outside the database."""
    key = signing_key(data)

    def write(institution: str) -> None:
        with access.work_as_system(db, institution, new_id("req")) as uow:
            write_checkpoint(uow, data / DIRECTORY, key)

    _for_each_live_clock(db, "write_checkpoints", write)


def _for_each_live_clock(db: Database, job: str, work: Callable[[str], None]) -> None:
    failed: list[str] = []
    for state in access.institutions(db):
        if state.is_frozen:
            continue
        try:
            work(state.id)
        except Exception as error:
            _log.error("job_failed", job=job, institution=state.id, exc_info=error)
            failed.append(state.id)
    if failed:
        raise JobIncomplete(f"{job} failed for {', '.join(failed)}")
