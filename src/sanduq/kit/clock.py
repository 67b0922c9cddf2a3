"""Time is asked for, never taken. An institution's clock is the system's, or stands frozen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Protocol
from zoneinfo import ZoneInfo


class Clock(Protocol):
    """Anything that can say what time it is, in UTC."""

    def now(self) -> datetime: ...


@dataclass(frozen=True, slots=True)
class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class FixedClock:
    """Stands still at one instant: a sandbox institution's test clock, and tests."""

    instant: datetime

    def now(self) -> datetime:
        return self.instant


def local_date(instant: datetime, time_zone: str) -> date:
    """The calendar day of `instant` where the institution lives."""
    return instant.astimezone(ZoneInfo(time_zone)).date()


def rfc3339(instant: datetime) -> str:
    """`2024-01-15T10:30:00Z`: UTC, microseconds only when there are any."""
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")
