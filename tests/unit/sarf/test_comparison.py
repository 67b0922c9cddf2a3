"""The comparison for any case: exact, rounded once, and never in the institution's favour."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanduq.kit.errors import ValidationFailed
from sanduq.kit.money import currency
from sanduq.sarf.comparison.model import Asked, Case, compare, moved_prices, papers_case
from sanduq.sarf.comparison.schemas import SarfComparisonQuery, comparison_out
from sanduq.sarf.model import share_minor
from sanduq.sarf.price_formula import promised_price_minor, read_price_formula

FORMULA = read_price_formula("promised_fraction * market_price * weight * fineness")
shares = st.integers(1, 10_000)
prices = st.integers(1, 10**9)


def a_case(**changes: object) -> Case:
    return replace(papers_case(), **changes)  # type: ignore[arg-type]


def test_the_papers_figures_given_one_by_one_are_its_case() -> None:
    given_one_by_one = SarfComparisonQuery(
        currency="MYR",
        weight_grams="50",
        fineness="999",
        quoted_fineness="999.0",
        price_per_gram="200.00",
        prices="200,210,180,205,185",
        buy_fraction="0.7",
        cap_fraction="0.75",
        resale_fraction="0.8",
        fee_per_100="0.70",
        months=6,
        start_date=date(2012, 1, 1),
        opens_months=6,
        closes_months=8,
    ).compared()
    papers = SarfComparisonQuery().compared()
    assert given_one_by_one.pledge == papers.pledge
    assert [replace(each, asked=papers.scenarios[0].asked) for each in papers.scenarios] == [
        replace(each, asked=papers.scenarios[0].asked) for each in given_one_by_one.scenarios
    ]


def test_a_price_of_999_weighs_gold_of_916_by_its_pure_metal() -> None:
    found = SarfComparisonQuery(fineness="916").compared()
    assert found.value_minor == 916_916  # 10,000.00 × 916 ÷ 999 = 9,169.169…
    assert found.price_paid_minor == 641_841  # 70 % of the exact value, 6,418.418…
    same = SarfComparisonQuery(fineness="916", quoted_fineness="916").compared()
    assert same.value_minor == 1_000_000


def test_another_case_is_asked_at_its_own_price_a_twentieth_up_and_a_tenth_down() -> None:
    found = SarfComparisonQuery(price_per_gram="300").compared()
    assert [each.value_minor for each in found.scenarios] == [15_000_00, 15_750_00, 13_500_00]
    assert [each.asked.name for each in found.scenarios] == ["unchanged", "up", "down"]
    assert moved_prices(1) == (Asked("unchanged", 1), Asked("up", 1), Asked("down", 0))


def test_a_currency_of_three_decimals_and_one_of_none() -> None:
    dinars = SarfComparisonQuery(currency="TND").compared()
    assert (dinars.value_minor, dinars.price_paid_minor) == (10_000_000, 7_000_000)
    yen = SarfComparisonQuery(currency="JPY", price_per_gram="9999.999").compared()
    assert yen.value_minor == 499_999
    written = comparison_out(yen)["gold"]
    assert (written["price_per_gram"], written["market_value"]) == (Decimal("9999.999"), 499_999)


def test_without_a_fee_no_month_makes_the_sale_the_cheaper_one() -> None:
    free = compare(a_case(fee_per_100=Fraction(0)))
    assert free.cheaper_after_months is None
    assert free.pledge.compound_by_month == 0
    # Sold at 70 % and promised at 60 %, it is the cheaper one from the first day.
    assert compare(a_case(cap_bp=6_000)).cheaper_after_months == 0


def test_a_fee_as_large_as_the_loan_has_no_rate_when_deducted() -> None:
    heavy = compare(a_case(fee_per_100=Fraction(100)))
    assert heavy.pledge.compound_deducted is None


@given(
    weight_mg=st.integers(1_000, 10**7),
    price=st.integers(10**6, 10**9),
    asked=prices,
    buy_bp=st.integers(1_000, 10_000),
    cap_bp=shares,
    fineness_bp=st.integers(3_750, 9_999),
)
def test_what_is_paid_and_what_may_be_asked_are_shares_of_the_exact_value_rounded_down(
    weight_mg: int, price: int, asked: int, buy_bp: int, cap_bp: int, fineness_bp: int
) -> None:
    case = a_case(
        weight_mg=weight_mg,
        price_per_kg_minor=price,
        buy_bp=buy_bp,
        cap_bp=cap_bp,
        fineness_bp=fineness_bp,
        asked=(Asked("asked", asked),),
    )
    found = compare(case)
    (scenario,) = found.scenarios
    exact = Fraction(weight_mg * asked * fineness_bp, 10**6 * 9_990)
    assert scenario.cap_price_minor == exact * cap_bp // 10_000
    assert scenario.profit_minor == scenario.cap_price_minor - found.price_paid_minor
    assert scenario.loss_if_not_bought_minor == exact // 1 - found.price_paid_minor


@given(price=st.integers(10**5, 10**9), cap_bp=shares)
def test_the_cap_is_the_price_a_promise_computes(price: int, cap_bp: int) -> None:
    case = a_case(price_per_kg_minor=price, cap_bp=cap_bp, asked=(Asked("asked", price),))
    (scenario,) = compare(case).scenarios
    gram = Fraction(price * 10_000, 9_990 * 1_000)
    assert scenario.cap_price_minor == promised_price_minor(
        FORMULA, [(50_000, 9_990)], gram, cap_bp, digits=2
    )


@given(buy_bp=st.integers(1_000, 10_000), cap_bp=st.integers(1_000, 10_000))
def test_at_the_break_even_price_the_cap_is_what_was_paid(buy_bp: int, cap_bp: int) -> None:
    case = a_case(buy_bp=buy_bp, cap_bp=cap_bp, asked=())
    paid, price = case.price_paid_minor, compare(case).break_even_price
    # The price is told to six decimals: on 50 g that is far below a minor unit.
    at_it = case.value(1) * Fraction(price) * 10**5
    assert abs(share_minor(at_it, cap_bp) - paid) <= 1


@pytest.mark.parametrize(
    ("asked", "field", "code"),
    [
        ({"currency": "XXX"}, "currency", "unknown_currency"),
        ({"weight_grams": "0"}, "weight_grams", "not_positive"),
        ({"weight_grams": "50.0001"}, "weight_grams", "too_many_decimals"),
        ({"weight_grams": "1000001"}, "weight_grams", "too_large"),
        ({"weight_grams": "0.001", "price_per_gram": "1"}, "weight_grams", "too_little"),
        ({"weight_grams": "1e2"}, "weight_grams", "not_a_number"),
        ({"price_per_gram": "90000000000", "weight_grams": "1000"}, "weight_grams", "too_large"),
        ({"price_per_gram": "99999999999"}, "price_per_gram", "too_large"),
        ({"price_per_gram": "0"}, "price_per_gram", "not_positive"),
        ({"price_per_gram": "200.000001"}, "price_per_gram", "too_many_decimals"),
        ({"fineness": "1000.1"}, "fineness", "out_of_range"),
        ({"quoted_fineness": "0"}, "quoted_fineness", "out_of_range"),
        ({"buy_fraction": "1.01"}, "buy_fraction", "out_of_range"),
        ({"cap_fraction": "0"}, "cap_fraction", "out_of_range"),
        ({"resale_fraction": "0.75555"}, "resale_fraction", "too_many_decimals"),
        ({"fee_per_100": "100.01"}, "fee_per_100", "out_of_range"),
        ({"fee_per_100": "-1"}, "fee_per_100", "negative"),
        ({"prices": "200,,180"}, "prices", "not_a_number"),
        ({"prices": "200,0"}, "prices", "not_positive"),
        ({"prices": ",".join(["200"] * 11)}, "prices", "too_many"),
        ({"opens_months": 8, "closes_months": 6}, "closes_months", "before_opening"),
        ({"opens_months": 1, "closes_months": 14}, "closes_months", "too_long"),
        ({"start_date": date(9999, 12, 31)}, "start_date", "out_of_range"),
    ],
)
def test_what_does_not_fit_is_refused_by_field(
    asked: dict[str, object], field: str, code: str
) -> None:
    query = SarfComparisonQuery(**asked)  # type: ignore[arg-type]
    with pytest.raises(ValidationFailed) as refused:
        query.compared()
    assert (refused.value.details[0]["field"], refused.value.details[0]["code"]) == (field, code)


def test_every_currency_of_the_books_can_be_asked_in() -> None:
    assert compare(a_case(asset=currency("KWD"))).price_paid_minor == 700_000
