"""Rescheduling: other days for the same debt (rule DEF-09; AAOIFI SS 8 5/7, SS 19 4/1).

A change makes a new version that again holds the whole debt, so the running totals of what is
paid keep their meaning. Moving dates leaves every amount in place. Spreading the rest anew
keeps the paid part in front as lines that are exactly covered.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sanduq.kit.days import ONE_DAY
from sanduq.kit.errors import ValidationFailed
from sanduq.obligations.calendar import Calendar, WorkingDays, working_dates
from sanduq.obligations.errors import (
    NothingToReschedule,
    RescheduleIncrease,
    ScheduleDatesInvalid,
)
from sanduq.obligations.model import Debt
from sanduq.obligations.schedule import (
    Frequency,
    Line,
    Schedule,
    ScheduleTerms,
    due_dates,
    fees_within,
    regular_dates,
    schedule_from_lines,
    spread,
)


@dataclass(frozen=True, slots=True)
class MoveDueDate:
    """One due date moves; the later ones follow it at the frequency, on its day of the month.

    `anchor_day` is the day of the month to keep where a short month clamps the new date.
    """

    from_due_on: date
    to_due_on: date
    frequency: Frequency = Frequency.MONTHLY
    anchor_day: int | None = None
    working_days: WorkingDays = WorkingDays.SAME_DAY


@dataclass(frozen=True, slots=True)
class Holiday:
    """No instalment for `periods` periods from a due date on: that date and all later ones
    shift, and the number of instalments stays. `anchor_day` as in `MoveDueDate`."""

    from_due_on: date
    periods: int
    frequency: Frequency = Frequency.MONTHLY
    anchor_day: int | None = None
    working_days: WorkingDays = WorkingDays.SAME_DAY

    def __post_init__(self) -> None:
        if not 1 <= self.periods <= 120:
            raise ValidationFailed.field(
                "periods", "out_of_range", "a holiday lasts between 1 and 120 periods"
            )


@dataclass(frozen=True, slots=True)
class NewTerms:
    """What is outstanding is spread over new terms, anchored on the day of the agreement."""

    terms: ScheduleTerms


@dataclass(frozen=True, slots=True)
class NewDates:
    """What is outstanding is spread over these dates."""

    due_on: tuple[date, ...]
    instalment_multiple_of_minor: int = 1


@dataclass(frozen=True, slots=True)
class NewLines:
    """What is outstanding, line by line as the parties wrote it down."""

    lines: tuple[Line, ...]


Change = MoveDueDate | Holiday | NewTerms | NewDates | NewLines


def reschedule(
    debt: Debt, change: Change, *, on: date, calendar: Calendar | None = None
) -> Schedule:
    """The next version of the schedule, agreed on the day `on`. Principal and fee stay as they
    were, to the minor unit, and so does what is paid.

    Refuses `NOTHING_TO_RESCHEDULE` (settled, or no such due date), `SCHEDULE_DATES_INVALID`
    (dates before `on`, or not in order), `RESCHEDULE_INCREASE` (the new lines do not sum to
    the outstanding principal and the outstanding fee), `SCHEDULE_SUM_MISMATCH` (a negative part).
    """
    if debt.is_settled:
        raise NothingToReschedule("the debt is settled")
    version = _next_version(debt, change, on, calendar or Calendar())
    _refuse_increase(debt, version)
    return version


def _next_version(debt: Debt, change: Change, on: date, calendar: Calendar) -> Schedule:
    match change:
        case MoveDueDate() | Holiday():
            return _moved(debt, change, on, calendar)
        case NewTerms(terms):
            multiple = terms.instalment_multiple_of_minor
            return _respread(debt, due_dates(terms, on, calendar), multiple, on)
        case NewDates(due_on, multiple):
            return _respread(debt, due_on, multiple, on)
        case NewLines(lines):
            return _continued(debt, lines, on)


def _moved(debt: Debt, change: MoveDueDate | Holiday, on: date, calendar: Calendar) -> Schedule:
    schedule = debt.schedule
    if change.from_due_on not in schedule.due_on:
        raise NothingToReschedule(f"no instalment is due on {change.from_due_on}")
    index = schedule.due_on.index(change.from_due_on)
    count = len(schedule.due_on) - index
    if isinstance(change, MoveDueDate):
        nominal = regular_dates(change.to_due_on, count, change.frequency, day=change.anchor_day)
    else:
        nominal = regular_dates(
            change.from_due_on, count + change.periods, change.frequency, day=change.anchor_day
        )[change.periods :]
    if nominal[0] < on:
        raise ScheduleDatesInvalid(f"the new due date {nominal[0]} lies before {on}")
    if index and nominal[0] <= schedule.due_on[index - 1]:
        raise ScheduleDatesInvalid("the new due date does not follow the instalment before it")
    moved = working_dates(
        nominal,
        calendar=calendar,
        rule=change.working_days,
        not_before=max(on, schedule.due_on[index - 1] + ONE_DAY) if index else on,
    )
    return Schedule(
        version=schedule.version + 1,
        due_on=schedule.due_on[:index] + moved,
        principal_minor=schedule.principal_minor,
        fee_minor=schedule.fee_minor,
    )


def _respread(debt: Debt, due_on: tuple[date, ...], multiple: int, on: date) -> Schedule:
    lines = spread(
        debt.principal_outstanding_minor,
        debt.fee_outstanding_minor,
        due_on,
        multiple_of_minor=multiple,
    )
    return _continued(debt, lines, on)


def _continued(debt: Debt, lines: tuple[Line, ...], on: date) -> Schedule:
    if not lines or lines[0].due_on < on:
        raise ScheduleDatesInvalid(f"the first new due date must be {on} or later")
    history = _paid_lines(debt, before=lines[0].due_on, on=on)
    return schedule_from_lines(debt.schedule.version + 1, history + lines)


def _paid_lines(debt: Debt, *, before: date, on: date) -> tuple[Line, ...]:
    """The paid part as lines dated before the first new one. A line paid in part is cut to
    that part. What was paid ahead, on lines due no earlier than the new ones, joins the last
    line kept; with none kept it stands on the day of the agreement or the day before the new
    first date."""
    days: list[date] = []
    totals: list[int] = []
    wanted: list[int] = []
    left = debt.paid_minor
    for line in debt.schedule.lines:
        if left == 0:
            break
        paid = min(left, line.total_minor)
        left -= paid
        fee = line.fee_minor if paid == line.total_minor else 0
        if line.due_on < before or not days:
            days.append(line.due_on if line.due_on < before else min(on, before - ONE_DAY))
            totals.append(paid)
            wanted.append(fee)
        else:
            totals[-1] += paid
            wanted[-1] += fee
    fees = fees_within(totals, wanted, debt.fee_paid_minor)
    return tuple(
        Line(day, total - fee, fee) for day, total, fee in zip(days, totals, fees, strict=True)
    )


def _refuse_increase(debt: Debt, version: Schedule) -> None:
    # Less than the debt is refused by the same rule: to forgive is another act, by the owner.
    before = (debt.schedule.principal_total_minor, debt.schedule.fee_total_minor)
    after = (version.principal_total_minor, version.fee_total_minor)
    if before != after:
        raise RescheduleIncrease(
            principal_before_minor=before[0],
            fee_before_minor=before[1],
            principal_after_minor=after[0],
            fee_after_minor=after[1],
        )
