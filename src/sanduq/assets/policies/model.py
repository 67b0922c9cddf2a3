"""How an institution values: limits, haircut, density bands, and the age of prices. No I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction

from sanduq.assets.model import FINE_BP, GRADES, Metal
from sanduq.kit.money import Asset

# Densities in mg/cm³ at 20 °C.
GOLD, SILVER, COPPER = 19_320, 10_490, 8_960
BAND_MARGIN = 100  # 0.1 g/cm³ either way: what a shop's water and balance are good for
SECOND_VALUER_LIMIT_MAJOR = 10_000


@dataclass(frozen=True, slots=True)
class DensityBand:
    """The densities a fineness can have, in mg/cm³ (19.2 g/cm³ is 19,200), ends included."""

    low: int
    high: int

    def holds(self, density: int) -> bool:
        return self.low <= density <= self.high


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPolicy:
    """Settings of valuation.

    `second_valuer_limits` in minor units per asset text, above which the second officer must be a
    valuer; currencies not named fall under the default of 10,000 major units. `bands` holds only
    the densities that differ from the computed ones.
    """

    second_valuer_limits: Mapping[str, int]
    haircut_bp: int
    bands: Mapping[tuple[Metal, int], DensityBand]
    price_stale_hours: int
    spike_limit_bp: int
    valuation_max_age_hours: int
    xrf_tolerance_bp: int
    weight_tolerance_mg: int
    value_tolerance_bp: int
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ValuationPolicy(NewPolicy):
    """The settings in force. Version 0 is the house's own, which nobody has set."""

    version: int
    created_at: datetime | None
    created_by: str | None

    def second_valuer_limit_minor(self, asset: Asset) -> int:
        """The value above which a second valuer is needed, in minor units of `asset`."""
        own = self.second_valuer_limits.get(str(asset))
        return SECOND_VALUER_LIMIT_MAJOR * 10**asset.digits if own is None else own

    def band(self, metal: Metal, fineness_bp: int) -> DensityBand:
        """The densities a metal of this fineness can have."""
        own = self.bands.get((metal, fineness_bp))
        return alloy_band(metal, fineness_bp) if own is None else own

    @property
    def price_age_max(self) -> timedelta:
        return timedelta(hours=self.price_stale_hours)

    @property
    def valuation_age_max(self) -> timedelta:
        return timedelta(hours=self.valuation_max_age_hours)


DEFAULT = ValuationPolicy(
    second_valuer_limits={},
    haircut_bp=0,
    bands={},
    price_stale_hours=24,
    spike_limit_bp=500,
    valuation_max_age_hours=24,
    xrf_tolerance_bp=50,
    weight_tolerance_mg=20,
    value_tolerance_bp=500,
    reason=None,
    version=0,
    created_at=None,
    created_by=None,
)


def alloy_band(metal: Metal, fineness_bp: int) -> DensityBand:
    """The density a fineness has by calculation, in mg/cm³.

    Gold is alloyed with silver and copper, in any proportion: all silver gives the high end, all
    copper the low one, and 0.1 g/cm³ either way is left to measurement. Silver is alloyed with
    copper. Zinc, nickel or palladium (white gold) fall outside, and so do hollow pieces and set
    stones: then a second valuer looks, or the institution sets bands of its own. From 999 on the
    band of gold is 19.2 to 19.4 g/cm³.
    """
    if metal is Metal.GOLD and fineness_bp >= 9990:
        return DensityBand(19_200, 19_400)
    pure, light = (GOLD, SILVER) if metal is Metal.GOLD else (SILVER, SILVER)
    low, high = (_mixed(pure, other, fineness_bp) for other in (COPPER, light))
    return DensityBand(int(low) - BAND_MARGIN, int(high) + BAND_MARGIN)


def _mixed(pure: int, other: int, fineness_bp: int) -> Fraction:
    """Density of two metals by their shares of the weight."""
    fine, rest = Fraction(fineness_bp, FINE_BP), Fraction(FINE_BP - fineness_bp, FINE_BP)
    return 1 / (fine / pure + rest / other)


def all_bands(policy: ValuationPolicy) -> list[tuple[Metal, int, DensityBand]]:
    """The band of every grade, gold first, finest first."""
    return [
        (metal, grade, policy.band(metal, grade))
        for metal in (Metal.GOLD, Metal.SILVER)
        for grade in GRADES[metal]
    ]
