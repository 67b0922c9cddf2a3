"""Takaful covers: what is covered, what is held, and what the cover costs a thing a month."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from fractions import Fraction

from sanduq.kit.money import Asset, Money

DAYS_OF_A_MONTH = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCover:
    """A cover of what lies in a branch, from `valid_from_on` to `valid_to_on`, both included."""

    branch_id: str | None
    provider: str
    policy_number: str
    is_takaful: bool
    covered: Money
    premium: Money
    valid_from_on: date
    valid_to_on: date
    external_id: str | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cover:
    """A cover on record. There is none that is not takaful."""

    cover_id: str
    external_id: str | None
    branch_id: str
    provider: str
    policy_number: str
    covered: Money
    premium: Money
    valid_from_on: date
    valid_to_on: date
    metadata: Mapping[str, str]
    created_at: datetime
    created_by: str


@dataclass(frozen=True, slots=True)
class CoverFilters:
    """Which covers a list shows; None does not filter."""

    branch_id: str | None = None
    valid_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """Covered against held in one branch and currency.

    `held_minor` is None while no price board is in force: what is held cannot be told in money.
    `unpriced_count`: things no board prices, as those of unknown fineness.
    """

    branch_id: str
    asset: Asset
    item_count: int
    fine_weight_mg: int
    unpriced_count: int
    covered_minor: int
    held_minor: int | None

    @property
    def uncovered_minor(self) -> int | None:
        if self.held_minor is None:
            return None
        return max(0, self.held_minor - self.covered_minor)


def months_of(from_on: date, to_on: date) -> Fraction:
    """How many months a cover runs, both days included: whole ones, and the rest in thirtieths."""
    end = to_on + timedelta(days=1)
    whole = (end.year - from_on.year) * 12 + end.month - from_on.month
    if end.day < from_on.day:
        whole -= 1
    year, month = divmod(from_on.year * 12 + from_on.month - 1 + whole, 12)
    last = (date(year + (month == 11), (month + 1) % 12 + 1, 1) - timedelta(days=1)).day
    reached = date(year, month + 1, min(from_on.day, last))
    return whole + Fraction((end - reached).days, DAYS_OF_A_MONTH)


def premium_per_item_month_minor(covers: Sequence[Cover], item_count: int) -> int:
    """What these covers cost a month for each of the things they cover, rounded down.

    The premium actually paid, spread over the months it was paid for; never more. Nothing where
    nothing is held.
    """
    if item_count == 0:
        return 0
    monthly = sum(
        (
            Fraction(one.premium.amount_minor) / months_of(one.valid_from_on, one.valid_to_on)
            for one in covers
        ),
        Fraction(0),
    )
    return int(monthly / item_count)
