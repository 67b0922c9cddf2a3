"""When a group meets, and what becomes of due dates when a meeting moves. No I/O."""

from __future__ import annotations

from bisect import bisect_left
from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from sanduq.kit.days import day_in_month
from sanduq.kit.errors import ValidationFailed
from sanduq.obligations.model import Debt
from sanduq.obligations.schedule import Frequency, Schedule

LAST = -1
PERIODS_MAX = 260


class MeetingStatus(StrEnum):
    PLANNED = "PLANNED"
    HELD = "HELD"
    CANCELLED = "CANCELLED"


class Mark(StrEnum):
    """Present, absent, absent with leave, late."""

    PRESENT = "P"
    ABSENT = "A"
    ABSENT_WITH_LEAVE = "AA"
    LATE = "L"


@dataclass(frozen=True, slots=True)
class MeetingRule:
    """A weekday (Monday is 0) every week or two; or once a month a day of the month, or the nth
    weekday: 1 to 5, or -1 for the last.

    A month without the fifth such weekday, or without the day, takes its last one, so that
    every month has exactly one meeting. Refuses (`VALIDATION_ERROR`) a rule with too much or
    too little in it.
    """

    frequency: Frequency
    weekday: int | None = None
    nth: int | None = None
    day_of_month: int | None = None

    def __post_init__(self) -> None:
        if self.frequency is not Frequency.MONTHLY:
            self._require(self.weekday is not None, "weekday", "say on which weekday")
            is_plain = self.nth is None and self.day_of_month is None
            self._require(is_plain, "nth", "nth and day_of_month are for monthly meetings")
        elif self.day_of_month is not None:
            is_plain = self.weekday is None and self.nth is None
            self._require(is_plain, "day_of_month", "send day_of_month, or nth and weekday")
            self._require(1 <= self.day_of_month <= 31, "day_of_month", "a day from 1 to 31")
        else:
            is_whole = self.weekday is not None and self.nth is not None
            self._require(is_whole, "nth", "send nth and weekday, or day_of_month")
            self._require(self.nth in (1, 2, 3, 4, 5, LAST), "nth", "1 to 5, or -1 for the last")
        is_weekday = self.weekday is None or 0 <= self.weekday <= 6
        self._require(is_weekday, "weekday", "0 (Monday) to 6")

    @staticmethod
    def _require(is_right: bool, field: str, message: str) -> None:
        if not is_right:
            raise ValidationFailed.field(field, "meeting_rule", message)


def nth_weekday(year: int, month: int, weekday: int, nth: int) -> date:
    """The nth such weekday of a month; the last one where there are fewer, or for -1."""
    first = 1 + (weekday - date(year, month, 1).weekday()) % 7
    length = monthrange(year, month)[1]
    count = (length - first) // 7 + 1
    place = count if nth == LAST else min(nth, count)
    return date(year, month, first + 7 * (place - 1))


def meeting_dates(rule: MeetingRule, starts_on: date, count: int) -> tuple[date, ...]:
    """The first `count` meetings on or after `starts_on`, strictly increasing."""
    if rule.frequency is not Frequency.MONTHLY:
        assert rule.weekday is not None
        first = starts_on + timedelta(days=(rule.weekday - starts_on.weekday()) % 7)
        step = timedelta(days=7 if rule.frequency is Frequency.WEEKLY else 14)
        return tuple(first + step * place for place in range(count))
    found: list[date] = []
    months = starts_on.year * 12 + starts_on.month - 1
    while len(found) < count:
        day = _in_month(rule, months // 12, months % 12 + 1)
        if day >= starts_on:
            found.append(day)
        months += 1
    return tuple(found)


def _in_month(rule: MeetingRule, year: int, month: int) -> date:
    if rule.day_of_month is not None:
        return day_in_month(year, month, rule.day_of_month)
    assert rule.weekday is not None
    assert rule.nth is not None
    return nth_weekday(year, month, rule.weekday, rule.nth)


@dataclass(frozen=True, slots=True, kw_only=True)
class MeetingCalendar:
    """The rule of a group's meetings, in force until another replaces it."""

    calendar_id: str
    group_id: str
    rule: MeetingRule
    starts_on: date
    starts_at: time
    place: str
    periods: int
    replaced_at: datetime | None
    created_at: datetime
    created_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Meeting:
    """One meeting: the day the rule gave it, and the day it is on."""

    meeting_id: str
    group_id: str
    calendar_id: str
    planned_on: date
    meets_on: date
    starts_at: time
    place: str
    status: MeetingStatus
    minutes: str | None
    created_at: datetime
    version: int
    attendance: tuple[tuple[str, Mark], ...] = ()

    @property
    def etag(self) -> str:
        """The entity tag of this version, quoted as HTTP writes it."""
        return f'"v{self.version}"'


@dataclass(frozen=True, slots=True)
class Move:
    """A meeting moved, and the loans whose due date went with it."""

    meeting: Meeting
    from_on: date
    to_on: date
    reason: str
    loan_ids: tuple[str, ...]


def moved_schedule(debt: Debt, from_on: date, to_on: date) -> Schedule | None:
    """The next version of a schedule with the unpaid instalment due on one day due on another;
    None when there is no such instalment. No amount changes (rules GEN-08, DEF-09).

    Refuses SCHEDULE_DATES_INVALID a day that does not stay between its neighbours.
    """
    schedule = debt.schedule
    place = bisect_left(schedule.due_on, from_on)
    if place == len(schedule.due_on) or schedule.due_on[place] != from_on:
        return None
    if schedule.cumulative_total_minor[place] <= debt.paid_minor:
        return None
    days = (*schedule.due_on[:place], to_on, *schedule.due_on[place + 1 :])
    return replace(schedule, version=schedule.version + 1, due_on=days)


def next_dates(
    planned: Sequence[date], rule: MeetingRule, planned_through: date, from_on: date, count: int
) -> list[date]:
    """`count` meeting days from `from_on` on: those already planned, moved ones where they are
    now, then those the rule gives after `planned_through`, which is one of its own days."""
    found = sorted(day for day in set(planned) if day >= from_on)[:count]
    missing = count - len(found)
    if missing:
        weeks_ahead = max(0, (from_on - planned_through).days) // 7
        later = meeting_dates(rule, planned_through, missing + weeks_ahead + 4)[1:]
        after = max(found[-1] if found else planned_through, planned_through)
        found += [day for day in later if day >= from_on and day > after][:missing]
    return found
