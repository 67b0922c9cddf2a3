"""Gold of the institution's own that is gone without a sale: said by one, believed by another."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sanduq.kit.money import Asset


class LossCause(StrEnum):
    """Why it is gone. `seized`: another had a better title, and a court or the police took it."""

    LOST = "lost"
    STOLEN = "stolen"
    SEIZED = "seized"
    DESTROYED = "destroyed"


class LossStatus(StrEnum):
    AWAITING_APPROVAL = "AWAITING_APPROVAL"
    WRITTEN_OFF = "WRITTEN_OFF"
    REFUSED = "REFUSED"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewGoldLoss:
    """A piece said to be gone; `evidence` names the report or the order that shows it."""

    item_id: str
    cause: LossCause
    reason: str
    evidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GoldLoss:
    """A loss on record; `amount_minor` is what the piece stood at when it was written off."""

    loss_id: str
    item_id: str
    piece_id: str
    cause: LossCause
    status: LossStatus
    reason: str
    evidence: str
    asset: Asset
    fine_weight_mg: int
    amount_minor: int
    journal_id: str | None
    reported_at: datetime
    reported_by: str
    decided_at: datetime | None
    decided_by: str | None


@dataclass(frozen=True, slots=True)
class GoldLossFilters:
    """Which losses a list shows; None does not filter."""

    status: LossStatus | None = None
    item_id: str | None = None
