"""The arithmetic of gold: what pieces are worth, what a promise asks for them, and when."""

from __future__ import annotations

from datetime import UTC, date, datetime
from fractions import Fraction
from math import floor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanduq.assets.errors import FinenessUnknown
from sanduq.assets.model import GRADES, Metal
from sanduq.assets.price_boards.errors import FinenessNotPriced
from sanduq.assets.price_boards.model import (
    BoardStatus,
    PriceBoard,
    PriceMethod,
    QuotedUnit,
    value_minor,
)
from sanduq.kit.days import add_months
from sanduq.kit.formula import FormulaError, exact
from sanduq.kit.money import currency
from sanduq.sarf.model import (
    Rounding,
    fine_mg,
    gram_prices,
    is_in_window,
    market_minor,
    market_value,
    months_between,
    pure_gram_price,
    share_minor,
    window,
)
from sanduq.sarf.price_formula import PROMISE_NAMES, promised_price_minor, read_price_formula
from tests.make.sarf_facts import FORMULA

AT = datetime(2026, 1, 1, tzinfo=UTC)
READ = read_price_formula(FORMULA)
grades = st.sampled_from(GRADES[Metal.GOLD])
pieces = st.lists(st.tuples(st.integers(1, 10**7), grades), min_size=1, max_size=6)
prices = st.integers(1, 10**9)  # minor units per kilogram
days = st.dates(date(2000, 1, 1), date(2100, 1, 1))


def board(method=PriceMethod.FINE_PRICE, grades=None):
    """By default 200.00 for a gram of 999."""
    return PriceBoard(
        price_board_id="prb_1", metal=Metal.GOLD, asset=currency("MYR"), method=method,
        grades=grades or {9_990: 20_000_000}, quoted_unit=QuotedUnit.GRAM, effective_at=AT,
        source="test", observed_at=AT, spike_explanation=None, status=BoardStatus.PUBLISHED,
        decided_at=AT, decided_by="user", decision_reason=None, external_id=None, metadata={},
        created_at=AT, created_by="user",
    )  # fmt: skip


def quoted(per_gram_minor):
    return board(grades={9_990: per_gram_minor * 1_000})


@pytest.mark.parametrize(
    ("per_gram_minor", "market", "price"),
    [
        (200_00, 10_000_00, 7_500_00),
        (210_00, 10_500_00, 7_875_00),
        (180_00, 9_000_00, 6_750_00),
        (205_00, 10_250_00, 7_687_50),
        (185_00, 9_250_00, 6_937_50),
    ],
)
def test_50_grams_of_999_come_to_75_percent_of_the_market(per_gram_minor, market, price):
    held, fifty = quoted(per_gram_minor), [(50_000, 9_990)]
    assert market_value(held, fifty) == market_minor(held, fifty) == market
    assert promised_price_minor(READ, fifty, gram_prices(held, fifty), 7_500, 2) == price
    gram = pure_gram_price(held, 9_990)
    assert promised_price_minor(READ, fifty, gram, 7_500, 2) == price


def test_a_price_for_999_is_divided_by_its_fineness_before_it_prices_pure_metal():
    assert pure_gram_price(board(), 9_160) == Fraction(200_00 * 1_000, 999)
    graded = board(PriceMethod.PER_GRADE, {9_990: 20_000_000, 9_160: 18_000_000})
    assert pure_gram_price(graded, 9_160) == Fraction(180_00 * 1_000, 916)
    assert market_minor(graded, [(10_000, 9_160), (10_000, 9_990)]) == 3_800_00


def test_what_a_board_does_not_price_is_refused():
    graded = board(PriceMethod.PER_GRADE, {9_990: 20_000_000})
    with pytest.raises(FinenessNotPriced):
        market_minor(graded, [(10_000, 9_160)])
    with pytest.raises(FinenessUnknown):
        market_minor(board(), [(10_000, 9_161)])


@given(pieces, prices)
def test_the_value_of_many_pieces_is_rounded_once_and_never_below_that_of_each(parts, price):
    held = board(grades={9_990: price})
    alone = [value_minor(held, net, fineness) for net, fineness in parts]
    assert sum(alone) <= market_minor(held, parts) == floor(market_value(held, parts))


