"""Money received on a debt: the command, its parts, and the fact that is kept. No I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from sanduq.kit.money import Money


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
class PayDebt:
    """One payment on one debt. `serves_id` is the loan or pledge the debt was made for.

    `is_statement_given`: the payer declared an excess a gift.
    """

    obligation_id: str
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
class Parts:
    """How a payment divides; the excess is the payer's own again, or his gift if he said so."""

    repayment_id: str
    principal_minor: int
    fee_minor: int
    excess_minor: int
    is_gift: bool


@dataclass(frozen=True, slots=True)
class Repayment:
    """A repayment as it was recorded; a reversal carries negative amounts and `reverses`."""

    repayment_id: str
    external_id: str | None
    obligation_id: str
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
