"""A surplus of custody fees over what keeping cost, and what became of it. No I/O."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sanduq.kit.money import Asset


class SurplusUse(StrEnum):
    """What becomes of fees beyond the cost: owed back to who bore them, or given away."""

    REFUND_PROVISION = "refund_provision"
    CHARITY = "charity"


@dataclass(frozen=True, slots=True)
class NewTrueUp:
    """The surplus of the days `from_on` to `to_on`, both included, about to be moved out."""

    asset: Asset
    from_on: date
    to_on: date
    use: SurplusUse
    resolution_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CustodyTrueUp:
    """A surplus moved out of income. `owners`: how many are owed a part of it."""

    true_up_id: str
    asset: Asset
    from_on: date
    to_on: date
    fees_minor: int
    cost_minor: int
    surplus_minor: int
    use: SurplusUse
    owners: int
    resolution_id: str | None
    journal_id: str
    created_at: datetime
    created_by: str