@given(pieces, prices, st.integers(1, 10_000))
def test_what_is_promised_is_never_above_the_cap_and_less_than_a_unit_below(parts, price, cap_bp):
    held = board(grades={9_990: price})
    asked = promised_price_minor(READ, parts, gram_prices(held, parts), cap_bp, 2)
    share = market_value(held, parts) * cap_bp / 10_000
    assert share - 1 < asked <= share


@given(pieces, prices)
def test_a_formula_that_asks_for_more_is_held_at_the_cap(parts, price):
    held = board(grades={9_990: price})
    dear = read_price_formula("2 * market_price * weight * fineness")
    asked = promised_price_minor(dear, parts, gram_prices(held, parts), 7_500, 2)
    assert asked == share_minor(market_value(held, parts), 7_500)


def test_a_formula_may_ask_for_less_than_the_cap():
    cheap = read_price_formula("0.7 * market_price * weight * fineness")
    gram = pure_gram_price(board(), 9_990)
    assert promised_price_minor(cheap, [(50_000, 9_990)], gram, 7_500, 2) == 7_000_00


@given(pieces, st.integers(0, 3))
def test_the_decimals_of_a_currency_change_nothing(parts, digits):
    gram = Fraction(200 * 10**digits * 1_000, 999)
    asked = promised_price_minor(READ, parts, gram, 7_500, digits)
    grams = sum(fine_mg(net, fineness) for net, fineness in parts) / 1_000
    assert asked == floor(Fraction(3, 4) * Fraction(200_000, 999) * grams * 10**digits)


@pytest.mark.parametrize("name", sorted(PROMISE_NAMES.refused))
def test_what_a_price_may_not_read_is_read_to_be_told_and_never_computed(name):
    formula = read_price_formula(f"{name} + market_price * weight * fineness")
    assert formula.refused_names == (name,)
    with pytest.raises(FormulaError, match="may not read"):
        promised_price_minor(formula, [(50_000, 9_990)], Fraction(1), 7_500, 2)


@pytest.mark.parametrize(
    ("formula", "code"),
    [("market_price * luck", "unknown_name"), ("market_price *", "unreadable"),
     ("__import__", "unknown_name"), ("market_price ** 2", "unreadable")],
)  # fmt: skip
def test_no_other_name_is_known(formula, code):
    with pytest.raises(FormulaError) as refused:
        read_price_formula(formula)
    assert refused.value.code == code


def test_a_formula_without_a_price_is_refused():
    below = read_price_formula("market_price * weight * fineness - 1000000")
    with pytest.raises(FormulaError, match="negative"):
        promised_price_minor(below, [(1_000, 9_990)], Fraction(20_000), 7_500, 2)
    with pytest.raises(FormulaError, match="zero"):
        exact(read_price_formula("weight / (fineness - fineness)"),
              {"weight": 1, "fineness": Fraction(1, 2)})  # fmt: skip
    with pytest.raises(FormulaError, match="needs weight"):
        exact(read_price_formula("weight"), {})


def test_a_share_is_rounded_as_it_is_asked_to_be():
    assert share_minor(Fraction(101, 10), 7_500) == 7
    assert share_minor(Fraction(101, 10), 7_500, Rounding.UP) == 8
    assert share_minor(10_000_00, 7_000) == share_minor(10_000_00, 7_000, Rounding.UP) == 7_000_00


@given(days, st.integers(0, 24), st.integers(0, 24))
def test_a_window_holds_both_its_days_and_nothing_outside(sold_on, opens, more):
    held = window(sold_on, opens, opens + more)
    assert held.opens_on == add_months(sold_on, opens)
    assert held.holds(held.opens_on)
    assert held.holds(held.closes_on)
    for outside in (add_months(held.closes_on, 1), add_months(held.opens_on, -1)):
        assert not is_in_window(outside, held.opens_on, held.closes_on)


def test_a_window_does_not_close_before_it_opens():
    with pytest.raises(ValueError, match="opens before"):
        window(date(2026, 1, 1), 8, 6)


@given(days, st.integers(0, 240))
def test_months_that_were_added_are_counted_back(start, months):
    end = add_months(start, months)
    assert months_between(start, end) == months
    assert months_between(start, end - (date(2026, 1, 2) - date(2026, 1, 1))) == months - 1
