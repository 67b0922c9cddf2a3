"""Wire shapes of fee policies and of what they come to."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, model_validator

from sanduq.kit.money import Asset, Money
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
    checked_id,
    number,
)
from sanduq.kit.wire_weight import scaled, weight_mg
from sanduq.rahnu.fees.model import (
    FeeBasis,
    FeeComponent,
    FeePeriod,
    FeePolicy,
    FeePolicyStatus,
    NewFeePolicy,
)
from sanduq.rahnu.fees.quotes import FeeQuote

MONTHS_MAX, DAYS_MAX = 120, 3_660

_VOLUME = Asset("volume_cm3", 3)


class FeePolicyIn(Input):
    """`expression` reads `weight` (grams), `volume` (cm³), `item_count`, `days_in_custody` (of a
    fee for all days together), `vault_class` and `takaful_premium` (the actual one), with
    numbers, `+ - * /`, `min` and `max`. What names a loan is refused."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "name": "Keeping by weight", "currency": "USD", "period": "month",
                    "expression": "0.40 * weight",
                    "description": "Vault rent and seals, at cost",
                }
            ]
        }
    )  # fmt: skip

    name: Text
    currency: Currency
    period: FeePeriod = FeePeriod.MONTH
    expression: Annotated[Text, Field(max_length=200)]
    components: Annotated[list[FeeComponent], Field(min_length=1, max_length=5)] = Field(
        default_factory=lambda: [FeeComponent.CUSTODY]
    )
    description: LongText | None = None
    resolution_id: Text | None = None
    external_id: ExternalId | None = None
    metadata: Metadata = Field(default_factory=dict)

    def command(self) -> NewFeePolicy:
        """The policy to draw up. Refuses VALIDATION_ERROR a currency or an id."""
        if self.resolution_id is not None:
            checked_id(self.resolution_id, "res", "resolution_id")
        return NewFeePolicy(
            name=self.name,
            asset=asset_of(self.currency),
            period=self.period,
            expression=self.expression,
            components=tuple(dict.fromkeys(self.components)),
            description=self.description,
            resolution_id=self.resolution_id,
            external_id=self.external_id,
            metadata=self.metadata,
        )


class FeePolicyApprovalIn(Input):
    """`resolution_id`: the ruling it stands under, where the policy names none yet."""

    resolution_id: Text | None = None
    reason: Text | None = None


class FeePolicyRetirementIn(Input):
    reason: Text | None = None


class FeePolicyFilters(PageQuery):
    status: FeePolicyStatus | None = None
    currency: Currency | None = None
    external_id: ExternalId | None = None


class FeeBasisIn(Input):
    """What is kept. Nothing of a loan is asked, for nothing of it counts."""

    weight_grams: AmountIn
    volume_cm3: AmountIn = 0
    item_count: Annotated[int, Field(ge=1, le=10_000)] = 1
    vault_class: Annotated[int, Field(ge=1, le=9)] = 1
    takaful_premium: AmountIn = 0

    def basis(self, asset: Asset) -> FeeBasis:
        """What the fee rests on. Refuses VALIDATION_ERROR what cannot be read exactly."""
        return FeeBasis(
            weight_mg=weight_mg(self.weight_grams, "weight_grams", is_positive=True),
            volume_mm3=scaled(self.volume_cm3, _VOLUME, "volume_cm3"),
            item_count=self.item_count,
            vault_class=self.vault_class,
            takaful_premium_minor=amount(
                self.takaful_premium, asset, "takaful_premium"
            ).amount_minor,
        )


class FeeQuoteIn(FeeBasisIn):
    """For `months` or `days`, from `start_date` (today if not given). `with_loan` changes
    nothing: the answer shows the fee both ways."""

    months: Annotated[int, Field(ge=1, le=MONTHS_MAX)] | None = None
    days: Annotated[int, Field(ge=0, le=DAYS_MAX)] | None = None
    start_date: IsoDate | None = None
    with_loan: bool = False

    @model_validator(mode="after")
    def _one_length(self) -> FeeQuoteIn:
        if (self.months is None) == (self.days is None):
            raise ValueError("send months or days, one of them")
        return self


class FeePolicyOut(Output):
    id: str
    type: Literal["fee_policy"]
    name: str
    status: FeePolicyStatus
    currency: str
    period: FeePeriod
    expression: str
    components: list[FeeComponent]
    description: str | None
    resolution_id: str | None
    custody_cost_study_id: str | None
    approved_at: datetime | None
    approved_by: str | None
    retired_at: datetime | None
    external_id: str | None
    metadata: dict[str, str]
    created_at: datetime
    created_by: str
    etag: str


class FeePolicyList(ListOutput):
    data: list[FeePolicyOut]


class FeeOfMonthOut(Output):
    month: int
    from_date: date
    to_date: date
    fee: AmountOut
    total: AmountOut


class FeeQuoteOut(Output):
    """`total` is the fee; `total_with_loan` and `total_without_loan` show that a loan changes
    nothing. `cost` is what keeping costs under the study in force; null where there is none."""

    type: Literal["custody_fee_quote"]
    fee_policy_id: str
    currency: str
    start_date: date
    end_date: date
    with_loan: bool
    fee_monthly: AmountOut | None
    total: AmountOut
    total_with_loan: AmountOut
    total_without_loan: AmountOut
    cost: AmountOut | None
    months: list[FeeOfMonthOut]


def fee_policy_out(policy: FeePolicy) -> dict[str, Any]:
    """A fee policy as the API writes it."""
    return FeePolicyOut(
        id=policy.fee_policy_id,
        type="fee_policy",
        name=policy.name,
        status=policy.status,
        currency=policy.asset.code,
        period=policy.period,
        expression=policy.expression,
        components=list(policy.components),
        description=policy.description,
        resolution_id=policy.resolution_id,
        custody_cost_study_id=policy.custody_cost_study_id,
        approved_at=policy.approved_at,
        approved_by=policy.approved_by,
        retired_at=policy.retired_at,
        external_id=policy.external_id,
        metadata=dict(policy.metadata),
        created_at=policy.created_at,
        created_by=policy.created_by,
        etag=policy.etag,
    ).model_dump()


def fee_quote_out(quote: FeeQuote, *, with_loan: bool) -> dict[str, Any]:
    """A quote as the API writes it."""
    asset = quote.policy.asset

    def money(minor: int) -> Any:
        return number(Money(minor, asset))

    def money_or_none(minor: int | None) -> Any:
        return None if minor is None else money(minor)

    return FeeQuoteOut(
        type="custody_fee_quote",
        fee_policy_id=quote.policy.fee_policy_id,
        currency=asset.code,
        start_date=quote.start_on,
        end_date=quote.end_on,
        with_loan=with_loan,
        fee_monthly=money_or_none(quote.monthly_minor),
        total=money(quote.total_minor),
        total_with_loan=money(quote.with_loan_minor),
        total_without_loan=money(quote.without_loan_minor),
        cost=money_or_none(quote.cost_minor),
        months=[
            FeeOfMonthOut(
                month=line.number,
                from_date=line.from_on,
                to_date=line.to_on,
                fee=money(line.fee_minor),
                total=money(line.total_minor),
            )
            for line in quote.months
        ],
    ).model_dump()
