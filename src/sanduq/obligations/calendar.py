"""Days off: holidays, and where a due date falls when nobody is at work."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sanduq.kit.days import ONE_DAY
from sanduq.kit.errors import ValidationFailed


class WorkingDays(StrEnum):
    """What happens to a due date that falls on a day without work."""

    SAME_DAY = "same_day"
    NEXT_WORKING_DAY = "next_working_day"
    PREVIOUS_WORKING_DAY = "previous_working_day"


@dataclass(frozen=True, slots=True)
class Calendar:
    """An institution's days off: dated holidays, and weekdays (Monday is 0) without work.

    Refuses (`VALIDATION_ERROR`) a weekday outside 0..6 and a week with no working day.
    """

    holidays: frozenset[date] = frozenset()
    weekend: frozenset[int] = frozenset()

    def __post_init__(self) -> None:
        if not self.weekend < frozenset(range(7)):
            raise ValidationFailed.field(
                "weekend", "out_of_range", "weekdays run from 0 (Monday) to 6, one must be free"
            )

    def is_working(self, day: date) -> bool:
        return day.weekday() not in self.weekend and day not in self.holidays


def working_dates(
    nominal: Iterable[date], *, calendar: Calendar, rule: WorkingDays, not_before: date
) -> tuple[date, ...]:
    """Moves each nominal date by the rule; the results are strictly increasing.

    Every date is moved from its own nominal day, so one holiday never drags the later ones.
    Where a long closure would put two on one day, the later one takes the next working day.
    None falls before `not_before`.
    """
    dates: list[date] = []
    earliest = not_before
    for day in nominal:
        moved = _moved(day, calendar, rule)
        if moved < earliest:
            upward = (
                WorkingDays.SAME_DAY
                if rule is WorkingDays.SAME_DAY
                else WorkingDays.NEXT_WORKING_DAY
            )
            moved = _moved(earliest, calendar, upward)
        dates.append(moved)
        earliest = moved + ONE_DAY
    return tuple(dates)


def _moved(day: date, calendar: Calendar, rule: WorkingDays) -> date:
    if rule is WorkingDays.SAME_DAY:
        return day
    step = ONE_DAY if rule is WorkingDays.NEXT_WORKING_DAY else -ONE_DAY
    while not calendar.is_working(day):
        day += step
    return day
