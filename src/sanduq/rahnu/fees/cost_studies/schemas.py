"""Wire shapes of custody cost studies."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from sanduq.kit.errors import ValidationFailed
from sanduq.kit.money import Asset, Money, plain_number
from sanduq.kit.wire import (
    AmountIn,
    AmountOut,
    Currency,
    ExternalId,
    Input,
    IsoDate,
    ListOutput,
    LongText,
    Metadata,
    Output,
    PageQuery,
    Text,
    amount,
    asset_of,
    number,
)
from sanduq.kit.wire_weight import NumberOut, grams, scaled
from sanduq.qard.cost_studies.model import Agreement, Capacity
from sanduq.rahnu.fees.cost_studies.model import (
    CostDriver,
    CustodyCostLine,
    CustodyCostStudy,
    NewCustodyCostStudy,
)

_GRAM_MONTH = Asset("gram_months", 3)


class CustodyCostLineIn(Input):
    kind: Text
    description: Text
    driver: CostDriver
    amount: AmountIn
    is_indirect: bool = False
    evidence: LongText | None = None

    def line(self, asset: Asset, place: int) -> CustodyCostLine:
        """The line, its amount read in the study's currency."""
        money = amount(self.amount, asset, f"lines.{place}.amount")
        return CustodyCostLine(
            self.kind,
            self.description,
            self.driver,
            money.amount_minor,
            self.is_indirect,
            self.evidence,
        )


class CustodyCostStudyIn(Input):
    """`item_months`: how many things were kept for how many months, added up; `gram_months`
    likewise of their weight in grams."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "currency": "USD", "study_date": "2024-01-10", "period_from": "2023-01-01",
                    "period_to": "2023-12-31", "item_months": 1200, "gram_months": 60000,
                    "lines": [
                        {"kind": "vault_rent", "description": "Rent of the vault",
                         "driver": "per_gram_month", "amount": 18000},
                        {"kind": "seals", "description": "Numbered seals",
                         "driver": "per_item_month", "amount": 6000},
                    ],
                }
            ]
        }
    )  # fmt: skip

    currency: Currency
    study_date: IsoDate
    period_from: IsoDate
    period_to: IsoDate
    item_months: Annotated[int, Field(ge=1, le=1_000_000_000)]
    gram_months: AmountIn
    lines: Annotated[list[CustodyCostLineIn], Field(min_length=1, max_length=200)]
    external_id: ExternalId | None = None
    metadata: Metadata = Field(default_factory=dict)

    def command(self) -> NewCustodyCostStudy:
        """The study to record. Refuses VALIDATION_ERROR what cannot be read exactly."""
        asset = asset_of(self.currency)
        return NewCustodyCostStudy(
            asset=asset,
            study_on=self.study_date,
            period_from_on=self.period_from,
            period_to_on=self.period_to,
            item_months=self.item_months,
            mg_months=self._mg_months(),
            lines=tuple(line.line(asset, place) for place, line in enumerate(self.lines)),
            external_id=self.external_id,
            metadata=self.metadata,
        )

    def _mg_months(self) -> int:
        mg_months = scaled(self.gram_months, _GRAM_MONTH, "gram_months")
        if mg_months == 0:
            message = "gram_months must be more than zero"
            raise ValidationFailed.field("gram_months", "not_positive", message)
        return mg_months


class CustodyCostApprovalIn(Input):
    capacity: Capacity
    reason: Text | None = None


class CustodyCostStudyFilters(PageQuery):
    currency: Currency | None = None
    external_id: ExternalId | None = None


class CustodyCostLineOut(Output):
    kind: str
    description: str
    driver: CostDriver
    amount: AmountOut
    is_indirect: bool
    is_counted: bool
    evidence: str | None


class CustodyCostAgreementOut(Output):
    user_id: str
    at: datetime


class CustodyCostApprovalsOut(Output):
    finance: CustodyCostAgreementOut | None
    shariah: CustodyCostAgreementOut | None


class CustodyCostStudyOut(Output):
    """`per_item_month` and `per_gram_month`: what one thing, and one gram, cost a month, to six
    decimals; a fee is measured against the exact figures."""

    id: str
    type: Literal["custody_cost_study"]
    status: Literal["PENDING_APPROVAL", "APPROVED"]
    currency: str
    study_date: date
    period_from: date
    period_to: date
    item_months: int
    gram_months: NumberOut
    lines: list[CustodyCostLineOut]
    cost_by_item: AmountOut
    cost_by_weight: AmountOut
    per_item_month: NumberOut
    per_gram_month: NumberOut
    approvals: CustodyCostApprovalsOut
    external_id: str | None
    metadata: dict[str, str]
    created_at: datetime
    created_by: str
    etag: str


class CustodyCostStudyList(ListOutput):
    data: list[CustodyCostStudyOut]


def custody_cost_study_out(record: CustodyCostStudy) -> dict[str, Any]:
    """A custody cost study as the API writes it."""

    def money(minor: int) -> Any:
        return number(Money(minor, record.asset))

    items = record.cost_minor(CostDriver.PER_ITEM_MONTH)
    weights = record.cost_minor(CostDriver.PER_GRAM_MONTH)
    return CustodyCostStudyOut(
        id=record.custody_cost_study_id,
        type="custody_cost_study",
        status="APPROVED" if record.is_approved else "PENDING_APPROVAL",
        currency=record.asset.code,
        study_date=record.study_on,
        period_from=record.period_from_on,
        period_to=record.period_to_on,
        item_months=record.item_months,
        gram_months=grams(record.mg_months),
        lines=[
            CustodyCostLineOut(
                kind=line.kind,
                description=line.description,
                driver=line.driver,
                amount=money(line.amount_minor),
                is_indirect=line.is_indirect,
                is_counted=line.is_counted,
                evidence=line.evidence,
            )
            for line in record.lines
        ],
        cost_by_item=money(items),
        cost_by_weight=money(weights),
        per_item_month=_per(Money(items, record.asset).decimal, Decimal(record.item_months)),
        per_gram_month=_per(
            Money(weights, record.asset).decimal, Decimal(record.mg_months).scaleb(-3)
        ),
        approvals=CustodyCostApprovalsOut(
            finance=_agreement(record.finance), shariah=_agreement(record.shariah)
        ),
        external_id=record.external_id,
        metadata=dict(record.metadata),
        created_at=record.created_at,
        created_by=record.created_by,
        etag=record.etag,
    ).model_dump()


def _per(total: Decimal, count: Decimal) -> Decimal:
    return plain_number((total / count).quantize(Decimal("0.000001")))


def _agreement(agreement: Agreement | None) -> CustodyCostAgreementOut | None:
    if agreement is None:
        return None
    return CustodyCostAgreementOut(user_id=agreement.user_id, at=agreement.at)
