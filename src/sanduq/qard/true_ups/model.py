"""Fees against what serving the loans really cost. No I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sanduq.kit.money import Asset, Money
from sanduq.shariah.model import DirectCategory


class Outcome(StrEnum):
    """What becomes of fees beyond the cost; they are never income (rule QRD-10)."""

    REFUND = "refund"
    CHARITY = "charity"


@dataclass(frozen=True, slots=True)
class NewDirectCost:
    """A direct cost of serving loans, on a receipt."""

    amount: Money
    category: DirectCategory
    receipt: str
    incurred_on: date
    branch_id: str


@dataclass(frozen=True, slots=True)
class DirectCost:
    cost_id: str
    amount: Money
    category: DirectCategory
    receipt: str
    branch_id: str
    incurred_on: date
    journal_id: str
    created_at: datetime
    created_by: str


@dataclass(frozen=True, slots=True)
class Standing:
    """Fees and direct cost of the days `starts_on` to `ends_on`, and what was resolved of them.

    The cost is net of what donors paid towards it (rule SDQ-03).
    """

    asset: Asset
    starts_on: date
    ends_on: date
    fees_minor: int
    direct_cost_minor: int
    refunded_minor: int
    to_charity_minor: int

    @property
    def surplus_minor(self) -> int:
        """Fees beyond the cost that nothing was done with yet."""
        resolved = self.refunded_minor + self.to_charity_minor
        return max(0, self.fees_minor - max(0, self.direct_cost_minor) - resolved)


@dataclass(frozen=True, slots=True)
class TrueUp:
    """A surplus of fees given back, or given to charity."""

    true_up_id: str
    asset: Asset
    starts_on: date
    ends_on: date
    fees_minor: int
    direct_cost_minor: int
    surplus_minor: int
    outcome: Outcome
    borrowers: int
    journal_id: str
    created_at: datetime
    created_by: str


def refunds(surplus_minor: int, fee_by_borrower_minor: Mapping[str, int]) -> dict[str, int]:
    """The surplus by borrower, in proportion to the fees they bore; sums exactly.

    What rounding leaves goes, one minor unit each, to the largest remainders, then by id.
    """
    total = sum(fee_by_borrower_minor.values())
    shares = {
        borrower: divmod(surplus_minor * fee, total)
        for borrower, fee in sorted(fee_by_borrower_minor.items())
        if fee > 0
    }
    left = surplus_minor - sum(quotient for quotient, _ in shares.values())
    by_remainder = sorted(shares, key=lambda borrower: (-shares[borrower][1], borrower))
    favoured = set(by_remainder[:left])
    found = {borrower: shares[borrower][0] + (borrower in favoured) for borrower in shares}
    return {borrower: minor for borrower, minor in found.items() if minor}
