"""Wire shapes of tariffs and of their comparison."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from sanduq.assets.model import fine_weight_tenths
from sanduq.kit.errors import ValidationFailed
from sanduq.kit.money import Asset, Money, plain_number
from sanduq.kit.wire import (
    AmountIn,
    AmountOut,
    Currency,
    Input,
    IsoDate,
    Output,
    Text,
    amount,
    asset_of,
    checked_id,
    number,
)
from sanduq.kit.wire_weight import NumberOut, fineness_bp, grams, scaled, weight_mg
from sanduq.rahnu.fees.model import FeeBasis
from sanduq.rahnu.tariffs.model import (
    Case,
    FeeWeight,
    GapRule,
    Tariff,
    TariffQuote,
    Tier,
    TierBy,
)
from sanduq.rahnu.tariffs.service import Comparison

_RATE = Asset("rate", 4)
_VOLUME = Asset("volume_cm3", 3)


class TariffCaseIn(Input):
    """The pledge to compute for. `loan` or `margin` (a fraction of the value), one of them."""

    currency: Currency = "MYR"
    value: AmountIn
    loan: AmountIn | None = None
    margin: AmountIn | None = None
    months: Annotated[int, Field(ge=1, le=120)]
    start_date: IsoDate | None = None

    def case(self, today: date) -> Case:
        """The pledge. Refuses VALIDATION_ERROR a loan given twice, not at all, or above value."""
        asset = asset_of(self.currency)
        value = amount(self.value, asset, "value", is_positive=True).amount_minor
        if (self.loan is None) == (self.margin is None):
            raise ValidationFailed.field("loan", "one_of_two", "send loan or margin, one of them")
        if self.margin is not None:
            loan = int(value * _decimal(self.margin, _RATE, "margin"))
        else:
            loan = amount(self.loan, asset, "loan").amount_minor
        if loan > value:
            raise ValidationFailed.field("loan", "above_value", "the loan is above the value")
        return Case(value, loan, self.months, self.start_date or today, asset.digits)


class TariffQuoteIn(TariffCaseIn):
    """`rate_per_100` picks one rate of the tier's range; `gaps` what to do between two tiers."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"value": 10000, "margin": 0.70, "months": 6, "start_date": "2012-01-01",
                 "rate_per_100": 0.70}
            ]
        }
    )  # fmt: skip

    rate_per_100: AmountIn | None = None
    gaps: GapRule = GapRule.NO_TIER

    def rate(self) -> Decimal | None:
        """The rate chosen. Refuses VALIDATION_ERROR what cannot be read exactly."""
        if self.rate_per_100 is None:
            return None
        return _decimal(self.rate_per_100, _RATE, "rate_per_100")


class TariffComparisonIn(TariffCaseIn):
    """`fineness` is per mille (916, 999.9)."""

    weight_grams: AmountIn
    volume_cm3: AmountIn = 0
    item_count: Annotated[int, Field(ge=1, le=10_000)] = 1
    vault_class: Annotated[int, Field(ge=1, le=9)] = 1
    fineness: AmountIn | None = None
    fee_policy_id: Text | None = None

    def basis(self) -> FeeBasis:
        """What our own fee rests on. Refuses VALIDATION_ERROR what cannot be read exactly."""
        if self.fee_policy_id is not None:
            checked_id(self.fee_policy_id, "fpl", "fee_policy_id")
        return FeeBasis(
            weight_mg(self.weight_grams, "weight_grams", is_positive=True),
            scaled(self.volume_cm3, _VOLUME, "volume_cm3"),
            self.item_count,
            self.vault_class,
            0,
        )

    def fine_weight_tenths(self) -> int | None:
        """The fine weight, where the fineness is told."""
        if self.fineness is None:
            return None
        return fine_weight_tenths(self.basis().weight_mg, fineness_bp(self.fineness))


class TariffActivationIn(Input):
    currency: Currency = "MYR"


class TierOut(Output):
    label: str
    rate_per_100_min: NumberOut
    rate_per_100_max: NumberOut


class TariffOut(Output):
    """Kept for comparison and disclosure; it cannot be charged."""

    id: str
    type: Literal["tariff"]
    name: str
    currency: str
    period: Literal["month"]
    accrual: Literal["day", "month"]
    tier_by: TierBy
    tiers: list[TierOut]
    is_for_comparison_only: bool
    notes: list[str]


class TariffList(Output):
    type: Literal["tariffs"]
    data: list[TariffOut]


class FeeWeightOut(Output):
    """A fee in money, and beside the loan as fractions; null where there is no loan."""

    fee_monthly: AmountOut
    fee_total: AmountOut
    total_redemption: AmountOut
    fee_total_by_day: AmountOut
    flat_cost: NumberOut | None
    simple_annual_rate: NumberOut | None
    effective_rate_at_maturity_by_month: NumberOut | None
    effective_rate_at_maturity_by_day: NumberOut | None
    effective_rate_paid_monthly: NumberOut | None
    effective_rate_deducted_up_front: NumberOut | None


