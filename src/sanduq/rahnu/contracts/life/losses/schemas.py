"""Wire shapes of losses in custody."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from sanduq.kit.clock import rfc3339
from sanduq.kit.money import Asset
from sanduq.kit.wire import (
    AmountIn,
    AmountOut,
    Input,
    IsoDate,
    ListOutput,
    LongText,
    Output,
    Text,
    amount,
)
from sanduq.kit.wire_weight import grams
from sanduq.rahnu.contracts.life.losses.model import (
    Judgement,
    Loss,
    LossKind,
    LossStatus,
    NewLoss,
    Remedy,
)
from sanduq.rahnu.contracts.life.wire import Day, Identifier, Timestamp, number
from sanduq.rahnu.facts_pledge import LossFault

Items = Annotated[list[Identifier], Field(min_length=1, max_length=100)]
Method = Annotated[str, Field(min_length=1, max_length=60, pattern=r"^[a-z0-9_]+$")]


class PledgeLossIn(Input):
    """What was found out; `fault` is the reporter's opinion, another user decides."""

    kind: LossKind = LossKind.LOSS
    item_ids: Items
    happened_on: IsoDate
    description: LongText
    fault: LossFault = LossFault.NONE

    def command(self) -> NewLoss:
        """The report meant."""
        return NewLoss(
            self.kind, tuple(self.item_ids), self.happened_on, self.description, self.fault
        )


class LossDecisionIn(Input):
    """`remedy` is `none` without fault, else `like` or `value`; `agreement` where both signed."""

    fault: LossFault
    remedy: Remedy = Remedy.NONE
    set_off: bool = False
    agreement: Text | None = None
    value_after: AmountIn | None = None
    price_board_ids: Annotated[list[Identifier], Field(max_length=5)] = Field(default_factory=list)
    reason: Text | None = None

    def command(self, asset: Asset) -> Judgement:
        """The judgement meant, in the currency of the pledge."""
        after = None
        if self.value_after is not None:
            after = amount(self.value_after, asset, "value_after")
        return Judgement(
            self.fault, self.remedy, self.set_off, self.agreement, after,
            tuple(self.price_board_ids), self.reason,
        )  # fmt: skip


class LossRefusalIn(Input):
    reason: Text


class LossIndemnityIn(Input):
    amount: AmountIn
    method: Method = "transfer"
    reference: Text | None = None


class LossPaymentIn(Input):
    """What the owner is paid; he, his agent or all heirs receive it."""

    amount: AmountIn
    method: Method = "cash"
    reference: Text | None = None
    recipient_id: Identifier | None = None
    present_ids: Annotated[list[Identifier], Field(max_length=100)] = Field(default_factory=list)


class LossReplacementIn(Input):
    """Things that joined the pledge in the place of the lost ones, and what they cost."""

    item_ids: Items
    cost: AmountIn | None = None
    reference: Text | None = None


class PledgeLossObject(Output):
    """A loss; `held_for_owner` is money still owed to him for it."""

    id: str
    type: Literal["pledge_loss"]
    contract_id: str
    kind: LossKind
    status: LossStatus
    currency: str
    item_ids: list[str]
    happened_on: Day
    description: str
    fault_claimed: LossFault
    fault: LossFault | None
    remedy: Remedy | None
    fine_weight_grams: AmountOut
    owed_fine_grams: AmountOut
    value_at_loss: AmountOut | None
    liability: AmountOut
    set_off: AmountOut
    agreement: str | None
    indemnity: AmountOut
    paid_to_owner: AmountOut
    held_for_owner: AmountOut
    debt_before: AmountOut | None
    debt_after: AmountOut | None
    debt_repayment_id: str | None
    price_board_ids: list[str]
    journal_ids: list[str]
    reason: str | None
    replaced_at: Timestamp | None
    decided_by: str | None
    decided_at: Timestamp | None
    reported_by: str
    created_at: Timestamp


class PledgeLossList(ListOutput):
    data: list[PledgeLossObject]


def loss_out(one: Loss) -> dict[str, Any]:
    """A loss as the API and its events render it."""

    def shown(minor: int | None) -> Any:
        return None if minor is None else number(minor, one.asset)

    return PledgeLossObject(
        id=one.loss_id,
        type="pledge_loss",
        contract_id=one.contract_id,
        kind=one.kind,
        status=one.status,
        currency=one.asset.code,
        item_ids=list(one.item_ids),
        happened_on=one.happened_on.isoformat(),
        description=one.description,
        fault_claimed=one.fault_claimed,
        fault=one.fault,
        remedy=one.remedy,
        fine_weight_grams=grams(one.fine_weight_mg),
        owed_fine_grams=grams(0 if one.replaced_at else one.liability_mg),
        value_at_loss=shown(one.value_minor),
        liability=shown(one.liability_minor),
        set_off=shown(one.set_off_minor),
        agreement=one.agreement,
        indemnity=shown(one.indemnity_minor),
        paid_to_owner=shown(one.paid_minor),
        held_for_owner=shown(one.due_minor),
        debt_before=shown(one.debt_before_minor),
        debt_after=shown(one.debt_after_minor),
        debt_repayment_id=one.debt_repayment_id,
        price_board_ids=list(one.price_board_ids),
        journal_ids=list(one.journal_ids),
        reason=one.reason,
        replaced_at=rfc3339(one.replaced_at) if one.replaced_at else None,
        decided_by=one.decided_by,
        decided_at=rfc3339(one.decided_at) if one.decided_at else None,
        reported_by=one.reported_by,
        created_at=rfc3339(one.reported_at),
    ).model_dump()
