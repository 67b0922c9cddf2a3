"""A payment holiday for many loans at once: which instalments move, and how far. No I/O."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sanduq.kit.days import add_months
from sanduq.microfinance.loans.model import ScheduleRule
from sanduq.obligations.errors import NothingToReschedule
from sanduq.obligations.model import Debt
from sanduq.obligations.rescheduling import Holiday
from sanduq.obligations.schedule import Frequency, regular_dates

MONTHS_MAX = 24
LOANS_MAX = 5_000
PERIODS_MAX = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class NewHoliday:
    """What befell a branch, a group or a program (all that are named must fit), and the answer:
    every instalment from today on moves by `months`, or rests until a day."""

    event: str
    reason: str
    document: str
    branch_id: str | None = None
    group_id: str | None = None
    program_id: str | None = None
    months: int | None = None
    until_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentHoliday(NewHoliday):
    """A holiday that was given, and how many loans it reached."""

    holiday_id: str
    given_count: int
    refused_count: int
    given_on: date
    created_at: datetime
    created_by: str


@dataclass(frozen=True, slots=True)
class HolidayResult:
    """What became of one loan: the instalment that moved, or the code and cause why none did."""

    loan_id: str
    from_due_on: date | None = None
    to_due_on: date | None = None
    schedule_version: int | None = None
    code: str | None = None
    message: str | None = None

    @property
    def is_given(self) -> bool:
        return self.code is None


def rest_of(
    debt: Debt, new: NewHoliday, *, on: date, frequency: Frequency, day: int, rule: ScheduleRule
) -> Holiday:
    """The change that lets a debt rest: its first unpaid instalment due from `on` on, and all
    after it, move by whole periods. What was overdue before stays due as it was.

    Refuses NOTHING_TO_RESCHEDULE when nothing falls due, or not before the holiday ends.
    """
    schedule = debt.schedule
    unpaid = [
        due_on
        for due_on, total in zip(schedule.due_on, schedule.cumulative_total_minor, strict=True)
        if due_on >= on and total > debt.paid_minor
    ]
    if not unpaid:
        raise NothingToReschedule(f"no instalment falls due from {on} on")
    first = unpaid[0]
    until = new.until_on or add_months(first, new.months or 0, anchor_day=day)
    days = regular_dates(first, PERIODS_MAX + 1, frequency, day=day)
    periods = next((place for place, each in enumerate(days) if each >= until), PERIODS_MAX)
    if periods == 0:
        raise NothingToReschedule(f"the next instalment falls due on {first}, after the holiday")
    return Holiday(first, periods, frequency, day, rule.working_days)
