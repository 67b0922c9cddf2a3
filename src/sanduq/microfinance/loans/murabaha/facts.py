"""What the rules of a murabaha look at, beyond what every contract has.

A None says that the command has nothing of the kind, unless the rule of that command needs it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sanduq.microfinance.loans.murabaha.model import Clauses, Refinancing
from sanduq.shariah.facts import ContractFacts

INSTITUTION = "institution"


class Action(StrEnum):
    """What is being done when the rules are asked."""

    SAVE_PRODUCT = "save_product"
    CREATE = "create"
    APPROVE = "approve"
    PROMISE = "promise"
    PURCHASE = "purchase"
    POSSESS = "possess"
    SELL = "sell"
    DECLINE = "decline"
    RESELL = "resell"
    DISCOUNT = "supplier_discount"
    REBATE = "rebate"
    DEFECT = "defect"
    RESCHEDULE = "reschedule"
    RECLAIM = "reclaim"


class Relation(StrEnum):
    """What the supplier is to the customer, besides selling."""

    NONE = "none"
    KIN = "kin"
    SPOUSE = "spouse"


class Agent(StrEnum):
    """Who buys for the institution."""

    INSTITUTION = "institution"
    THIRD_PARTY = "third_party"
    CUSTOMER = "customer"


@dataclass(frozen=True, slots=True)
class Promise:
    """`binds`: customer, institution, both or none. An option frees at least one side again."""

    signed_at: datetime
    binds: str
    has_option: bool = False


@dataclass(frozen=True, slots=True)
class Supplier:
    """`customer_share_bp` None: nobody looked up who owns the firm."""

    is_customer: bool
    is_customer_agent: bool
    customer_share_bp: int | None
    relation: Relation


@dataclass(frozen=True, slots=True)
class CostItem:
    """`kind` and payee are kept as written, so that what is refused can be shown."""

    kind: str
    description: str
    amount_minor: int
    payee_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Purchase:
    """How the institution bought. Days are the institution's calendar days."""

    supplier_id: str
    invoice_on: date
    is_addressed_to_institution: bool
    customer_deposit_minor: int = 0
    is_quote_accepted_by_customer: bool = False
    payee_id: str
    has_sale_documents: bool = True
    cost_items: tuple[CostItem, ...]
    agent: Agent = Agent.INSTITUTION
    agency_reason: str | None = None


@dataclass(frozen=True, slots=True)
class Possession:
    """`insured_by` and `hazards_by`: institution or customer."""

    at: datetime
    evidence: str | None
    insured_by: str = INSTITUTION
    hazards_by: str = INSTITUTION


@dataclass(frozen=True, slots=True, kw_only=True)
class Sale:
    """The sale as it was offered and accepted. What was disclosed is what the customer read."""

    offered_at: datetime
    accepted_at: datetime
    agent_notice_at: datetime | None = None
    disclosed_cost_minor: int | None
    disclosed_profit_minor: int | None
    disclosed_price_minor: int | None
    is_acknowledged: bool
    benchmark: str | None = None
    title_holder: str = "customer"
    cash_price_minor: int | None = None
    last_due_on: date | None = None


@dataclass(frozen=True, slots=True)
class MarginUse:
    """What of a security margin is kept, and why it may be."""

    kept_minor: int
    loss_minor: int
    is_promised: bool


@dataclass(frozen=True, slots=True)
class Discount:
    """A supplier's discount after the purchase, and what of it the customer gets."""

    discount_minor: int
    cost_minor: int
    price_minor: int
    passed_on_minor: int


@dataclass(frozen=True, slots=True)
class Rebate:
    """`unearned_minor`: the profit not yet earned on that day."""

    amount_minor: int
    unearned_minor: int
    is_for_new_debt: bool = False


@dataclass(frozen=True, slots=True)
class Defect:
    """A hidden defect the customer claims, and what is decided on it."""

    is_from_before_sale: bool
    is_from_before_delivery: bool
    is_rejected: bool


@dataclass(frozen=True, slots=True)
class Reclaim:
    """The buyer is bankrupt: whether the goods could be taken back, and whether that is shown."""

    are_goods_unchanged: bool
    price_received_minor: int
    is_option_shown: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MurabahaFacts(ContractFacts):
    """Facts on which the rules of the murabaha are decided. Money in minor units."""

    clauses: Clauses | None = None
    borrower_id: str | None = None
    requested_on: date | None = None
    asset_category: str | None = None
    cost_minor: int | None = None
    profit_minor: int | None = None
    # the same goods financed before for the same customer, as contract ids
    earlier_financings: tuple[str, ...] = ()
    refinancing: Refinancing | None = None
    business_days_free: int = 0  # between the proceeds and the settlement of the old debt
    promise: Promise | None = None
    supplier: Supplier | None = None
    purchase: Purchase | None = None
    possession: Possession | None = None
    possession_day: date | None = None
    sale: Sale | None = None
    margin_use: MarginUse | None = None
    # what the customer who withdraws is asked for, and whether he may withdraw at all
    is_declined: bool = False
    is_decline_refused: bool = False
    discount: Discount | None = None
    rebate: Rebate | None = None
    defect: Defect | None = None
    reclaim: Reclaim | None = None
