"""The qard as a contract: its states and its terms. No I/O."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sanduq.kit.money import Asset


class QardStatus(StrEnum):
    AGREED = "AGREED"
    ACTIVE = "ACTIVE"
    SETTLED = "SETTLED"
    CANCELLED = "CANCELLED"
    WRITTEN_OFF = "WRITTEN_OFF"


@dataclass(frozen=True, slots=True)
class Qard:
    """One benevolent loan. `serves_id` is the loan or pledge it was made for.

    `fund` is whose money is lent; a pool's money comes from and returns to `pool_id`.
    """

    qard_id: str
    serves_id: str
    borrower_id: str
    branch_id: str
    asset: Asset
    principal_minor: int
    fee_minor: int
    component_order: str
    cost_study_id: str | None
    status: QardStatus
    disbursed_on: date | None
    journal_id: str | None
    created_at: datetime
    created_by: str
    fund: str = "own"
    pool_id: str | None = None
