"""An officer's till: what he owes of cash he counted, or keeps, and its settling. No I/O."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sanduq.kit.money import Asset, Money


class Direction(StrEnum):
    """Cash the officer brings in for a shortage, or that leaves his overage again."""

    PAID_IN = "paid_in"
    PAID_OUT = "paid_out"


@dataclass(frozen=True, slots=True)
class Till:
    """`balance_minor` above zero: the officer owes it; below: he keeps it for whoever it is."""

    officer_id: str
    asset: Asset
    balance_minor: int

    @property
    def owed_by_officer_minor(self) -> int:
        return max(0, self.balance_minor)

    @property
    def kept_minor(self) -> int:
        return max(0, -self.balance_minor)

    def open_minor(self, direction: Direction) -> int:
        """The most that can be settled in a direction."""
        if direction is Direction.PAID_IN:
            return self.owed_by_officer_minor
        return self.kept_minor


@dataclass(frozen=True, slots=True)
class SettleTill:
    """What is to be settled, and why; without a branch it is the institution's first one's cash."""

    officer_id: str
    direction: Direction
    amount: Money
    reason: str
    reference: str | None = None
    branch_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """One settling of a till."""

    settlement_id: str
    officer_id: str
    branch_id: str
    direction: Direction
    amount: Money
    reason: str
    reference: str | None
    settled_on: date
    journal_id: str
    created_at: datetime
    created_by: str
