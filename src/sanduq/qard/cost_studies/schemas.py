"""Wire shapes of cost studies."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from sanduq.kit.money import Asset, Money
from sanduq.kit.wire import (
    AmountIn,
    AmountOut,
    Currency,
    ExternalId,
    Input,
    ListOutput,
    LongText,
    Metadata,
    Output,
    PageQuery,
    Text,
    amount,
    asset_of,
    checked_id,
    number,
)
from sanduq.qard.cost_studies.model import (
    Agreement,
    Capacity,
    NewCostStudy,
    RecordedCostStudy,
    StudiedLine,
)
from sanduq.qard.model import AllocationMethod, direct_cost_minor_total, fee_limit_minor
from sanduq.shariah.model import CostLine


class CostLineIn(Input):
    category: Text
    description: Text
    amount: AmountIn
    is_indirect: bool = False
    evidence: LongText | None = None

    def line(self, asset: Asset, place: int) -> StudiedLine:
        """The line, its amount read in the study's currency."""
        money = amount(self.amount, asset, f"lines.{place}.amount")
        line = CostLine(self.category, self.description, money.amount_minor, self.is_indirect)
        return StudiedLine(line, self.evidence)


class CostStudyIn(Input):
    product_type: Text = "qard_hasan"
    currency: Currency
    study_date: date
    loan_count: Annotated[int, Field(ge=1, le=100_000_000)]
    lines: Annotated[list[CostLineIn], Field(min_length=1, max_length=200)]
    subsidy: AmountIn = 0
    allocation_method: AllocationMethod = AllocationMethod.PER_LOAN
    resolution_id: Text | None = None
    external_id: ExternalId | None = None
    metadata: Metadata = Field(default_factory=dict)

    def command(self) -> NewCostStudy:
        """The study to record. Refuses VALIDATION_ERROR amounts and ids that cannot be read."""
        asset = asset_of(self.currency)
        if self.resolution_id is not None:
            checked_id(self.resolution_id, "res", "resolution_id")
        return NewCostStudy(
            product_type=self.product_type,
            asset=asset,
            study_on=self.study_date,
            loan_count=self.loan_count,
            lines=tuple(line.line(asset, place) for place, line in enumerate(self.lines)),
            subsidy_minor=amount(self.subsidy, asset, "subsidy").amount_minor,
            allocation_method=self.allocation_method,
            resolution_id=self.resolution_id,
            external_id=self.external_id,
            metadata=self.metadata,
        )


class CostStudyApprovalIn(Input):
    capacity: Capacity
    reason: Text | None = None


class CostStudyFilters(PageQuery):
    product_type: Text | None = None
    currency: Currency | None = None
    external_id: ExternalId | None = None


class CostLineOut(Output):
    category: str
    description: str
    amount: AmountOut
    is_indirect: bool
    is_counted: bool
    evidence: str | None


class CostStudyAgreementOut(Output):
    user_id: str
    at: datetime


class CostStudyApprovalsOut(Output):
    finance: CostStudyAgreementOut | None
    shariah: CostStudyAgreementOut | None


class CostStudyOut(Output):
    id: str
    product_type: str
    status: Literal["PENDING_APPROVAL", "APPROVED"]
    currency: str
    study_date: date
    loan_count: int
    lines: list[CostLineOut]
    subsidy: AmountOut
    allocation_method: AllocationMethod
    resolution_id: str | None
    direct_cost: AmountOut
    fee_limit: AmountOut
    approvals: CostStudyApprovalsOut
    external_id: str | None
    metadata: dict[str, str]
    created_at: datetime
    created_by: str
    etag: str


class CostStudyList(ListOutput):
    data: list[CostStudyOut]


def cost_study_out(record: RecordedCostStudy) -> dict[str, Any]:
    """A cost study as the API writes it."""

    def money(minor: int) -> Any:
        return number(Money(minor, record.asset))

    return CostStudyOut(
        id=record.cost_study_id,
        product_type=record.product_type,
        status="APPROVED" if record.is_approved else "PENDING_APPROVAL",
        currency=record.asset.code,
        study_date=record.study_on,
        loan_count=record.loan_count,
        lines=[
            CostLineOut(
                category=studied.line.category,
                description=studied.line.description,
                amount=money(studied.line.amount_minor),
                is_indirect=studied.line.is_indirect,
                is_counted=studied.line.is_direct,
                evidence=studied.evidence,
            )
            for studied in record.lines
        ],
        subsidy=money(record.subsidy_minor),
        allocation_method=record.allocation_method,
        resolution_id=record.resolution_id,
        direct_cost=money(direct_cost_minor_total(record.study)),
        fee_limit=money(fee_limit_minor(record.study)),
        approvals=CostStudyApprovalsOut(
            finance=_agreement(record.finance), shariah=_agreement(record.shariah)
        ),
        external_id=record.external_id,
        metadata=dict(record.metadata),
        created_at=record.created_at,
        created_by=record.created_by,
        etag=record.etag,
    ).model_dump()


def _agreement(agreement: Agreement | None) -> CostStudyAgreementOut | None:
    if agreement is None:
        return None
    return CostStudyAgreementOut(user_id=agreement.user_id, at=agreement.at)
