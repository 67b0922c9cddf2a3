"""A donor's pledge: an intention to give again and again. It binds nobody and is never a debt."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from sanduq.kit.money import Asset, Money

DURATION_MONTHS_MAX = 120


class Frequency(StrEnum):
    """How often the donor means to give."""

    WEEKLY = "weekly"
    MONTHLY = "monthly"
    QUARTERLY = "quarterly"
    YEARLY = "yearly"


class PledgeStatus(StrEnum):
    ACTIVE = "ACTIVE"
    FULFILLED = "FULFILLED"
    CANCELLED = "CANCELLED"


class InstalmentStatus(StrEnum):
    """Where an expected gift stands. One that did not come is missed, and nothing follows."""

    EXPECTED = "EXPECTED"
    RECEIVED = "RECEIVED"
    PARTLY_RECEIVED = "PARTLY_RECEIVED"
    MISSED = "MISSED"


_MONTHS = {Frequency.MONTHLY: 1, Frequency.QUARTERLY: 3, Frequency.YEARLY: 12}
_WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPledge:
    """What a donor says he means to give: `amount` each time, from `starts_on` (None: today)."""

    amount: Money
    donor_id: str
    frequency: Frequency
    duration_months: int
    category: str
    project_id: str | None = None
    starts_on: date | None = None
    external_id: str | None = None
    metadata: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Expected:
    """One gift as pledged, and how much of it has come."""

    number: int
    due_on: date
    amount_minor: int
    received_minor: int
    status: InstalmentStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Pledge:
    """A pledge on record. `received_minor` is the sum of the donations received under it."""

    pledge_id: str
    external_id: str | None
    donor_id: str
    asset: Asset
    amount_minor: int
    frequency: Frequency
    project_id: str | None
    category: str
    purpose: str
    duration_months: int
    starts_on: date
    instalment_count: int
    received_minor: int
    status: PledgeStatus
    metadata: Mapping[str, str]
    created_at: datetime
    created_by: str
    version: int

    @property
    def total_minor(self) -> int:
        return self.amount_minor * self.instalment_count

    def instalments(self, today: date) -> list[Expected]:
        """Every gift expected, what was received spread over them oldest first."""
        left = self.received_minor
        found = []
        for number, due_on in enumerate(
            due_dates(self.starts_on, self.frequency, self.duration_months), start=1
        ):
            received = min(left, self.amount_minor)
            left -= received
            status = _status(received, self.amount_minor, is_past=due_on < today)
            found.append(Expected(number, due_on, self.amount_minor, received, status))
        return found

    def next_due_on(self, today: date) -> date | None:
        """The first day from today on whose gift has not come in full."""
        if self.status is not PledgeStatus.ACTIVE:
            return None
        waiting = (
            each.due_on
            for each in self.instalments(today)
            if each.due_on >= today and each.received_minor < each.amount_minor
        )
        return next(waiting, None)


def _status(received: int, amount: int, *, is_past: bool) -> InstalmentStatus:
    if received == amount:
        return InstalmentStatus.RECEIVED
    if received > 0:
        return InstalmentStatus.PARTLY_RECEIVED
    return InstalmentStatus.MISSED if is_past else InstalmentStatus.EXPECTED


def due_dates(starts_on: date, frequency: Frequency, duration_months: int) -> list[date]:
    """The days of the gifts: from the first on, before the duration is over."""
    if frequency is Frequency.WEEKLY:
        ends_on = _month_after(starts_on, duration_months)
        weeks = -(-(ends_on - starts_on) // _WEEK)
        return [starts_on + _WEEK * number for number in range(weeks)]
    step = _MONTHS[frequency]
    return [_month_after(starts_on, months) for months in range(0, duration_months, step)]


def _month_after(day: date, months: int) -> date:
    """That many months later on the same day, or on the month's last when it has fewer."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
