"""A cost study on record: who made it, who agreed to it, and the part of it the rules look at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sanduq.kit.money import Asset
from sanduq.qard.model import AllocationMethod, CostStudy
from sanduq.shariah.model import CostLine

PRODUCT_TYPES = ("qard_hasan",)
"""The contracts whose fee rests on a cost study."""


class Capacity(StrEnum):
    """In which office somebody agrees to a study (AAOIFI SS 19 9/1 asks for both)."""

    FINANCE = "finance"
    SHARIAH = "shariah"

    @property
    def action(self) -> str:
        """The decision by which this office agrees."""
        return f"cost_study.approve_{self.value}"


@dataclass(frozen=True, slots=True)
class StudiedLine:
    """One cost, and where its evidence lies. A line marked indirect is kept and never counts."""

    line: CostLine
    evidence: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCostStudy:
    """A study about to be recorded; amounts in minor units of `asset`, over all loans studied."""

    product_type: str
    asset: Asset
    study_on: date
    loan_count: int
    lines: tuple[StudiedLine, ...]
    subsidy_minor: int
    allocation_method: AllocationMethod
    resolution_id: str | None
    external_id: str | None
    metadata: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Agreement:
    """Who agreed to a study, and when."""

    user_id: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedCostStudy(NewCostStudy):
    """A study on record."""

    cost_study_id: str
    created_at: datetime
    created_by: str
    finance: Agreement | None = None
    shariah: Agreement | None = None
    version: int = 1

    @property
    def is_approved(self) -> bool:
        return self.finance is not None and self.shariah is not None

    @property
    def etag(self) -> str:
        """The entity tag of this version, quoted as HTTP writes it."""
        return f'"v{self.version}"'

    @property
    def study(self) -> CostStudy:
        """The study as the rules look at it.

        Lines declared indirect stay on record but are no part of the fee's basis, so they are
        left out; a line that is not declared and not direct stays in, for the rule to refuse.
        """
        return CostStudy(
            cost_study_id=self.cost_study_id,
            product_id=self.product_type,
            asset=self.asset,
            study_on=self.study_on,
            loan_count=self.loan_count,
            lines=tuple(s.line for s in self.lines if not s.line.is_indirect),
            subsidy_minor_total=self.subsidy_minor,
            finance_approved=self.finance is not None,
            shariah_approved=self.shariah is not None,
            allocation_method=self.allocation_method,
            resolution_id=self.resolution_id,
        )
