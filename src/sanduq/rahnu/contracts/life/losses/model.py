"""A thing lost or spoilt in custody: who is to blame and what is owed for it. No I/O."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sanduq.kit.money import Asset, Money
from sanduq.rahnu.facts_pledge import LossFault


class LossKind(StrEnum):
    """Whether the thing is gone, or there and worth less."""

    LOSS = "loss"
    DAMAGE = "damage"


class LossStatus(StrEnum):
    REPORTED = "REPORTED"
    DECIDED = "DECIDED"
    REFUSED = "REFUSED"


class Remedy(StrEnum):
    """How a fault is made good: by the like in fine weight, or by the value of that day."""

    NONE = "none"
    LIKE = "like"
    VALUE = "value"


class LossPaymentKind(StrEnum):
    INDEMNITY = "indemnity"
    PAID_OUT = "paid_out"


@dataclass(frozen=True, slots=True)
class NewLoss:
    """What was found out. `fault_claimed` is the reporter's opinion; another decides."""

    kind: LossKind
    item_ids: tuple[str, ...]
    happened_on: date
    description: str
    fault_claimed: LossFault = LossFault.NONE


@dataclass(frozen=True, slots=True)
class Judgement:
    """How a loss is judged. `value_after` is what a damaged thing is still worth.

    `agreement` names what both signed: where the value is owed instead of the like, and where it
    is set off against the debt. `price_board_ids` name the boards of the day, if it is past.
    """

    fault: LossFault
    remedy: Remedy
    is_set_off: bool = False
    agreement: str | None = None
    value_after: Money | None = None
    price_board_ids: tuple[str, ...] = ()
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """A loss as it stands. What is owed for it lies under its own id, `due_minor`.

    `liability_mg` is fine metal owed by its like until `replaced_at`.
    """

    loss_id: str
    contract_id: str
    asset: Asset
    kind: LossKind
    status: LossStatus
    item_ids: tuple[str, ...]
    happened_on: date
    description: str
    fault_claimed: LossFault
    reported_at: datetime
    reported_by: str
    fault: LossFault | None = None
    remedy: Remedy | None = None
    fine_weight_mg: int = 0
    liability_mg: int = 0
    value_minor: int | None = None
    liability_minor: int = 0
    set_off_minor: int = 0
    agreement: str | None = None
    price_board_ids: tuple[str, ...] = ()
    debt_before_minor: int | None = None
    debt_after_minor: int | None = None
    debt_repayment_id: str | None = None
    journal_ids: tuple[str, ...] = ()
    reason: str | None = None
    decided_at: datetime | None = None
    decided_by: str | None = None
    indemnity_minor: int = 0
    paid_minor: int = 0
    replaced_at: datetime | None = None
    version: int = 1

    @property
    def due_minor(self) -> int:
        """What of the value or the indemnity is still held for the owner."""
        return self.liability_minor - self.set_off_minor + self.indemnity_minor - self.paid_minor


@dataclass(frozen=True, slots=True)
class LossPayment:
    """An indemnity received in the place of the thing, or what the owner was paid."""

    payment_id: str
    loss_id: str
    kind: LossPaymentKind
    amount: Money
    recipient_id: str | None
    method: str
    reference: str | None
    moved_on: date
    journal_id: str
    recorded_at: datetime
    recorded_by: str


@dataclass(frozen=True, slots=True)
class Liability:
    """What the keeper owes for a loss: fine metal, or money."""

    fine_mg: int
    amount_minor: int


def liability(fault: LossFault, remedy: Remedy, fine_mg: int, value_minor: int) -> Liability:
    """Nothing without fault, for the keeper's hand is a hand of trust (RHN-08); with fault the
    like, or the value of that day (RHN-09)."""
    if fault is LossFault.NONE:
        return Liability(0, 0)
    return Liability(fine_mg, 0) if remedy is Remedy.LIKE else Liability(0, value_minor)


def set_off(liability_minor: int, debt_minor: int, *, is_agreed: bool) -> int:
    """How much of a liability the debt swallows by agreement; the rest is the owner's."""
    return min(liability_minor, debt_minor) if is_agreed else 0
