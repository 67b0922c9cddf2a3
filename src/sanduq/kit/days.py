"""Days of the calendar: months later without drift."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta

ONE_DAY = timedelta(days=1)


def day_in_month(year: int, month: int, day: int) -> date:
    """That day of that month, or the month's last when it has fewer; months past 12 run on."""
    year, month = year + (month - 1) // 12, (month - 1) % 12 + 1
    return date(year, month, min(day, monthrange(year, month)[1]))


def add_months(day: date, months: int, *, anchor_day: int | None = None) -> date:
    """`months` later on `anchor_day` (by default the same day), clamped to the month's end."""
    return day_in_month(day.year, day.month + months, anchor_day or day.day)