class TariffQuoteOut(Output):
    """`low` and `high` are alike where the tier has one rate; null with a `reason` in a gap."""

    type: Literal["tariff_quote"]
    tariff_id: str
    name: str
    currency: str
    value: AmountOut
    loan: AmountOut
    margin: NumberOut
    months: int
    start_date: date
    end_date: date
    tier: TierOut | None
    reason: str | None
    low: FeeWeightOut | None
    high: FeeWeightOut | None


class OwnFeeOut(Output):
    fee_policy_id: str
    name: str
    expression: str
    weight: FeeWeightOut


class TariffComparisonOut(Output):
    type: Literal["tariff_comparison"]
    currency: str
    value: AmountOut
    loan: AmountOut
    months: int
    start_date: date
    weight_grams: NumberOut
    fine_weight_grams: NumberOut | None
    own: OwnFeeOut | None
    tariffs: list[TariffQuoteOut]


def tariff_out(tariff: Tariff) -> dict[str, Any]:
    """A tariff as the API writes it."""
    return TariffOut(
        id=tariff.tariff_id,
        type="tariff",
        name=tariff.name,
        currency="MYR",
        period="month",
        accrual="day" if tariff.is_daily else "month",
        tier_by=tariff.tier_by,
        tiers=[_tier_out(tier) for tier in tariff.tiers],
        is_for_comparison_only=True,
        notes=list(tariff.notes),
    ).model_dump()


def tariff_quote_out(quote: TariffQuote, asset: Asset) -> dict[str, Any]:
    """A tariff computed for a pledge, as the API writes it."""
    case = quote.case
    margin = (Decimal(case.loan_minor) / case.value_minor).quantize(Decimal("0.000001"))
    return TariffQuoteOut(
        type="tariff_quote",
        tariff_id=quote.tariff.tariff_id,
        name=quote.tariff.name,
        currency=asset.code,
        value=number(Money(case.value_minor, asset)),
        loan=number(Money(case.loan_minor, asset)),
        margin=plain_number(margin),
        months=case.months,
        start_date=case.start_on,
        end_date=case.end_on,
        tier=_tier_out(quote.tier) if quote.tier is not None else None,
        reason=None if quote.tier is not None else "no_tier",
        low=_weight_out(quote.low, asset),
        high=_weight_out(quote.high, asset),
    ).model_dump()


def comparison_out(
    found: Comparison, asset: Asset, basis: FeeBasis, fine_tenths: int | None
) -> dict[str, Any]:
    """The same pledge under every tariff, as the API writes it."""
    own = _weight_out(found.own, asset)
    policy = found.policy
    return TariffComparisonOut(
        type="tariff_comparison",
        currency=asset.code,
        value=number(Money(found.case.value_minor, asset)),
        loan=number(Money(found.case.loan_minor, asset)),
        months=found.case.months,
        start_date=found.case.start_on,
        weight_grams=grams(basis.weight_mg),
        fine_weight_grams=(
            plain_number(Decimal(fine_tenths).scaleb(-4)) if fine_tenths is not None else None
        ),
        own=(
            OwnFeeOut(
                fee_policy_id=policy.fee_policy_id,
                name=policy.name,
                expression=policy.expression,
                weight=own,
            )
            if policy is not None and own is not None
            else None
        ),
        tariffs=[
            TariffQuoteOut.model_validate(tariff_quote_out(each, asset)) for each in found.tariffs
        ],
    ).model_dump()


def _tier_out(tier: Tier) -> TierOut:
    return TierOut(label=tier.label, rate_per_100_min=tier.rate_min, rate_per_100_max=tier.rate_max)


def _weight_out(found: FeeWeight | None, asset: Asset) -> FeeWeightOut | None:
    if found is None:
        return None

    def money(minor: int) -> Decimal:
        return number(Money(minor, asset))

    return FeeWeightOut(
        fee_monthly=money(found.fee_monthly_minor),
        fee_total=money(found.fee_total_minor),
        total_redemption=money(found.redemption_minor),
        fee_total_by_day=money(found.daily_total_minor),
        flat_cost=_plain(found.flat_cost),
        simple_annual_rate=_plain(found.simple_annual),
        effective_rate_at_maturity_by_month=_plain(found.rate_at_maturity_by_month),
        effective_rate_at_maturity_by_day=_plain(found.rate_at_maturity_by_day),
        effective_rate_paid_monthly=_plain(found.rate_paid_monthly),
        effective_rate_deducted_up_front=_plain(found.rate_deducted),
    )


def _plain(ratio: Decimal | None) -> Decimal | None:
    return None if ratio is None else plain_number(ratio)


def _decimal(value: object, kind: Asset, field: str) -> Decimal:
    return Decimal(scaled(value, kind, field)).scaleb(-kind.digits)
