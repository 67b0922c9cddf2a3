"""Wire shapes of the valuation policy."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import Field

from sanduq.assets.model import Metal
from sanduq.assets.policies.model import (
    DEFAULT,
    SECOND_VALUER_LIMIT_MAJOR,
    DensityBand,
    NewPolicy,
    ValuationPolicy,
    all_bands,
)
from sanduq.kit.money import Money, asset_from_text, plain_number
from sanduq.kit.wire import (
    AmountIn,
    AmountOut,
    Currency,
    Input,
    Output,
    Text,
    amount,
    asset_of,
    number,
)
from sanduq.kit.wire_weight import (
    FinenessIn,
    FractionIn,
    NumberOut,
    WeightIn,
    fineness_bp,
    fraction,
    fraction_bp,
    grams,
    per_mille,
    weight_mg,
)

Hours = Annotated[int, Field(ge=1, le=24)]


class SecondValuerLimitIn(Input):
    currency: Currency
    amount: AmountIn


class DensityBandIn(Input):
    """Densities in g/cm³, which is the number a balance in water shows."""

    metal: Literal["gold", "silver"]
    fineness: FinenessIn
    low: WeightIn
    high: WeightIn


class ValuationPolicyIn(Input):
    """All settings at once; what is left out takes the house's own value."""

    second_valuer_limits: Annotated[list[SecondValuerLimitIn], Field(max_length=100)] = Field(
        default_factory=list
    )
    haircut: FractionIn = 0
    bands: Annotated[list[DensityBandIn], Field(max_length=100)] = Field(default_factory=list)
    price_stale_hours: Hours = DEFAULT.price_stale_hours
    spike_limit: FractionIn = Decimal("0.05")
    valuation_max_age_hours: Hours = DEFAULT.valuation_max_age_hours
    xrf_tolerance: FinenessIn = 5
    weight_tolerance_grams: WeightIn = Decimal("0.02")
    value_tolerance: FractionIn = Decimal("0.05")
    reason: Text

    def command(self) -> NewPolicy:
        """The settings to make. Refuses VALIDATION_ERROR by field."""
        limits: dict[str, int] = {}
        for place, limit in enumerate(self.second_valuer_limits):
            asset = asset_of(limit.currency, f"second_valuer_limits.{place}.currency")
            field = f"second_valuer_limits.{place}.amount"
            limits[str(asset)] = amount(limit.amount, asset, field).amount_minor
        return NewPolicy(
            second_valuer_limits=limits,
            haircut_bp=fraction_bp(self.haircut, "haircut"),
            bands={
                (Metal(band.metal), fineness_bp(band.fineness, f"bands.{place}.fineness")): (
                    DensityBand(
                        weight_mg(band.low, f"bands.{place}.low"),
                        weight_mg(band.high, f"bands.{place}.high"),
                    )
                )
                for place, band in enumerate(self.bands)
            },
            price_stale_hours=self.price_stale_hours,
            spike_limit_bp=fraction_bp(self.spike_limit, "spike_limit"),
            valuation_max_age_hours=self.valuation_max_age_hours,
            xrf_tolerance_bp=fineness_bp(self.xrf_tolerance, "xrf_tolerance"),
            weight_tolerance_mg=weight_mg(self.weight_tolerance_grams, "weight_tolerance_grams"),
            value_tolerance_bp=fraction_bp(self.value_tolerance, "value_tolerance"),
            reason=self.reason,
        )


class SecondValuerLimitOut(Output):
    currency: str
    amount: AmountOut


class DensityBandOut(Output):
    metal: Metal
    fineness: NumberOut
    low: NumberOut
    high: NumberOut
    is_own: bool


class ValuationPolicyOut(Output):
    """`version` 0 is the house's own. `default_second_valuer_limit` is in major units of any
    currency without a limit of its own."""

    type: Literal["valuation_policy"]
    version: int
    second_valuer_limits: list[SecondValuerLimitOut]
    default_second_valuer_limit: int
    haircut: NumberOut
    bands: list[DensityBandOut]
    price_stale_hours: int
    spike_limit: NumberOut
    valuation_max_age_hours: int
    xrf_tolerance: NumberOut
    weight_tolerance_grams: NumberOut
    value_tolerance: NumberOut
    reason: str | None
    created_at: datetime | None
    created_by: str | None


def policy_out(policy: ValuationPolicy) -> dict[str, Any]:
    """The policy as the API writes it, with the band of every grade."""
    limits = [
        Money(minor, asset_from_text(text)) for text, minor in policy.second_valuer_limits.items()
    ]
    return ValuationPolicyOut(
        type="valuation_policy",
        version=policy.version,
        second_valuer_limits=[
            SecondValuerLimitOut(currency=limit.asset.code, amount=number(limit))
            for limit in limits
        ],
        default_second_valuer_limit=SECOND_VALUER_LIMIT_MAJOR,
        haircut=fraction(policy.haircut_bp),
        bands=[
            DensityBandOut(
                metal=metal,
                fineness=per_mille(grade),
                low=plain_number(Decimal(band.low).scaleb(-3)),
                high=plain_number(Decimal(band.high).scaleb(-3)),
                is_own=(metal, grade) in policy.bands,
            )
            for metal, grade, band in all_bands(policy)
        ],
        price_stale_hours=policy.price_stale_hours,
        spike_limit=fraction(policy.spike_limit_bp),
        valuation_max_age_hours=policy.valuation_max_age_hours,
        xrf_tolerance=per_mille(policy.xrf_tolerance_bp),
        weight_tolerance_grams=grams(policy.weight_tolerance_mg),
        value_tolerance=fraction(policy.value_tolerance_bp),
        reason=policy.reason,
        created_at=policy.created_at,
        created_by=policy.created_by,
    ).model_dump()
