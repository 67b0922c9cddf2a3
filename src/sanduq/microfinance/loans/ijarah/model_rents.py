"""Rents period by period: their days, what downtime takes off, and what a change of them means.

Pure arithmetic on whole minor units; every rounding is in the lessee's favour.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise

from sanduq.kit.days import ONE_DAY, add_months
from sanduq.kit.money import allocate
from sanduq.microfinance.loans.ijarah.model import Clauses, Fault, IjarahTerms, Position
from sanduq.obligations.calendar import Calendar, WorkingDays, working_dates
from sanduq.obligations.schedule import Frequency, Schedule, regular_dates


@dataclass(frozen=True, slots=True)
class Rent:
    """The rent of one period, both days included. `credited_minor` is no longer owed."""

    number: int
    starts_on: date
    ends_on: date
    due_on: date
    rent_minor: int
    credited_minor: int = 0
    days_unusable: int = 0
    billed_on: date | None = None

    @property
    def days(self) -> int:
        return (self.ends_on - self.starts_on).days + 1

    @property
    def net_minor(self) -> int:
        return self.rent_minor - self.credited_minor


@dataclass(frozen=True, slots=True)
class Downtime:
    """Days the asset could not be used: from the first one to the day before `until_on`.

    `counted_through_on` is the last day already taken off the rent while it still lasts.
    """

    from_on: date
    fault: Fault
    report: str
    until_on: date | None = None
    counted_through_on: date | None = None

    def days_within(self, starts_on: date, ends_on: date, through: date) -> int:
        """How many of the days of a period it took, counted no further than `through`."""
        last = min(ends_on, through if self.until_on is None else self.until_on - ONE_DAY)
        return max(0, (last - max(starts_on, self.from_on)).days + 1)


def plan_rents(
    terms: IjarahTerms,
    clauses: Clauses,
    delivered_on: date,
    *,
    working_days: WorkingDays = WorkingDays.SAME_DAY,
    calendar: Calendar | None = None,
) -> tuple[Rent, ...]:
    """The rents of a lease delivered on a day: periods from then on, after the rent-free months.

    Due on the last day of the period, or on its first if the clause says so, moved off days
    without work; never before the use is there (rule IJR-04; AAOIFI SS 9 4/1/3).
    """
    first = add_months(delivered_on, terms.rent_free_months)
    # Monthly periods keep the day of delivery through short months and rent-free ones.
    day = delivered_on.day if terms.frequency is Frequency.MONTHLY else None
    marks = regular_dates(first, terms.periods + 1, terms.frequency, day=day)
    spans = [(start, end - ONE_DAY) for start, end in pairwise(marks)]
    nominal = [end if clauses.rent_due == "end" else start for start, end in spans]
    due = working_dates(
        nominal, calendar=calendar or Calendar(), rule=working_days, not_before=first
    )
    return tuple(
        Rent(number, start, end, due_on, terms.rental_minor)
        for number, ((start, end), due_on) in enumerate(zip(spans, due, strict=True), start=1)
    )


def credit_minor_for(rent_minor: int, days_unusable: int, days: int) -> int:
    """The part of a rent that falls away: rent × days unusable ÷ days of the period, rounded up.

    120.00 with 10 of 30 days unusable: 40.00 (rule IJR-06; AAOIFI SS 9 7/1/5).
    """
    return -(-rent_minor * min(days_unusable, days) // days)


def less_downtime(
    rents: Sequence[Rent], downtimes: Sequence[Downtime], through: date
) -> tuple[Rent, ...]:
    """The rents less what blameless downtime up to `through` takes off; a credit never shrinks."""
    blameless = [one for one in downtimes if one.fault is Fault.NONE]
    found = []
    for rent in rents:
        days = sum(one.days_within(rent.starts_on, rent.ends_on, through) for one in blameless)
        days = max(days, rent.days_unusable)
        credit = credit_minor_for(rent.rent_minor, days, rent.days)
        found.append(
            replace(rent, days_unusable=days, credited_minor=max(credit, rent.credited_minor))
        )
    return tuple(found)


def billed(rents: Sequence[Rent], on: date) -> tuple[Rent, ...]:
    """The rents with those due on `on` or before billed on that day."""
    return tuple(
        replace(rent, billed_on=on) if rent.billed_on is None and rent.due_on <= on else rent
        for rent in rents
    )


def cut_off(rents: Sequence[Rent], last_used_on: date, on: date) -> tuple[Rent, ...]:
    """The rents of a lease that ends early: what was used up to `last_used_on` stays owed.

    A period begun counts by its days of use, rounded down; later ones fall away (rules IJR-07,
    IJR-10; AAOIFI SS 9 6/2, 7/1/3). All are billed on `on`: the use is had.
    """
    found = []
    for rent in rents:
        elapsed = min(max((last_used_on - rent.starts_on).days + 1, 0), rent.days)
        kept = rent.rent_minor * max(elapsed - rent.days_unusable, 0) // rent.days
        credited = rent.credited_minor
        if elapsed < rent.days:
            credited = max(credited, rent.rent_minor - kept)
        found.append(replace(rent, credited_minor=credited, billed_on=rent.billed_on or on))
    return tuple(found)


def above_market_minor(rents: Sequence[Rent], market_rent_minor: int) -> tuple[int, ...]:
    """By how much each rent, as far as it is owed, exceeds the market rent; rounded up."""
    return tuple(
        -(-rent.net_minor * max(rent.rent_minor - market_rent_minor, 0) // rent.rent_minor)
        for rent in rents
    )


def less_above_market(rents: Sequence[Rent], market_rent_minor: int) -> tuple[Rent, ...]:
    """The rents brought down to market rent (rule IJR-14; AAOIFI SS 9 8/8)."""
    excess = above_market_minor(rents, market_rent_minor)
    return tuple(
        replace(rent, credited_minor=rent.credited_minor + more)
        for rent, more in zip(rents, excess, strict=True)
    )


def owed_minor(rents: Sequence[Rent]) -> int:
    """What all rents come to, billed or not."""
    return sum(rent.net_minor for rent in rents)


def restated(rents: Sequence[Rent], before: Position) -> Position:
    """The position once these are the rents. What was paid beyond all of them is given back;
    what was forgiven beyond them needs no forgiveness."""
    met = before.paid_minor + before.cleared_minor - before.refunded_minor
    beyond = max(0, met - owed_minor(rents))
    taken_back = min(beyond, before.cleared_minor)
    return Position(
        earned_minor=sum(rent.net_minor for rent in rents if rent.billed_on is not None),
        refunded_minor=before.refunded_minor + beyond - taken_back,
        cleared_minor=before.cleared_minor - taken_back,
        paid_minor=before.paid_minor,
    )


def debt_schedule(version: int, rents: Sequence[Rent], refunded_minor: int) -> Schedule:
    """One instalment per rent. What was given back stays on the first line, which is paid: the
    debt counts every payment ever received."""
    amounts = [rent.net_minor for rent in rents]
    amounts[0] += refunded_minor
    return Schedule(
        version, tuple(rent.due_on for rent in rents), tuple(amounts), (0,) * len(amounts)
    )


def depreciation_months(delivered_on: date, ends_on: date) -> int:
    """The months over which the asset is written down: those the lease touches."""
    months = 1
    while add_months(delivered_on, months) <= ends_on:
        months += 1
    return months


def month_end(delivered_on: date, month: int, ends_on: date) -> date:
    """The last day of the `month`-th month of the lease."""
    return min(add_months(delivered_on, month) - ONE_DAY, ends_on)


def depreciation_due(
    depreciable_minor: int, months: int, months_done: int, delivered_on: date, ends_on: date,
    through: date,
) -> list[tuple[date, int]]:  # fmt: skip
    """The write-downs not made yet of months over by `through`: day and amount, straight line."""
    shares = allocate(depreciable_minor, months)
    found = []
    for month in range(months_done + 1, months + 1):
        day = month_end(delivered_on, month, ends_on)
        if day > through:
            break
        found.append((day, shares[month - 1]))
    return found
