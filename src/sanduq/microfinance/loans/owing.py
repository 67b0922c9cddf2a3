"""What the kinds of loan say of their own debts: how they came about, what may come off them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Owing:
    """A line of a statement before payments: what came to be owed on a day, or fell away."""

    on: date
    kind: str
    reference: str | None
    owed_minor: int
    lowered_minor: int = 0


@dataclass(frozen=True, slots=True)
class RebateOffer:
    """What may come off a debt that is settled before its time.

    `is_agreed`: the contract promises it, so it is given before such a payment is taken;
    otherwise the creditor may give it or not. `rule_id` says which rule asks for that.
    """

    amount_minor: int
    is_agreed: bool
    rule_id: str
