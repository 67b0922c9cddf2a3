"""The loans the groups' members take from cycle to cycle, and how each is paid: plain values."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from sanduq.demo_world.world import ENDS_ON, Member, Village
from sanduq.microfinance.loans.model import Terms
from sanduq.obligations.schedule import (
    Anchor,
    AnchorKind,
    Frequency,
    Schedule,
    ScheduleTerms,
    build_schedule,
)

PURPOSES = (
    "small_business", "small_business", "agriculture", "livestock", "education", "housing_repair",
    "health",
)  # fmt: skip
FEES_MINOR = {2022: 8_00, 2023: 8_50, 2024: 8_50}
"""The flat fee of a year: what serving a loan costs, whatever its size."""

FIRST_LOAN_AFTER = timedelta(days=21)
REST = timedelta(days=18)
SHARE_BORROWING = 0.92
SHARE_BORROWING_AGAIN = 0.86


class Habit(StrEnum):
    """How somebody pays."""

    PUNCTUAL = "punctual"
    NOW_AND_THEN_LATE = "now_and_then_late"
    STRUGGLING = "struggling"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Payment:
    """What was paid on a day, in cents."""

    on: date
    minor: int


@dataclass(frozen=True, slots=True)
class PlannedLoan:
    """A loan of the history with everything that is to be paid on it up to its end."""

    village: Village
    member: Member
    cycle: int
    disbursed_on: date
    amount_minor: int
    fee_minor: int
    terms: Terms
    schedule: Schedule
    purpose: str
    payments: tuple[Payment, ...]

    @property
    def external_id(self) -> str:
        """Group, seat and cycle: `L-017-3-2`."""
        seat = self.village.members.index(self.member) + 1
        return f"L-{self.village.group_id[-3:]}-{seat}-{self.cycle}"

    @property
    def is_settled(self) -> bool:
        return sum(one.minor for one in self.payments) == self.schedule.total_minor


def planned_loans(dice: random.Random, village: Village) -> Iterator[PlannedLoan]:
    """The loans of a group's members, each after the one before was paid back."""
    rhythm = dice.choices((Frequency.MONTHLY, Frequency.BIWEEKLY, Frequency.WEEKLY), (70, 20, 10))[
        0
    ]
    for member in village.borrowers:
        if dice.random() > SHARE_BORROWING:
            continue
        habit = dice.choices(tuple(Habit), (66, 24, 7, 3))[0]
        day = village.formed_on + FIRST_LOAN_AFTER + timedelta(days=dice.randint(0, 9))
        cycle = 1
        while day <= ENDS_ON - timedelta(days=7):
            loan = _planned(dice, village, member, cycle, day, rhythm, habit)
            yield loan
            if not loan.is_settled or dice.random() > SHARE_BORROWING_AGAIN:
                break
            day = loan.payments[-1].on + REST + timedelta(days=dice.randint(0, 25))
            cycle += 1


def _planned(
    dice: random.Random,
    village: Village,
    member: Member,
    cycle: int,
    day: date,
    rhythm: Frequency,
    habit: Habit,
) -> PlannedLoan:
    count = {
        Frequency.MONTHLY: dice.choice((5, 6, 6, 8, 9)),
        Frequency.BIWEEKLY: dice.choice((8, 10)),
        Frequency.WEEKLY: 16,
    }[rhythm]
    amount = dice.randint(3, 9) * 50_00 + (cycle - 1) * dice.randint(1, 4) * 50_00
    fee = FEES_MINOR[day.year]
    wait = 30 if rhythm is Frequency.MONTHLY else 14
    terms = ScheduleTerms(count, rhythm, anchor=Anchor(AnchorKind.DAYS_AFTER, wait))
    schedule = build_schedule(amount, fee, terms, day)
    return PlannedLoan(
        village, member, cycle, day, amount, fee, Terms(count, rhythm, 0), schedule,
        dice.choice(PURPOSES), tuple(_payments(dice, schedule, habit)),
    )  # fmt: skip


def _payments(dice: random.Random, schedule: Schedule, habit: Habit) -> Iterator[Payment]:
    """What is paid and when, up to the end of the history; days never go back."""
    lines = schedule.lines
    stops_at = dice.randint(1, len(lines) - 1) if habit is Habit.STOPPED else len(lines)
    strain = dice.randint(len(lines) // 3, len(lines) - 1)
    last = date.min
    for place, line in enumerate(lines[:stops_at]):
        late = 0
        if habit is Habit.NOW_AND_THEN_LATE and dice.random() < 0.3:
            late = dice.randint(2, 24)
        elif habit is Habit.STRUGGLING and place >= strain:
            late = dice.randint(20, 75)
        last = max(last, line.due_on + timedelta(days=late))
        if last > ENDS_ON:
            return
        yield Payment(last, line.total_minor)
