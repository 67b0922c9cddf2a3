"""The qard as a contract: its states, and the commands and records of repayment. No I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from sanduq.kit.money import Asset, Money


class QardStatus(StrEnum):
    AGREED = "AGREED"
    ACTIVE = "ACTIVE"
    SETTLED = "SETTLED"
    CANCELLED = "CANCELLED"
    WRITTEN_OFF = "WRITTEN_OFF"


class ExcessUse(StrEnum):
    """What the payer wants done with money beyond what is owed; it is never income by default."""

    REFUSE = "refuse"
    CREDIT = "credit"
    GIFT = "gift"


class CashSource(StrEnum):
    """Where a movement's other side lies: our cash, or the books another system brought in."""

    CASH = "1000"
    OPENING = "3090"


@dataclass(frozen=True, slots=True)
class Qard:
    """One benevolent loan. `serves_id` is the loan or pledge it was made for."""

    qard_id: str
    serves_id: str
    borrower_id: str
    branch_id: str
    asset: Asset
    principal_minor: int
    fee_minor: int
    component_order: str
    cost_study_id: str | None
    status: QardStatus
    disbursed_on: date | None
    journal_id: str | None
    created_at: datetime
    created_by: str


@dataclass(frozen=True, slots=True)
class RepayQard:
    """One payment on one qard. `is_statement_given`: the payer declared an excess a gift."""

    qard_id: str
    serves_id: str
    amount: Money
    received_on: date
    method: str = "cash"
    reference: str | None = None
    external_id: str | None = None
    excess: ExcessUse = ExcessUse.REFUSE
    is_statement_given: bool = False
    source: CashSource = CashSource.CASH
    metadata: Mapping[str, str] = field(default_factory=dict)
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class Repayment:
    """A repayment as it was recorded; a reversal carries negative amounts and `reverses`."""

    repayment_id: str
    external_id: str | None
    qard_id: str
    serves_id: str
    amount: Money
    principal_minor: int
    fee_minor: int
    credit_minor: int
    gift_minor: int
    method: str
    reference: str | None
    received_on: date
    journal_id: str
    reverses: str | None
    reason: str | None
    recorded_at: datetime
    recorded_by: str
    metadata: Mapping[str, str]
    outstanding_minor: int | None = None
