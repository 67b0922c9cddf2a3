"""The tariffs of others, computed as they are there: the paper's figures, corrected."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from sanduq.rahnu.tariffs.model import Case, GapRule, Tier, quote, tier_of, weight
from sanduq.rahnu.tariffs.presets import load_presets

TARIFFS = load_presets()
BY_MARGIN, BY_LOAN = TARIFFS["trf_by_margin"], TARIFFS["trf_by_loan_amount"]


def a_case(**changes: Any) -> Case:
    """50 g at 200.00 a gram, seven tenths lent for six months from 1 January 2012."""
    figures = {
        "value_minor": 1_000_000,
        "loan_minor": 700_000,
        "months": 6,
        "start_on": date(2012, 1, 1),
        "digits": 2,
        **changes,
    }
    return Case(**figures)


def rate_of(tier: Tier | None) -> str | None:
    return None if tier is None else str(tier.rate_max)


def test_the_papers_example_costs_twelve_percent_a_year_in_substance() -> None:
    found = quote(TARIFFS["trf_agro_bank"], a_case(), rate=Decimal("0.70"))
    assert found.low == found.high
    figures = found.low
    assert figures is not None
    assert figures.fee_monthly_minor == 7_000  # 0.70 for every 100 of 10,000
    assert (figures.fee_total_minor, figures.redemption_minor) == (42_000, 742_000)
    assert (figures.flat_cost, figures.simple_annual) == (Decimal("0.06"), Decimal("0.12"))
    assert figures.rate_at_maturity_by_month == Decimal("0.123600")
    assert figures.rate_at_maturity_by_day == Decimal("0.123960")
    assert figures.rate_paid_monthly == Decimal("0.126825")
    assert figures.rate_deducted == Decimal("0.131734")
    assert figures.daily_total_minor == 41_770  # 840.00 a year, 182 of 366 days: 417.7049…


def test_the_papers_own_table_would_have_cost_more_than_its_example() -> None:
    figures = quote(BY_MARGIN, a_case()).low
    assert figures is not None
    assert (figures.fee_total_minor, figures.redemption_minor) == (45_000, 745_000)
    assert figures.simple_annual == Decimal("0.128571")


@pytest.mark.parametrize(
    ("loan", "rate"),
    [
        (0, "0.10"),
        (1, "0.50"),
        (500_000, "0.50"),
        (500_001, None),  # above 50 % up to 51 % nothing is said
        (510_000, None),
        (510_001, "0.60"),
        (600_000, "0.60"),
        (600_001, "0.75"),
        (700_000, "0.75"),
        (700_001, None),
    ],
)
def test_the_rate_follows_the_margin_and_its_gap_stays_a_gap(loan: int, rate: str | None) -> None:
    assert rate_of(tier_of(BY_MARGIN, a_case(loan_minor=loan))) == rate


@pytest.mark.parametrize(("loan", "rate"), [(99_999, "0.65"), (100_000, None), (100_001, "0.75")])
def test_a_loan_of_exactly_a_thousand_falls_in_no_tier(loan: int, rate: str | None) -> None:
    assert rate_of(tier_of(BY_LOAN, a_case(loan_minor=loan))) == rate


def test_a_gap_is_filled_only_when_asked() -> None:
    between = a_case(loan_minor=505_000)
    assert quote(BY_MARGIN, between).low is None
    assert rate_of(tier_of(BY_MARGIN, between, GapRule.LOWER_TIER)) == "0.50"
    assert rate_of(tier_of(BY_MARGIN, between, GapRule.UPPER_TIER)) == "0.60"
    exactly = a_case(loan_minor=100_000)
    assert rate_of(tier_of(BY_LOAN, exactly, GapRule.UPPER_TIER)) == "0.75"
    # Beyond the last tier there is no neighbour on both sides.
    assert tier_of(BY_MARGIN, a_case(loan_minor=900_000), GapRule.UPPER_TIER) is None


@pytest.mark.parametrize(
    ("name", "margins", "rates"),
    [
        ("trf_bank_rakyat", (65, 70), ("0.65", "0.75")),
        ("trf_rhb_islamic", (70, 75), ("0.70", "0.80")),
        ("trf_agro_bank", (50, 70), ("0.50", "0.75")),
    ],
)
def test_the_three_institutions_give_ranges(
    name: str, margins: tuple[int, int], rates: tuple[str, str]
) -> None:
    tariff = TARIFFS[name]
    for margin in margins:
        found = quote(tariff, a_case(loan_minor=margin * 10_000))
        assert found.low is not None
        assert found.high is not None
        # 1,000,000 minor units of value: a rate of 0.65 for every 100 is 6,500 a month.
        assert found.low.fee_monthly_minor == int(Decimal(rates[0]) * 10_000)
        assert found.high.fee_monthly_minor == int(Decimal(rates[1]) * 10_000)
    assert quote(tariff, a_case(loan_minor=(margins[0] - 1) * 10_000)).tier is None
    assert quote(tariff, a_case(loan_minor=(margins[1] + 1) * 10_000)).tier is None
    with pytest.raises(ValueError, match="has rates from"):
        quote(tariff, a_case(), rate=Decimal("0.9"))


def test_the_period_is_a_month_whatever_the_table_was_called() -> None:
    # By the day, 0.75 for every 100 would be 22.5 % of the value a month.
    found = quote(BY_LOAN, a_case(months=1))
    assert found.low is not None
    assert found.low.fee_total_minor == 7_500
    assert BY_LOAN.is_daily
    assert not BY_MARGIN.is_daily


def test_without_a_loan_there_is_nothing_to_weigh_a_fee_by() -> None:
    found = quote(BY_MARGIN, a_case(loan_minor=0))
    assert found.low is not None
    assert found.low.fee_monthly_minor == 1_000
    assert found.low.flat_cost is None
    assert found.low.rate_at_maturity_by_month is None
    assert found.low.rate_paid_monthly is None
    assert found.low.rate_deducted is None


def test_our_own_fee_is_weighed_by_the_same_measure() -> None:
    # 20.00 a month for 50 g: 120.00 beside 7,000.00 is 1.71 %, 3.43 % a year.
    figures = weight(a_case(), 2_000)
    assert figures.fee_total_minor == 12_000
    assert figures.flat_cost == Decimal("0.017143")
    assert figures.simple_annual == Decimal("0.034286")
    # And it is the same money beside a loan of any other size.
    assert weight(a_case(loan_minor=100_000), 2_000).fee_total_minor == 12_000
