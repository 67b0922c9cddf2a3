"""The schedule of a debt: on which days how much falls due, principal and fee apart.

A schedule is a fact: it is never edited. Rescheduling makes a new version (`rescheduling`).
All amounts are whole minor units of the debt's asset. There is no rate here and no way to
derive an amount from time: both sums are given, and only divided (rules GEN-08, GEN-20, QRD-19).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from itertools import accumulate, pairwise
from operator import add

from sanduq.kit.days import ONE_DAY, add_months, day_in_month
from sanduq.kit.errors import ValidationFailed
from sanduq.kit.money import allocate
from sanduq.obligations.calendar import Calendar, WorkingDays, working_dates
from sanduq.obligations.errors import ScheduleDatesInvalid, ScheduleSumMismatch

INSTALMENTS_MAX = 1200
GRACE_MONTHS_MAX = 120
DAYS_AFTER_MAX = 3660


class Frequency(StrEnum):
    """How often an instalment falls due."""

    WEEKLY = "weekly"
    BIWEEKLY = "biweekly"
    MONTHLY = "monthly"


class AnchorKind(StrEnum):
    """How the first due date follows from the day the debt is anchored on."""

    NEXT_MONTH_FIRST = "next_month_first"
    DAY_OF_MONTH = "day_of_month"
    WEEKDAY = "weekday"
    DAYS_AFTER = "days_after"


_ANCHOR_RANGE = {
    AnchorKind.NEXT_MONTH_FIRST: (0, 0),
    AnchorKind.DAY_OF_MONTH: (1, 31),
    AnchorKind.WEEKDAY: (0, 6),
    AnchorKind.DAYS_AFTER: (0, DAYS_AFTER_MAX),
}


def _in_range(name: str, number: int, lowest: int, highest: int) -> None:
    if not lowest <= number <= highest:
        raise ValidationFailed.field(
            name, "out_of_range", f"{name} must lie between {lowest} and {highest}"
        )


@dataclass(frozen=True, slots=True)
class Anchor:
    """`number` is the day of the month (1..31), the weekday (Monday is 0) or the days after.

    Refuses (`VALIDATION_ERROR`) a number the kind cannot hold.
    """

    kind: AnchorKind = AnchorKind.NEXT_MONTH_FIRST
    number: int = 0

    def __post_init__(self) -> None:
        lowest, highest = _ANCHOR_RANGE[self.kind]
        _in_range("anchor", self.number, lowest, highest)


@dataclass(frozen=True, slots=True)
class ScheduleTerms:
    """What the parties agreed about instalments.

    `grace_months` delays the first due date and leaves the number of instalments as it is.
    Refuses (`VALIDATION_ERROR`) numbers out of range.
    """

    instalments: int
    frequency: Frequency = Frequency.MONTHLY
    grace_months: int = 0
    anchor: Anchor = Anchor()
    instalment_multiple_of_minor: int = 1
    working_days: WorkingDays = WorkingDays.SAME_DAY

    def __post_init__(self) -> None:
        _in_range("instalments", self.instalments, 1, INSTALMENTS_MAX)
        _in_range("grace_months", self.grace_months, 0, GRACE_MONTHS_MAX)
        if self.instalment_multiple_of_minor < 1:
            raise ValidationFailed.field(
                "instalment_multiple_of_minor", "out_of_range", "the multiple must be at least 1"
            )


@dataclass(frozen=True, slots=True)
class Line:
    """One instalment."""

    due_on: date
    principal_minor: int
    fee_minor: int

    @property
    def total_minor(self) -> int:
        return self.principal_minor + self.fee_minor


@dataclass(frozen=True, slots=True)
class Schedule:
    """One version of a debt's instalments, as columns; cumulative sums are kept beside them.

    Refuses `SCHEDULE_DATES_INVALID` when there is no line or dates do not strictly increase,
    `SCHEDULE_SUM_MISMATCH` when columns differ in length or an amount is negative.
    """

    version: int
    due_on: tuple[date, ...]
    principal_minor: tuple[int, ...]
    fee_minor: tuple[int, ...]
    cumulative_total_minor: tuple[int, ...] = field(init=False, repr=False, compare=False)
    cumulative_fee_minor: tuple[int, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not self.due_on or any(later <= day for day, later in pairwise(self.due_on)):
            raise ScheduleDatesInvalid()
        if not len(self.due_on) == len(self.principal_minor) == len(self.fee_minor):
            raise ScheduleSumMismatch("every due date needs its principal and its fee")
        if min(self.principal_minor) < 0 or min(self.fee_minor) < 0:
            raise ScheduleSumMismatch("no part of an instalment may be negative")
        fees = tuple(accumulate(self.fee_minor))
        totals = tuple(map(add, fees, accumulate(self.principal_minor)))
        object.__setattr__(self, "cumulative_fee_minor", fees)
        object.__setattr__(self, "cumulative_total_minor", totals)

    @property
    def lines(self) -> tuple[Line, ...]:
        return tuple(map(Line, self.due_on, self.principal_minor, self.fee_minor))

    @property
    def total_minor(self) -> int:
        return self.cumulative_total_minor[-1]

    @property
    def fee_total_minor(self) -> int:
        return self.cumulative_fee_minor[-1]

    @property
    def principal_total_minor(self) -> int:
        return self.total_minor - self.fee_total_minor


def schedule_from_lines(version: int, lines: Sequence[Line]) -> Schedule:
    """The schedule holding these lines in this order. Refuses what `Schedule` refuses."""
    return Schedule(
        version=version,
        due_on=tuple(line.due_on for line in lines),
        principal_minor=tuple(line.principal_minor for line in lines),
        fee_minor=tuple(line.fee_minor for line in lines),
    )


def first_due_on(terms: ScheduleTerms, anchored_on: date) -> date:
    """The first due date before holidays are looked at; always on or after `anchored_on`.

    `next_month_first`: the first day of the month after, plus the grace months.
    `day_of_month`: the first such day after `anchored_on`, plus the grace months.
    `weekday`, `days_after`: counted from `anchored_on` plus the grace months.
    """
    grace, number = terms.grace_months, terms.anchor.number
    match terms.anchor.kind:
        case AnchorKind.NEXT_MONTH_FIRST:
            return day_in_month(anchored_on.year, anchored_on.month + 1 + grace, 1)
        case AnchorKind.DAY_OF_MONTH:
            this_month = day_in_month(anchored_on.year, anchored_on.month, number)
            wait = grace if this_month > anchored_on else grace + 1
            return add_months(this_month, wait, anchor_day=number)
        case AnchorKind.WEEKDAY:
            start = add_months(anchored_on, grace) + ONE_DAY
            return start + timedelta(days=(number - start.weekday()) % 7)
        case AnchorKind.DAYS_AFTER:
            return add_months(anchored_on, grace) + timedelta(days=number)


def anchor_day(terms: ScheduleTerms, anchored_on: date) -> int:
    """The day of the month that monthly due dates keep, even where a short month clamps one."""
    if terms.anchor.kind is AnchorKind.DAY_OF_MONTH:
        return terms.anchor.number
    return first_due_on(terms, anchored_on).day


def regular_dates(
    first: date, count: int, frequency: Frequency, *, day: int | None = None
) -> tuple[date, ...]:
    """`count` nominal dates from `first` on. Monthly ones keep `day` (by default the first's),
    clamped to the month's end: 31 January, 28 February, 31 March."""
    if frequency is Frequency.MONTHLY:
        later = (add_months(first, step, anchor_day=day) for step in range(1, count))
    else:
        days = 7 if frequency is Frequency.WEEKLY else 14
        later = (first + timedelta(days=days * step) for step in range(1, count))
    return (first, *later)


def due_dates(
    terms: ScheduleTerms, anchored_on: date, calendar: Calendar | None = None
) -> tuple[date, ...]:
    """All due dates, moved off days without work: strictly increasing, none before
    `anchored_on` (a debt cannot fall due before it exists, rule QRD-17)."""
    nominal = regular_dates(
        first_due_on(terms, anchored_on),
        terms.instalments,
        terms.frequency,
        day=anchor_day(terms, anchored_on),
    )
    return working_dates(
        nominal,
        calendar=calendar or Calendar(),
        rule=terms.working_days,
        not_before=anchored_on,
    )


def build_schedule(
    principal_minor: int,
    fee_minor: int,
    terms: ScheduleTerms,
    anchored_on: date,
    calendar: Calendar | None = None,
) -> Schedule:
    """The first version of a debt's schedule; principal and fee each sum exactly (GEN-20).

    The total of an instalment is rounded half-even to the minor unit, or to the multiple the
    terms ask for; the last absorbs the rest. Refuses `SCHEDULE_SUM_MISMATCH` for a negative
    part or a debt of nothing. Source: AAOIFI SS 19, 4/1.
    """
    lines = spread(
        principal_minor,
        fee_minor,
        due_dates(terms, anchored_on, calendar),
        multiple_of_minor=terms.instalment_multiple_of_minor,
    )
    return schedule_from_lines(1, lines)


def spread(
    principal_minor: int, fee_minor: int, due_on: Sequence[date], *, multiple_of_minor: int = 1
) -> tuple[Line, ...]:
    """Divides principal and fee over given dates, by the rounding `build_schedule` promises."""
    if principal_minor < 0 or fee_minor < 0 or principal_minor + fee_minor == 0:
        raise ScheduleSumMismatch("a schedule divides a positive amount of principal and fee")
    if not due_on:
        raise ScheduleDatesInvalid("a schedule needs at least one due date")
    count = len(due_on)
    totals = allocate(principal_minor + fee_minor, count, multiple_of_minor=multiple_of_minor)
    fees = fees_within(totals, allocate(fee_minor, count), fee_minor)
    return tuple(
        Line(day, total - fee, fee) for day, total, fee in zip(due_on, totals, fees, strict=True)
    )


def fees_within(totals: Sequence[int], wanted: Sequence[int], fee_minor: int) -> tuple[int, ...]:
    """The fee of each line: as wanted, but never more than the line, nor so little that the
    principal would run over. They sum to `fee_minor`, which must not exceed the sum of totals.
    """
    fees: list[int] = []
    fee_left = fee_minor
    principal_left = sum(totals) - fee_minor
    for total, share in zip(totals, wanted, strict=True):
        fee = min(max(share, total - principal_left), total, fee_left)
        fees.append(fee)
        fee_left -= fee
        principal_left -= total - fee
    return tuple(fees)
