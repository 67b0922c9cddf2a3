"""A murabaha: terms and clauses as agreed, its stages as a table, and its money. No I/O.

The institution buys goods the customer asked for, takes them into possession, and sells them on
at cost plus a disclosed profit, paid in instalments. Amounts in minor units, ratios in basis
points.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sanduq.kit.errors import ValidationFailed
from sanduq.kit.money import Asset, Money, json_number, plain_number
from sanduq.obligations.model import Debt
from sanduq.obligations.schedule import Frequency

RATIO_BP_MAX = 100_000  # ten times the cost
_RATIO = re.compile(r"[0-9]{1,4}(\.[0-9]{1,4})?", re.ASCII)


class Stage(StrEnum):
    """How far the goods have come. SOLD is the contract itself: before it nobody owes a price."""

    REQUESTED = "REQUESTED"
    PROMISED = "PROMISED"
    PURCHASED = "PURCHASED"
    POSSESSED = "POSSESSED"
    SOLD = "SOLD"
    DECLINED = "DECLINED"
    RESOLD = "RESOLD"
    CANCELLED = "CANCELLED"


class Step(StrEnum):
    """What is done, as the paths of the API name it."""

    PROMISE = "promise"
    PURCHASE = "purchase"
    POSSESS = "possess"
    SELL = "sell"
    DECLINE = "decline"
    RESELL = "resell"
    DISCOUNT = "supplier-discount"
    REBATE = "rebate"
    DEFECT = "defect"
    CANCEL = "cancel"


_S = Stage
_BEFORE_SALE = frozenset({_S.REQUESTED, _S.PROMISED, _S.PURCHASED, _S.POSSESSED})

ALLOWED: Mapping[Step, frozenset[Stage]] = {
    Step.PROMISE: frozenset({_S.REQUESTED}),
    Step.PURCHASE: frozenset({_S.REQUESTED, _S.PROMISED}),
    Step.POSSESS: frozenset({_S.PURCHASED}),
    Step.SELL: frozenset({_S.POSSESSED}),
    Step.DECLINE: _BEFORE_SALE,
    Step.RESELL: frozenset({_S.DECLINED}),
    Step.DISCOUNT: frozenset({_S.PURCHASED, _S.POSSESSED, _S.SOLD}),
    Step.REBATE: frozenset({_S.SOLD}),
    Step.DEFECT: frozenset({_S.SOLD}),
    Step.CANCEL: frozenset({_S.REQUESTED, _S.PROMISED}),
}

# What has to be done next, and the rule that asks for it; the promise may be left out.
NEXT: Mapping[Stage, tuple[Step, str]] = {
    _S.REQUESTED: (Step.PURCHASE, "MUR-01"),
    _S.PROMISED: (Step.PURCHASE, "MUR-01"),
    _S.PURCHASED: (Step.POSSESS, "MUR-01"),
    _S.POSSESSED: (Step.SELL, "MUR-01"),
}


def is_allowed(step: Step, stage: Stage) -> bool:
    """Whether the table lets `step` happen at `stage`."""
    return stage in ALLOWED[step]


def steps_of(stage: Stage) -> list[str]:
    """What can be done at `stage`, by name."""
    return sorted(str(step) for step, stages in ALLOWED.items() if stage in stages)


def stage_after_decline(stage: Stage) -> Stage:
    """A refusal ends the matter, unless goods are in hand that must now be sold elsewhere."""
    return Stage.DECLINED if stage in (Stage.PURCHASED, Stage.POSSESSED) else Stage.CANCELLED


def profit_minor_of(cost_minor: int, margin_bp: int) -> int:
    """The profit a margin on cost comes to, rounded half-even to the minor unit."""
    return share_of(cost_minor, margin_bp, 10_000)


def share_of(amount_minor: int, numerator: int, denominator: int) -> int:
    """`amount × numerator ÷ denominator`, rounded half-even."""
    quotient, rest = divmod(amount_minor * numerator, denominator)
    is_up = 2 * rest > denominator or (2 * rest == denominator and quotient % 2 == 1)
    return quotient + is_up


def price_reduction_minor(discount_minor: int, *, cost_minor: int, price_minor: int) -> int:
    """What a supplier's discount takes off the customer's price: the same share of it as of the
    cost, rounded up, for rounding never favours the creditor (MUR-12, GEN-20)."""
    return -(-discount_minor * price_minor // cost_minor)


@dataclass(frozen=True, slots=True, kw_only=True)
class Clauses:
    """Settings of a murabaha in the product's `clauses`, part of what the board approves.

    Values that a rule forbids can be said, so that they can be refused by name.
    """

    promise_binds: str = "customer"  # institution, none; "both" is refused (MUR-06)
    margin_keeps: str = "actual_loss"  # of the security margin, when the customer withdraws
    buying_agent: str = "institution"  # or third_party, customer (MUR-08)
    risk_before_sale: str = "institution"  # (MUR-10)
    supplier_discount: str = "passed_on"  # or kept (MUR-12)
    price: str = "fixed"  # or benchmark (MUR-13)
    reschedule: str = "without_increase"  # or with_increase (MUR-14)
    may_customer_decline: bool = True  # (MUR-15)
    title_passes: str = "at_sale"  # or at_payment (MUR-16)
    has_rebate_clause: bool = False  # (MUR-17)
    defects: str = "warranted"  # disclaimed; delivery_disclaimed is refused (MUR-19)
    charity_pledge: str = ""  # what a solvent debtor who delays gives to charity (DEF-04)
    late_fee: str = ""  # a charge for lateness kept by the institution (DEF-03)
    cash_price_premium_max: str = "0.5"  # a year, over the local cash price (MUR-21)

    @classmethod
    def read(cls, settings: Mapping[str, Any]) -> Clauses:
        """The clauses of a product. Refuses VALIDATION_ERROR unknown names and values."""
        known = {each.name: getattr(cls(), each.name) for each in fields(cls)}
        for name, value in settings.items():
            if name not in known:
                message = f"a murabaha has no clause {name}; known: {', '.join(sorted(known))}"
                raise ValidationFailed.field(f"clauses.{name}", "unknown_clause", message)
            if type(value) is not type(known[name]):
                message = f"{name} is written like {known[name]!r}"
                raise ValidationFailed.field(f"clauses.{name}", "wrong_kind", message)
            if name in _CLAUSE_VALUES and value not in _CLAUSE_VALUES[name]:
                message = f"{name} is one of {', '.join(_CLAUSE_VALUES[name])}"
                raise ValidationFailed.field(f"clauses.{name}", "unknown_value", message)
        clauses = cls(**settings)
        if not _RATIO.fullmatch(clauses.cash_price_premium_max):
            message = "cash_price_premium_max is a fraction a year, such as 0.5"
            raise ValidationFailed.field("clauses.cash_price_premium_max", "not_a_number", message)
        return clauses

    def as_mapping(self) -> dict[str, Any]:
        """The clauses as they are stored."""
        return asdict(self)


_CLAUSE_VALUES: Mapping[str, tuple[str, ...]] = {
    "promise_binds": ("customer", "institution", "none", "both"),
    "margin_keeps": ("actual_loss", "all"),
    "buying_agent": ("institution", "third_party", "customer"),
    "risk_before_sale": ("institution", "customer"),
    "supplier_discount": ("passed_on", "kept"),
    "price": ("fixed", "benchmark"),
    "reschedule": ("without_increase", "with_increase"),
    "title_passes": ("at_sale", "at_payment"),
    "defects": ("warranted", "disclaimed", "delivery_disclaimed"),
}


@dataclass(frozen=True, slots=True)
class Refinancing:
    """A murabaha whose proceeds may settle an old debt of the same customer (DEF-11)."""

    loan_id: str
    is_asked_by_customer: bool
    is_unconditional: bool
    are_goods_kept: bool
    is_profit_usual: bool
    is_customer_solvent: bool
    proceeds_free_on: date
    settles_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class MurabahaTerms:
    """A murabaha as it is asked for."""

    cost: Money
    margin_bp: int
    instalments: int
    frequency: Frequency
    asset_description: str
    asset_category: str = "goods"
    asset_reference: str | None = None
    refinancing: Refinancing | None = None

    @property
    def profit(self) -> Money:
        return Money(profit_minor_of(self.cost.amount_minor, self.margin_bp), self.cost.asset)

    @property
    def price(self) -> Money:
        return self.cost + self.profit

    def particulars(self) -> dict[str, Any]:
        """The terms as the API writes them."""
        return {
            "asset_description": self.asset_description,
            "asset_category": self.asset_category,
            "asset_reference": self.asset_reference,
            "cost_price": json_number(self.cost),
            "profit_margin": ratio(self.margin_bp),
            "profit_amount": json_number(self.profit),
            "sale_price": json_number(self.price),
            "payment_terms": {
                "installments": self.instalments,
                "frequency": str(self.frequency),
            },
            "refinances": self.refinancing.loan_id if self.refinancing else None,
        }

    def as_mapping(self) -> dict[str, Any]:
        """The terms as they are stored."""
        return {
            "margin_bp": self.margin_bp,
            "cost_minor": self.cost.amount_minor,
            "instalments": self.instalments,
            "frequency": str(self.frequency),
            "asset_description": self.asset_description,
            "asset_category": self.asset_category,
            "asset_reference": self.asset_reference,
            "refinancing": asdict(self.refinancing) if self.refinancing else None,
        }

    @classmethod
    def read(cls, stored: Mapping[str, Any], asset: Asset) -> MurabahaTerms:
        """The terms from storage."""
        old = stored["refinancing"]
        if old is not None:
            days = {name: date.fromisoformat(old[name]) for name in _REFINANCING_DAYS}
            old = Refinancing(**{**old, **days})
        kept = {key: value for key, value in stored.items() if key != "cost_minor"}
        return cls(
            **{
                **kept,
                "cost": Money(stored["cost_minor"], asset),
                "frequency": Frequency(stored["frequency"]),
                "refinancing": old,
            }
        )


_REFINANCING_DAYS = ("proceeds_free_on", "settles_on")


def ratio(basis_points: int) -> Decimal:
    """Basis points as the fraction the wire has: 800 is 0.08."""
    return plain_number(Decimal(basis_points).scaleb(-4))


@dataclass(frozen=True, slots=True, kw_only=True)
class Murabaha:
    """A murabaha on record: what was agreed, and how far it has come.

    `cost_minor` and `profit_minor` are those asked for until the purchase, then the actual ones;
    after the sale they are fixed, and `released_minor` is what was given back of the profit.
    """

    murabaha_id: str
    loan_id: str
    borrower_id: str
    branch_id: str
    asset: Asset
    stage: Stage
    terms: MurabahaTerms
    clauses: Clauses
    cost_minor: int
    profit_minor: int
    created_at: datetime
    created_by: str
    promise_binds: str | None = None
    promised_at: datetime | None = None
    margin_minor: int = 0
    margin_held_minor: int = 0
    supplier_id: str | None = None
    invoice_on: date | None = None
    inventory_minor: int = 0
    possessed_at: datetime | None = None
    offered_at: datetime | None = None
    sold_at: datetime | None = None
    recognised_minor: int = 0
    released_minor: int = 0
    plan_version: int | None = None
    next_profit_on: date | None = None
    version: int = 1

    @property
    def price_minor(self) -> int:
        return self.cost_minor + self.profit_minor

    @property
    def deferred_minor(self) -> int:
        """What of the profit is neither earned nor given back, by plan and past acts."""
        return self.profit_minor - self.recognised_minor - self.released_minor

    def booked_minor(self, owed_minor: int) -> int:
        """What stands in 1390 while so much is owed: never more profit is deferred than debt is
        left, so what is paid ahead of its day earns ahead of it too."""
        return min(self.deferred_minor, owed_minor)

    @property
    def is_promise_of_customer(self) -> bool:
        """Whether the customer bound himself, so that an actual loss is his (MUR-15)."""
        return self.promise_binds == "customer"

    def money(self, minor: int) -> Money:
        return Money(minor, self.asset)

    def after(self, **changes: Any) -> Murabaha:
        """The contract as changed, one version on."""
        return replace(self, version=self.version + 1, **changes)


@dataclass(frozen=True, slots=True)
class StepFact:
    """One step as it was taken: append-only. `details` is plain JSON."""

    step_id: str
    murabaha_id: str
    kind: Step
    taken_at: datetime
    document: str | None
    amount_minor: int | None
    journal_ids: tuple[str, ...]
    details: Mapping[str, Any]
    recorded_at: datetime
    recorded_by: str


@dataclass(frozen=True, slots=True)
class MarginSettlement:
    """What becomes of a security margin when the goods were sold elsewhere."""

    loss_minor: int
    kept_minor: int
    returned_minor: int


def settle_margin(
    *, margin_held_minor: int, cost_minor: int, resale_minor: int, is_promised: bool
) -> MarginSettlement:
    """Only the actual loss, cost less resale price, is kept, and only of a promise that bound
    the customer; never a lost profit (MUR-07, MUR-15; AAOIFI SS 8 2/5/3, 4/2)."""
    loss = max(0, cost_minor - resale_minor)
    kept = min(loss, margin_held_minor) if is_promised else 0
    return MarginSettlement(loss, kept, margin_held_minor - kept)


def is_rebate_missing(contract: Murabaha, debt: Debt, paying_minor: int, on: date) -> bool:
    """Whether a payment settles early a debt whose promised rebate was not given (MUR-17).

    Early: more than the instalment that is current on that day is still to fall due.
    """
    if not contract.clauses.has_rebate_clause or paying_minor < debt.outstanding_minor:
        return False
    ahead = sum(1 for due_on in debt.schedule.due_on if due_on >= on)
    return ahead > 1 and contract.booked_minor(debt.outstanding_minor) > 0


def may_reclaim(contract: Murabaha, paid_minor: int) -> bool:
    """Whether the seller may take unchanged goods back from a bankrupt buyer instead of proving
    with the other creditors: nothing of the price was received (MUR-22)."""
    return contract.stage is Stage.SOLD and paid_minor == 0
