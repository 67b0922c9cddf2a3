"""Charity: money the institution may not keep, where it came from and where it went."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sanduq.kit.money import Asset, Money


class CharitySource(StrEnum):
    """Why the institution may not keep it."""

    LATE_PLEDGE = "late_pledge"
    TAINTED_INCOME = "tainted_income"
    FEE_SURPLUS = "fee_surplus"
    UNCLAIMED_SURPLUS = "unclaimed_surplus"


class CharityUse(StrEnum):
    """What a payment is for. Uses that serve the payer are named so they can be refused."""

    EDUCATION = "education"
    EMERGENCY_RELIEF = "emergency_relief"
    HEALTH = "health"
    POOR_RELIEF = "poor_relief"
    PUBLIC_GOOD = "public_good"
    DEBT_TO_INSTITUTION = "debt_to_institution"
    MARKETING = "marketing"
    OWN_TAX = "own_tax"
    OWN_ZAKAT = "own_zakat"
    STAFF = "staff"


PUBLIC_USES = frozenset(
    {
        CharityUse.EDUCATION,
        CharityUse.EMERGENCY_RELIEF,
        CharityUse.HEALTH,
        CharityUse.POOR_RELIEF,
        CharityUse.PUBLIC_GOOD,
    }
)


class PaymentStatus(StrEnum):
    PENDING_APPROVAL = "PENDING_APPROVAL"
    PAID = "PAID"
    REJECTED = "REJECTED"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCharityReceipt:
    """Money taken out of the institution's reach. `came_from`: the loan, account or period.

    `income_code` is the account that held tainted income or the surplus of fees; a late
    pledge comes in cash, to `branch_id` (None: the default branch). What nobody fetched of the
    price of a pledge comes out of what was owed for it, under `came_from`.
    """

    source: CharitySource
    came_from: str
    amount: Money
    income_code: str | None = None
    branch_id: str | None = None
    external_id: str | None = None
    metadata: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class CharityReceipt:
    """A source of charity money, as it was booked."""

    receipt_id: str
    external_id: str | None
    source: CharitySource
    came_from: str
    amount: Money
    received_on: date
    journal_id: str
    metadata: Mapping[str, str]
    created_at: datetime
    created_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCharityPayment:
    """A payment asked for. `settles_debt_of`: who is owed the debt it would pay, if it pays one.

    `is_staff_or_kin` is what the asker declares of the beneficiary.
    """

    beneficiary_id: str
    amount: Money
    use: CharityUse
    description: str
    is_staff_or_kin: bool
    settles_debt_of: str | None = None
    external_id: str | None = None
    metadata: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class CharityPayment:
    """A use of charity money: asked for by one, signed off by the Shariah reviewer."""

    payment_id: str
    external_id: str | None
    beneficiary_id: str
    amount: Money
    use: CharityUse
    description: str
    status: PaymentStatus
    paid_on: date | None
    journal_id: str | None
    metadata: Mapping[str, str]
    created_at: datetime
    created_by: str
    version: int


@dataclass(frozen=True, slots=True)
class YearReport:
    """Sources and uses of one year, and what the books moved besides (FAS 28 para. 39(j))."""

    year: int
    asset: Asset
    opening_minor: int
    closing_minor: int
    sources: Mapping[CharitySource, int]
    uses: Mapping[CharityUse, int]

    @property
    def unexplained_minor(self) -> int:
        """What moved without a source or a use on record."""
        explained = sum(self.sources.values()) - sum(self.uses.values())
        return self.closing_minor - self.opening_minor - explained
