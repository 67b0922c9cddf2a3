"""The paper's two worked examples: each figure it prints, set right where it is wrong.

The figures are typed in from the paper's pages and from computation by hand; "recomputed" means
that a printed figure was checked, "corrected" that it was wrong, "derived" that the paper leaves
it out. Its fee tables are in tests/unit/rahnu/test_fee_tariffs.py.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from sanduq.sarf.comparison.model import Comparison, Cost, Scenario, compare, papers_case

FOUND = compare(papers_case())
BY_PRICE = {each.asked.price_per_kg_minor // 100_000: each for each in FOUND.scenarios}


def costs_by_month(scenario: Scenario) -> dict[int, Cost]:
    return {cost.months: cost for cost in scenario.costs}


# The safe-keeping example


def test_recomputed_the_value_and_the_loan() -> None:
    """50 g of 999 at 200.00 are 10,000.00; seven tenths of it are 7,000.00."""
    assert (FOUND.value_minor, FOUND.price_paid_minor) == (10_000_00, 7_000_00)


def test_recomputed_the_fee_of_a_month_of_the_term_and_the_total_redemption() -> None:
    """0.70 for every 100 of 10,000.00; six of them; with the loan."""
    pledge = FOUND.pledge
    assert pledge.fee_monthly_minor == 70_00
    assert pledge.fee_total_minor == 420_00
    assert pledge.redemption_minor == 7_420_00


def test_recomputed_the_term_is_182_days() -> None:
    assert papers_case().end_on == date(2012, 7, 1)
    assert FOUND.pledge.days == 182


def test_recomputed_the_fee_is_six_percent_flat_and_twelve_a_year_simple() -> None:
    assert FOUND.pledge.flat_cost == Decimal("0.060000")
    assert FOUND.pledge.simple_annual == Decimal("0.120000")


def test_derived_the_fee_costs_more_than_twelve_percent_compounded_however_it_is_paid() -> None:
    pledge = FOUND.pledge
    assert pledge.compound_by_month == Decimal("0.123600")
    assert pledge.compound_by_day == Decimal("0.123960")
    assert pledge.compound_paid_monthly == Decimal("0.126825")
    assert pledge.compound_deducted == Decimal("0.131734")


def test_derived_the_fee_accrued_by_the_days_of_a_leap_year() -> None:
    """840.00 a year, 182 of 366 days: 417.7049…"""
    assert FOUND.pledge.by_day_total_minor == 417_70


# The spot sale and the promise


def test_recomputed_the_trade_would_pay_eight_thousand() -> None:
    assert FOUND.resale_minor == 8_000_00


def test_the_three_prices_meant_come_first_and_the_two_misprints_after() -> None:
    assert [each.asked.name for each in FOUND.scenarios] == [
        "unchanged", "up", "down", "up_as_printed", "down_as_printed",
    ]  # fmt: skip
    assert list(BY_PRICE) == [200, 210, 180, 205, 185]


@pytest.mark.parametrize(
    ("price", "value", "cap", "profit", "percent"),
    [
        (200, 10_000_00, 7_500_00, 500_00, "7.142857"),
        (210, 10_500_00, 7_875_00, 875_00, "12.500000"),
        (180, 9_000_00, 6_750_00, -250_00, "-3.571429"),
    ],
    ids=["unchanged-recomputed", "up-corrected-to-210", "down-corrected-to-180"],
)
def test_the_price_at_contract_2_and_what_it_leaves_the_institution(
    price: int, value: int, cap: int, profit: int, percent: str
) -> None:
    found = BY_PRICE[price]
    assert (found.value_minor, found.cap_price_minor, found.profit_minor) == (value, cap, profit)
    assert found.profit_percent == Decimal(percent)


@pytest.mark.parametrize(
    ("price", "value", "cap", "profit", "percent"),
    [
        (205, 10_250_00, 7_687_50, 687_50, "9.821429"),
        (185, 9_250_00, 6_937_50, -62_50, "-0.892857"),
    ],
    ids=["205-printed-for-210", "185-printed-for-180"],
)
def test_corrected_what_the_misprinted_prices_would_have_come_to(
    price: int, value: int, cap: int, profit: int, percent: str
) -> None:
    found = BY_PRICE[price]
    assert (found.value_minor, found.cap_price_minor, found.profit_minor) == (value, cap, profit)
    assert found.profit_percent == Decimal(percent)


def test_err_01_the_printed_result_follows_from_210_and_not_from_205() -> None:
    assert BY_PRICE[210].cap_price_minor == 7_875_00 != BY_PRICE[205].cap_price_minor


def test_err_02_the_printed_result_follows_from_180_and_not_from_185() -> None:
    assert BY_PRICE[180].cap_price_minor == 6_750_00 != BY_PRICE[185].cap_price_minor


def test_derived_the_price_at_which_the_institution_neither_gains_nor_loses() -> None:
    """7,000 ÷ (0.75 × 50)"""
    assert FOUND.break_even_price == Decimal("186.666667")


@pytest.mark.parametrize(
    ("months", "simple", "compound"),
    [
        (6, "0.142857", "0.147959"),
        (7, "0.122449", "0.125552"),
        (8, "0.107143", "0.109034"),
    ],
)
def test_derived_err_15_what_the_profit_of_7_14_percent_is_a_year(
    months: int, simple: str, compound: str
) -> None:
    cost = costs_by_month(BY_PRICE[200])[months]
    assert cost.flat == Decimal("0.071429")
    assert (cost.simple_annual, cost.compound_annual) == (Decimal(simple), Decimal(compound))


@pytest.mark.parametrize(
    ("price", "flat", "simple", "compound"),
    [
        (210, "0.125000", "0.250000", "0.265625"),  # 1.125² − 1
        (180, "-0.035714", "-0.071429", "-0.070153"),
    ],
)
def test_derived_what_buying_again_costs_in_month_six_at_the_other_prices(
    price: int, flat: str, simple: str, compound: str
) -> None:
    cost = costs_by_month(BY_PRICE[price])[6]
    assert (cost.flat, cost.simple_annual) == (Decimal(flat), Decimal(simple))
    assert cost.compound_annual == Decimal(compound)


def test_derived_a_customer_who_never_buys_gives_up_three_thousand() -> None:
    assert FOUND.loss_if_not_bought_minor == 3_000_00
    assert BY_PRICE[200].loss_if_not_bought_minor == 3_000_00


def test_derived_err_15_the_sale_costs_less_than_twelve_percent_only_after_7_14_months() -> None:
    """500 at 70 a month; in month seven it still costs more, in month eight less."""
    assert FOUND.cheaper_after_months == Decimal("7.142857")
    costs = costs_by_month(BY_PRICE[200])
    twelve = FOUND.pledge.simple_annual
    assert costs[7].simple_annual > twelve > costs[8].simple_annual


def test_the_paper_is_compared_in_its_own_currency() -> None:
    case = papers_case()
    assert isinstance(FOUND, Comparison)
    assert (case.asset.code, case.weight_mg, case.fineness_bp) == ("MYR", 50_000, 9_990)
    assert (case.opens_months, case.closes_months) == (6, 8)
