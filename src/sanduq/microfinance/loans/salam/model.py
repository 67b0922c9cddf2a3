"""A salam under way: its stages as a table, what is owed of goods and capital. No I/O.

The borrower is the seller of the goods, the institution buys them and pays first. What is owed
is goods: quantities are settled oldest due date first, and the capital still outstanding is the
price paid times what is undelivered over what was sold, cut to whole minor units.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from sanduq.kit.money import Asset, Money
from sanduq.microfinance.loans.model import LoanStatus
from sanduq.microfinance.loans.salam.facts import FreightPayer
from sanduq.microfinance.loans.salam.model_terms import Clauses, NamedSecurity, SalamTerms

Dues = tuple[tuple[date, int], ...]


class Stage(StrEnum):
    """How far a salam has come. ENDED: no goods are owed any more; a refund may still be."""

    AGREED = "AGREED"
    PRICE_PARTLY_PAID = "PRICE_PARTLY_PAID"
    PRICE_PAID = "PRICE_PAID"
    PARTLY_DELIVERED = "PARTLY_DELIVERED"
    ENDED = "ENDED"
    CANCELLED = "CANCELLED"


class Step(StrEnum):
    PAY_PRICE = "pay-price"
    DELIVER = "deliver"
    SUBSTITUTE = "substitute"
    WAIT = "wait"
    CANCEL = "cancel-salam"


_OPEN = frozenset({Stage.PRICE_PAID, Stage.PARTLY_DELIVERED})

ALLOWED: Mapping[Step, frozenset[Stage]] = {
    Step.PAY_PRICE: frozenset({Stage.AGREED, Stage.PRICE_PARTLY_PAID}),
    Step.DELIVER: _OPEN,
    Step.SUBSTITUTE: _OPEN,
    Step.WAIT: _OPEN,
    Step.CANCEL: _OPEN,
}


def is_allowed(step: Step, stage: Stage) -> bool:
    """Whether the table of stages lets `step` happen."""
    return stage in ALLOWED[step]


def missing_step(stage: Stage) -> Step | None:
    """The step that must come first, where the price is not paid yet (rule SLM-01)."""
    return Step.PAY_PRICE if stage in ALLOWED[Step.PAY_PRICE] else None


class Settled(StrEnum):
    """How a quantity ceased to be owed."""

    DELIVERED = "delivered"
    SUBSTITUTED = "substituted"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Salam:
    """One contract. Quantities in thousandths of the unit, money in minor units of `asset`.

    `dues` are the days of delivery of all that was sold and not lapsed, covered or not.
    `refundable_minor` is all the money the seller was ever to give back (cancelled capital,
    discounts); how much of it came back is for the debt of that name to say.
    """

    contract_id: str
    loan_id: str
    seller_id: str
    branch_id: str
    asset: Asset
    commodity: str
    quantity_milli: int
    quantity_unit: str
    price_per_unit_minor: int
    capital_minor: int
    specifications: Mapping[str, str]
    delivery_place: str
    freight_payer: FreightPayer
    securities: tuple[NamedSecurity, ...]
    dues: Dues
    price_window_days: int
    stage: Stage
    paid_minor: int
    paid_by: str | None
    contracted_on: date | None
    lapsed_milli: int
    delivered_milli: int
    substituted_milli: int
    cancelled_milli: int
    refundable_minor: int
    created_at: datetime
    created_by: str
    version: int

    @property
    def sold_milli(self) -> int:
        """What the price paid buys: all, or less what lapsed with an unpaid part."""
        return self.quantity_milli - self.lapsed_milli

    @property
    def settled_milli(self) -> int:
        return self.delivered_milli + self.substituted_milli + self.cancelled_milli

    @property
    def undelivered_milli(self) -> int:
        """Goods the seller still owes; none before the price is paid."""
        return self.sold_milli - self.settled_milli if self.is_price_settled else 0

    @property
    def is_price_settled(self) -> bool:
        return self.stage in (*_OPEN, Stage.ENDED)

    @property
    def unpaid_minor(self) -> int:
        """What of the price is still to be paid; nothing once the rest has lapsed."""
        return 0 if self.is_price_settled else self.capital_minor - self.paid_minor

    @property
    def capital_open_minor(self) -> int:
        """The capital of goods undelivered: what account 1400 holds for this contract."""
        if not self.is_price_settled:
            return self.paid_minor
        return self.paid_minor * self.undelivered_milli // self.sold_milli

    @property
    def price_due_on(self) -> date | None:
        """The last day on which the price may be completed (rule SLM-01)."""
        if self.contracted_on is None:
            return None
        return self.contracted_on + timedelta(days=self.price_window_days)

    @property
    def advance_payment_status(self) -> str:
        """How far the price is paid."""
        if self.paid_minor == 0:
            return "PENDING"
        if self.is_price_settled:
            return "PAID"
        return "PARTIAL"

    @property
    def oldest_undelivered_due_on(self) -> date | None:
        """The first day on which goods were or are due that have not come; None when none are."""
        found = undelivered_dues(self) if self.undelivered_milli else ()
        return found[0][0] if found else None

    @property
    def etag(self) -> str:
        return f'"s{self.version}"'


def overdue_milli(salam: Salam, on: date) -> int:
    """Goods due on `on` or before that have not come."""
    if not salam.is_price_settled:
        return 0
    due = sum(quantity for day, quantity in salam.dues if day <= on)
    return max(0, due - salam.settled_milli)


def undelivered_dues(salam: Salam) -> Dues:
    """The days on which goods that have not come are or were due, with what is due on each."""
    left = salam.settled_milli
    found = []
    for day, quantity in salam.dues:
        covered = min(left, quantity)
        left -= covered
        if covered < quantity:
            found.append((day, quantity - covered))
    return tuple(found)


def last_due_of(salam: Salam, quantity_milli: int) -> date:
    """The day the last of the next `quantity_milli` goods is due."""
    reach = salam.settled_milli + quantity_milli
    for day, quantity in salam.dues:
        reach -= quantity
        if reach <= 0:
            return day
    return salam.dues[-1][0]


def capital_of(salam: Salam, quantity_milli: int) -> int:
    """The capital that leaves the books with `quantity_milli` of what is undelivered."""
    kept = salam.paid_minor * (salam.undelivered_milli - quantity_milli) // salam.sold_milli
    return salam.capital_open_minor - kept


def after_payment(salam: Salam, amount_minor: int, *, contracted_on: date, by: str) -> Salam:
    """The contract with more of its price paid; complete, its goods are owed."""
    paid = salam.paid_minor + amount_minor
    is_complete = paid == salam.capital_minor
    return replace(
        salam,
        paid_minor=paid,
        paid_by=salam.paid_by or by,
        contracted_on=salam.contracted_on or contracted_on,
        stage=Stage.PRICE_PAID if is_complete else Stage.PRICE_PARTLY_PAID,
    )


def after_lapse(salam: Salam) -> Salam:
    """What was not paid for lapses: the seller owes goods for what he received, no fraction more.

    A contract whose price may be paid in parts has one day of delivery (rule SLM-06).
    """
    kept = max(1, salam.quantity_milli * salam.paid_minor // salam.capital_minor)
    return replace(
        salam,
        lapsed_milli=salam.quantity_milli - kept,
        dues=((salam.dues[-1][0], kept),),
        stage=Stage.PRICE_PAID,
    )


def after_settling(salam: Salam, quantity_milli: int, how: Settled) -> Salam:
    """The contract with less goods owed. The quantity must be undelivered."""
    if not 0 < quantity_milli <= salam.undelivered_milli:
        raise ValueError("only what is undelivered can be settled")
    changed = replace(
        salam,
        delivered_milli=salam.delivered_milli + (quantity_milli if how is Settled.DELIVERED else 0),
        substituted_milli=salam.substituted_milli
        + (quantity_milli if how is Settled.SUBSTITUTED else 0),
        cancelled_milli=salam.cancelled_milli + (quantity_milli if how is Settled.CANCELLED else 0),
    )
    is_ended = quantity_milli == salam.undelivered_milli
    has_received = changed.delivered_milli + changed.substituted_milli > 0
    if is_ended:
        return replace(changed, stage=Stage.ENDED)
    return replace(changed, stage=Stage.PARTLY_DELIVERED if has_received else salam.stage)


def after_waiting(salam: Salam, until: date) -> Salam:
    """Goods due before `until` and not delivered are due on `until`; quantities stay."""
    days: dict[date, int] = dict(salam.dues)
    for day, quantity in undelivered_dues(salam):
        days[day] -= quantity
        late = max(day, until)
        days[late] = days.get(late, 0) + quantity
    return replace(salam, dues=tuple(sorted(item for item in days.items() if item[1])))


def loan_status(salam: Salam, *, refund_left_minor: int) -> LoanStatus:
    """What the loan is: REPAYING once goods came or money was given back, COMPLETED when neither
    goods nor money are owed."""
    if salam.stage is Stage.ENDED and refund_left_minor == 0:
        return LoanStatus.COMPLETED
    has_received = salam.delivered_milli + salam.substituted_milli > 0
    if has_received or refund_left_minor < salam.refundable_minor:
        return LoanStatus.REPAYING
    return LoanStatus.DISBURSED


@dataclass(frozen=True, slots=True, kw_only=True)
class StepFact:
    """Something that happened to a contract: when, by whom, on what evidence."""

    step_id: str
    contract_id: str
    kind: str
    on: date
    quantity_milli: int
    amount: Money
    details: Mapping[str, object]
    journal_id: str | None
    recorded_at: datetime
    recorded_by: str


__all__ = [
    "ALLOWED", "Clauses", "Dues", "Salam", "SalamTerms", "Settled", "Stage", "Step", "StepFact",
    "after_lapse", "after_payment", "after_settling", "after_waiting", "capital_of", "is_allowed",
    "last_due_of", "loan_status", "missing_step", "overdue_milli", "undelivered_dues",
]  # fmt: skip
