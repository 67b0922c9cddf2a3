"""Reports on pledges: pure figures over amounts in minor units, weights and counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sanduq.kit.money import Asset
from sanduq.kit.ratio import Ratio, ratio

MIXED = "mixed"
"""The key of pledges whose things are not all of one metal, or not all of one kind."""

OVERDUE, UNDATED = "overdue", "undated"
LTV_BUCKETS = 11


class By(StrEnum):
    """What the book is split by."""

    NONE = "none"
    BRANCH = "branch"
    STATUS = "status"
    METAL = "metal"
    KIND = "kind"


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """Pledges together: what they answer for, and what stands for it.

    `debt_minor` is all that is unpaid of the debts secured, `fee_due_minor` the custody fee to
    the day, `held_minor` cash of the owners held beside the things.
    """

    pledges: int
    value_minor: int
    held_minor: int
    debt_minor: int
    fee_due_minor: int

    @property
    def claims_minor(self) -> int:
        return self.debt_minor + self.fee_due_minor

    @property
    def cover_minor(self) -> int:
        return self.value_minor + self.held_minor

    @property
    def ltv(self) -> Ratio:
        """(Debt outstanding + custody fee due) ÷ (value of the things + cash held)."""
        return ratio(self.claims_minor, self.cover_minor)


@dataclass(frozen=True, slots=True, kw_only=True)
class Position(Claims):
    """The pledges in force, or one part of them, in one currency."""

    asset: Asset
    key: str | None
    name: str | None
    things: int
    gross_mg: int
    fine_mg: int
    secured_minor: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """Contracts that are not in force yet, by the state they wait in."""

    asset: Asset
    status: str
    pledges: int
    secured_minor: int
    loan_minor: int


@dataclass(frozen=True, slots=True)
class BookReport:
    """The book today: `totals` by currency, `parts` by currency and key."""

    as_of: date
    by: By
    totals: Sequence[Position]
    parts: Sequence[Position]
    waiting: Sequence[Waiting]


@dataclass(frozen=True, slots=True, kw_only=True)
class Maturing(Claims):
    """Pledges whose term ends in one month, ended already (`overdue`), or has no day."""

    asset: Asset
    bucket: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LtvBucket(Claims):
    """Pledges over `10 × (number - 1)` and up to `10 × number` hundredths; the last: above 100.

    Number 1 holds those without claims too; None stands for all of them.
    """

    asset: Asset
    number: int | None

    @property
    def name(self) -> str:
        if self.number is None:
            return "all"
        return "over_100" if self.number == LTV_BUCKETS else f"up_to_{10 * self.number}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched(Claims):
    """A pledge to look at: flagged, or under a margin call that is open.

    Prices are of a gram of pure metal; None where no price alone raises the flag.
    """

    contract_id: str
    ticket_number: str | None
    pledgor_id: str
    branch_id: str
    asset: Asset
    status: str
    flag: str
    ltv_bp: int | None
    call_price_minor: int | None
    critical_price_minor: int | None
    margin_call_id: str | None
    called_on: date | None
    cure_by_on: date | None
    days_left: int | None
