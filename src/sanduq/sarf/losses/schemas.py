"""Wire shapes of lost gold."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from sanduq.kit.money import Money
from sanduq.kit.wire import (
    AmountOut,
    Input,
    ListOutput,
    LongText,
    Output,
    PageQuery,
    Text,
    number,
)
from sanduq.kit.wire_weight import NumberOut, grams
from sanduq.sarf.losses.model import (
    GoldLoss,
    GoldLossFilters,
    LossCause,
    LossStatus,
    NewGoldLoss,
)

ItemId = Annotated[str, Field(pattern=r"^itm_[0-9A-Za-z_]{1,60}$")]


class GoldLossIn(Input):
    item_id: ItemId
    cause: LossCause
    reason: LongText
    evidence: Text

    def command(self) -> NewGoldLoss:
        """What is said to be gone."""
        return NewGoldLoss(
            item_id=self.item_id, cause=self.cause, reason=self.reason, evidence=self.evidence
        )


class GoldLossQuery(PageQuery):
    status: LossStatus | None = None
    item_id: ItemId | None = None

    def filters(self) -> GoldLossFilters:
        """Which losses are asked for."""
        return GoldLossFilters(self.status, self.item_id)


class GoldLossOut(Output):
    id: str
    item_id: str
    piece_id: str
    cause: LossCause
    status: LossStatus
    reason: str
    evidence: str
    currency: str
    fine_weight_grams: NumberOut
    amount: AmountOut
    journal_id: str | None
    reported_by: str
    decided_at: datetime | None
    decided_by: str | None
    created_at: datetime


class GoldLossList(ListOutput):
    data: list[GoldLossOut]


def gold_loss_out(loss: GoldLoss) -> dict[str, Any]:
    """A loss as the API writes it."""
    return GoldLossOut(
        id=loss.loss_id,
        item_id=loss.item_id,
        piece_id=loss.piece_id,
        cause=loss.cause,
        status=loss.status,
        reason=loss.reason,
        evidence=loss.evidence,
        currency=loss.asset.code,
        fine_weight_grams=grams(loss.fine_weight_mg),
        amount=number(Money(loss.amount_minor, loss.asset)),
        journal_id=loss.journal_id,
        reported_by=loss.reported_by,
        decided_at=loss.decided_at,
        decided_by=loss.decided_by,
        created_at=loss.reported_at,
    ).model_dump()
