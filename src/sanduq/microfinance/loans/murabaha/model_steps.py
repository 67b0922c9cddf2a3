"""What each step of a murabaha is asked for with: commands. Moments carry a time zone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sanduq.kit.money import Money
from sanduq.microfinance.loans.murabaha.facts import Purchase, Relation


class MarginChoice(StrEnum):
    """What is agreed to become of the security margin at the sale."""

    CREDIT = "credit"
    RETURN = "return"


class DefectDecision(StrEnum):
    ACCEPTED = "accepted"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class MakePromise:
    """`binds` None: as the product's clause says."""

    signed_at: datetime | None
    binds: str | None
    has_option: bool
    security_margin: Money | None
    document: str | None


@dataclass(frozen=True, slots=True)
class BuyGoods:
    """The purchase, and what is stated of the supplier."""

    purchase: Purchase
    invoice_number: str
    document: str
    customer_share_bp: int | None
    relation: Relation
    is_customer_agent: bool


@dataclass(frozen=True, slots=True)
class TakePossession:
    """`kind`: actual, or constructive by document. `is_takaful`: how the goods are insured."""

    kind: str
    at: datetime | None
    evidence: str
    place: str | None
    insured_by: str
    hazards_by: str
    is_takaful: bool | None = None


@dataclass(frozen=True, slots=True)
class SellGoods:
    """The sale as offered and accepted; amounts as the customer was told them."""

    offered_at: datetime
    accepted_at: datetime | None
    agent_notice_at: datetime | None
    disclosed_cost: Money
    disclosed_profit: Money
    disclosed_price: Money
    is_acknowledged: bool
    title_holder: str
    benchmark: str | None
    cash_price: Money | None
    margin: MarginChoice | None
    document: str | None


@dataclass(frozen=True, slots=True)
class Decline:
    """The customer does not buy."""

    reason: str
    document: str | None


@dataclass(frozen=True, slots=True)
class ResellGoods:
    """Goods the customer declined, sold to another for cash."""

    price: Money
    buyer_id: str
    document: str


@dataclass(frozen=True, slots=True)
class PassDiscountOn:
    """Money the supplier gave back later."""

    discount: Money
    document: str


@dataclass(frozen=True, slots=True)
class GiveRebate:
    """Without an amount: all the profit not earned yet."""

    amount: Money | None
    reason: str
    is_for_new_debt: bool


@dataclass(frozen=True, slots=True)
class DecideDefect:
    """A hidden defect, and what is decided: an accepted claim may lower the price."""

    description: str
    is_from_before_sale: bool
    is_from_before_delivery: bool
    decision: DefectDecision
    allowance: Money | None
    document: str
