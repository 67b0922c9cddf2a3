"""The test clock of a sandbox institution: move time on, and live through the days between."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request
from pydantic import AwareDatetime, BeforeValidator

from sanduq.access import service as access
from sanduq.audit import service as audit
from sanduq.kit.clock import FixedClock, local_date
from sanduq.kit.db import UnitOfWork
from sanduq.kit.errors import ValidationFailed
from sanduq.kit.web import gateway, scope
from sanduq.kit.wire import Input, Output
from sanduq.obligations.end_of_day import DayReport, run_days

DAYS_MAX = 3700

router = APIRouter(prefix="/v1/test-clock", tags=["Test clock"])


def _written_out(value: Any) -> Any:
    if not isinstance(value, str):
        raise ValueError("write the instant as RFC 3339 text")
    return value


Instant = Annotated[AwareDatetime, BeforeValidator(_written_out)]


class AdvanceIn(Input):
    to: Instant


class ClockOut(Output):
    now: datetime
    business_on: date
    is_frozen: bool
    closed_through_on: date


class DayOut(Output):
    business_on: date
    steps: dict[str, int]


class AdvancedOut(Output):
    now: datetime
    business_on: date
    days: list[DayOut]


@router.get("", response_model=ClockOut, openapi_extra=scope("test-clock:read"))
def get_clock(request: Request) -> Any:
    """What time it is in this institution."""
    return gateway(request).read(request, _clock_out)


@router.post("/advance", response_model=AdvancedOut, openapi_extra=scope("test-clock:write"))
def advance(request: Request, body: AdvanceIn) -> Any:
    """Moves a sandbox institution's clock forward and closes every business date it passes."""
    return gateway(request).write(request, lambda uow: _advance(uow, body.to))


def _advance(uow: UnitOfWork, to: datetime) -> dict[str, Any]:
    access.require_clock_move(uow, to)
    # A bound on the instant comes first: far enough ahead there is no local date any more.
    if to - uow.now > timedelta(days=DAYS_MAX):
        raise _too_far()
    last = local_date(to, uow.time_zone) - timedelta(days=1)
    closed = access.get_institution(uow).closed_through_on
    if (last - closed).days > DAYS_MAX:
        raise _too_far()
    reports: list[DayReport] = []
    for passed in range(1, (last - closed).days + 1):
        day = closed + timedelta(days=passed)
        uow.clock = FixedClock(max(uow.now, _end_of(day, uow.time_zone)))
        reports += run_days(uow, through=day)
    access.move_clock(uow, to)
    audit.record(
        uow,
        [audit.Deed("test_clock.advance", uow.actor.institution, details={"days": len(reports)})],
    )
    return AdvancedOut(
        now=uow.now,
        business_on=uow.today,
        days=[DayOut(business_on=each.business_on, steps=each.steps) for each in reports],
    ).model_dump()


def _end_of(day: date, time_zone: str) -> datetime:
    """The last instant of a calendar day where the institution lives."""
    midnight = datetime.combine(day + timedelta(days=1), time(), ZoneInfo(time_zone))
    return midnight - timedelta(microseconds=1)


def _too_far() -> ValidationFailed:
    return ValidationFailed.field(
        "to", "too_far", f"the clock passes at most {DAYS_MAX} days in one call"
    )


def _clock_out(uow: UnitOfWork) -> dict[str, Any]:
    institution = access.get_institution(uow)
    return ClockOut(
        now=uow.now,
        business_on=uow.today,
        is_frozen=institution.clock_frozen_at is not None,
        closed_through_on=institution.closed_through_on,
    ).model_dump()
