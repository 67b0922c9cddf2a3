"""Facts of a promise of one side: whom it binds, what it promises, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction


@dataclass(frozen=True, slots=True, kw_only=True)
class CounterPromise:
    """What the promisee promised in return, of which asset and for which days."""

    promisor_id: str
    asset: str
    from_on: date
    to_on: date
    is_binding: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class SecurityMargin:
    """Money put down for a binding promise (hamish jiddiyyah), and what was taken of it."""

    amount_minor: int
    is_held_in_trust: bool
    taken_minor: int = 0
    actual_loss_minor: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DamagesFact:
    """What a promisor who broke a promise to sell is asked for.

    `market_minor` is what the same gold costs to buy on the day it should have been sold.
    `other_minor`: lost profit, costs of money and anything else.
    """

    claimed_minor: int
    market_minor: Fraction | int
    promised_minor: int
    other_minor: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PromiseFact:
    """The promise as it is, or is about to be, issued.

    `promisee_duties`: words or fields that lay anything on the promisee. `purchase_closed_at` None:
    the sale before it is not complete. `opens_on` to `closes_on` is the window, both days included;
    `purchase_on` the local day of the sale. `linked_loan_ids`: loans of the promisee with us.
    """

    promisors: tuple[str, ...]
    promisee_id: str | None = None
    promisee_duties: tuple[str, ...] = ()
    text: str = ""
    fee_minor: int = 0
    is_transferable: bool = False
    formula: str = ""
    cap_bp: int = 7_500
    issued_at: datetime | None = None
    is_own_document: bool = False
    is_automatic: bool = False
    purchase_on: date | None = None
    purchase_closed_at: datetime | None = None
    is_purchase_closed: bool = False
    gap_months_min: int = 6
    opens_on: date | None = None
    closes_on: date | None = None
    asset: str = "gold"
    fine_mg: int = 0
    sold_fine_mg: int | None = None
    counter_promises: tuple[CounterPromise, ...] = ()
    linked_loan_ids: tuple[str, ...] = ()
    serves_device: bool = False
    lower_price_promised: bool = False
    is_specific_item: bool = False
    is_specific_item_lost: bool = False
    is_in_force: bool = True
    damages: DamagesFact | None = None
    margin: SecurityMargin | None = None
