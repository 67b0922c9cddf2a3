"""Tariffs of others, computed as they are computed there, so that they can be compared. Pure.

Nothing here is a fee of this institution: every one of them follows the loan or the value, which
is what rules RHN-10 to RHN-12 forbid.
"""

from __future__ import annotations

from calendar import isleap
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from sanduq.kit.annual_rate import effective_annual_rate, effective_rate_by_month
from sanduq.kit.days import add_months

_SIX = 10**6


class TierBy(StrEnum):
    """What of the loan chooses the rate."""

    LOAN_AMOUNT = "loan_amount"
    MARGIN = "margin"


class GapRule(StrEnum):
    """What to do with a loan no tier speaks of: say so, or take a neighbour if asked to."""

    NO_TIER = "no_tier"
    LOWER_TIER = "lower_tier"
    UPPER_TIER = "upper_tier"


@dataclass(frozen=True, slots=True)
class Tier:
    """Rates for every 100 of value, between two bounds; `upper` None: no bound."""

    label: str
    lower: Fraction
    has_lower: bool
    upper: Fraction | None
    has_upper: bool
    rate_min: Decimal
    rate_max: Decimal

    def holds(self, measure: Fraction) -> bool:
        """Whether the tier speaks of a loan of that measure."""
        is_above = measure > self.lower or (self.has_lower and measure == self.lower)
        if self.upper is None:
            return is_above
        return is_above and (measure < self.upper or (self.has_upper and measure == self.upper))


@dataclass(frozen=True, slots=True)
class Tariff:
    """A tariff as it was published; `is_daily`: the monthly rate accrues by day."""

    tariff_id: str
    name: str
    tier_by: TierBy
    is_daily: bool
    tiers: tuple[Tier, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Case:
    """A pledge to compute for: its value, the loan, whole months from a day on."""

    value_minor: int
    loan_minor: int
    months: int
    start_on: date
    digits: int

    @property
    def end_on(self) -> date:
        return add_months(self.start_on, self.months)

    def measure(self, by: TierBy) -> Fraction:
        """What a tariff looks at of the loan."""
        if by is TierBy.LOAN_AMOUNT:
            return Fraction(self.loan_minor, 10**self.digits)
        return Fraction(self.loan_minor, self.value_minor)


@dataclass(frozen=True, slots=True)
class FeeWeight:
    """What a monthly fee comes to, and what it weighs beside the loan; fractions to six decimals.

    None where there is no loan to weigh it by. `daily_total_minor`: the same fee accrued by the
    days of the year it begins in.
    """

    fee_monthly_minor: int
    fee_total_minor: int
    redemption_minor: int
    daily_total_minor: int
    flat_cost: Decimal | None
    simple_annual: Decimal | None
    rate_at_maturity_by_month: Decimal | None
    rate_at_maturity_by_day: Decimal | None
    rate_paid_monthly: Decimal | None
    rate_deducted: Decimal | None


@dataclass(frozen=True, slots=True)
class TariffQuote:
    """What a tariff comes to; where it gives a range of rates, at its lowest and its highest.

    `tier` None: no tier speaks of such a loan, and so nothing is computed.
    """

    tariff: Tariff
    case: Case
    tier: Tier | None
    low: FeeWeight | None
    high: FeeWeight | None


def tier_of(tariff: Tariff, case: Case, gaps: GapRule = GapRule.NO_TIER) -> Tier | None:
    """The tier that speaks of such a loan; in a gap between two, a neighbour only if asked."""
    measure = case.measure(tariff.tier_by)
    for tier in tariff.tiers:
        if tier.holds(measure):
            return tier
    below = [tier for tier in tariff.tiers if tier.upper is not None and tier.upper <= measure]
    above = [tier for tier in tariff.tiers if tier.lower >= measure]
    if gaps is GapRule.NO_TIER or not below or not above:
        return None
    return below[-1] if gaps is GapRule.LOWER_TIER else above[0]


def quote(
    tariff: Tariff, case: Case, *, rate: Decimal | None = None, gaps: GapRule = GapRule.NO_TIER
) -> TariffQuote:
    """The tariff computed for a pledge, at one rate of its range if one is named.

    Refuses (`ValueError`) a rate outside the tier's range.
    """
    tier = tier_of(tariff, case, gaps)
    if tier is None:
        return TariffQuote(tariff, case, None, None, None)
    if rate is not None and not tier.rate_min <= rate <= tier.rate_max:
        raise ValueError(f"the tier {tier.label} has rates from {tier.rate_min} to {tier.rate_max}")
    low, high = (
        weight(case, monthly_minor(case, chosen))
        for chosen in (rate or tier.rate_min, rate or tier.rate_max)
    )
    return TariffQuote(tariff, case, tier, low, high)


def monthly_minor(case: Case, rate: Decimal) -> int:
    """The fee of a month at a rate for every 100 of value, rounded down."""
    return int(Fraction(case.value_minor) * Fraction(rate) / 100)


def weight(case: Case, fee_monthly_minor: int) -> FeeWeight:
    """What a fee of so much a month comes to, whoever charges it."""
    loan, months, total = case.loan_minor, case.months, fee_monthly_minor * case.months
    days = (case.end_on - case.start_on).days
    year_days = 366 if isleap(case.start_on.year) else 365
    daily = fee_monthly_minor * 12 * days // year_days
    paid_monthly = [(month, fee_monthly_minor) for month in range(1, months)]
    paid_monthly.append((months, fee_monthly_minor + loan))
    return FeeWeight(
        fee_monthly_minor=fee_monthly_minor,
        fee_total_minor=total,
        redemption_minor=loan + total,
        daily_total_minor=daily,
        flat_cost=_share(total, loan),
        simple_annual=_share(total * 12, loan * months),
        rate_at_maturity_by_month=_by_month(loan, [(months, loan + total)]),
        rate_at_maturity_by_day=(
            effective_annual_rate(loan, case.start_on, [(case.end_on, loan + total)])
            if loan
            else None
        ),
        rate_paid_monthly=_by_month(loan, paid_monthly),
        rate_deducted=_by_month(loan - total, [(months, loan)]),
    )


def _by_month(received_minor: int, flows: Sequence[tuple[int, int]]) -> Decimal | None:
    return effective_rate_by_month(received_minor, flows) if received_minor > 0 else None


def _share(part: int, whole: int) -> Decimal | None:
    if whole == 0:
        return None
    return Decimal(round(Fraction(part * _SIX, whole))).scaleb(-6)
