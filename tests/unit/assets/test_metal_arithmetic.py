"""Net and fine weight, fineness, and prices brought to one unit: by hand and for all numbers."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanduq.assets.errors import FinenessUnknown, WeightBelowStones
from sanduq.assets.model import (
    GRADES,
    Metal,
    fine_value_minor,
    fine_weight_tenths,
    grade_value_minor,
    karat_fineness_bp,
    net_weight_mg,
    per_mille,
    price_per_kg_of_ounce,
    require_grade,
)

weights = st.integers(0, 10**9)
grades = st.sampled_from(GRADES[Metal.GOLD])
prices = st.integers(1, 10**11)
haircuts = st.integers(0, 10_000)


def test_stones_and_other_parts_are_no_metal():
    assert net_weight_mg(22_500, 1_300, 0) == 21_200
    assert net_weight_mg(22_500, 1_300, 200) == 21_000


@pytest.mark.parametrize(("stones", "other"), [(22_500, 0), (22_501, 0), (20_000, 2_500)])
def test_a_thing_that_weighs_no_more_than_its_stones_is_refused(stones, other):
    with pytest.raises(WeightBelowStones) as refused:
        net_weight_mg(22_500, stones, other)
    assert refused.value.details[0]["code"] == "above_gross"


def test_fine_weight_is_rounded_down_to_a_tenth_of_a_milligram():
    assert fine_weight_tenths(21_200, 9160) == 194_192  # 21.20 g x 0.916 = 19.4192 g
    assert fine_weight_tenths(1, 9999) == 9  # 0.9999 mg
    assert fine_weight_tenths(100_000, 9999) == 999_900


def test_a_price_quoted_for_999_is_divided_by_it():
    # 19.4192 g at 200.00: 3,883.84; quoted for 999: 3,883.84 / 0.999 = 3,887.727...
    assert fine_value_minor(194_192, 20_000_000, 10_000) == 388_384
    assert fine_value_minor(194_192, 20_000_000, 9990) == 388_772


def test_a_haircut_is_taken_before_the_one_rounding():
    # 3,883.84 x 0.97 = 3,767.3248
    assert fine_value_minor(194_192, 20_000_000, 10_000, 300) == 376_732
    # 21.20 g at 542.82 = 11,507.784; less 3% = 11,162.55048
    assert grade_value_minor(21_200, 54_282_000) == 1_150_778
    assert grade_value_minor(21_200, 54_282_000, 300) == 1_116_255


def test_a_price_per_troy_ounce_is_brought_to_a_kilogram_rounded_down():
    # 31.1034768 g of pure gold at 1.00 a gram: 31.1034768 an ounce
    assert price_per_kg_of_ounce(3_110_347) == 99_999  # 31.10347 / 31.1034768 = 0.99999978 a gram
    assert price_per_kg_of_ounce(3_110_348) == 100_000
    # 2,000.00 an ounce: 64.30149313 a gram
    assert price_per_kg_of_ounce(200_000_000) == 6_430_149


def test_the_accepted_fineness_is_the_table_and_the_exact_karats():
    stamps = [9999, 9990, 9580, 9500, 9160, 8750, 8350, 8330, 7500, 5850, 4170, 3750]
    assert set(stamps) <= set(GRADES[Metal.GOLD])
    exact = [karat_fineness_bp(karat) for karat in (24, 23, 22, 21, 20, 18, 14, 10, 9)]
    assert exact == [10_000, 9583, 9167, 8750, 8333, 7500, 5833, 4167, 3750]
    assert set(exact) | set(stamps) == set(GRADES[Metal.GOLD])
    assert [per_mille(grade) for grade in (9999, 9160, 9583)] == ["999.9", "916", "958.3"]


@pytest.mark.parametrize(
    ("metal", "fineness"), [(Metal.GOLD, 9159), (Metal.GOLD, 9250), (Metal.NONE, 9160)]
)
def test_a_fineness_outside_the_table_is_refused(metal, fineness):
    with pytest.raises(FinenessUnknown):
        require_grade(metal, fineness)
    require_grade(Metal.SILVER, 9250)


@given(net=weights, grade=grades)
def test_fine_weight_is_never_more_than_net_weight(net, grade):
    assert fine_weight_tenths(net, grade) <= net * 10


@given(net=weights, grade=grades, price=prices, quoted=grades, haircut=haircuts)
def test_a_value_is_never_above_the_exact_product_and_less_than_a_unit_below_it(
    net, grade, price, quoted, haircut
):
    tenths = fine_weight_tenths(net, grade)
    exact = (
        Fraction(tenths, 10_000_000) * price * Fraction(10_000, quoted)
        * Fraction(10_000 - haircut, 10_000)
    )  # fmt: skip
    assert exact - 1 < fine_value_minor(tenths, price, quoted, haircut) <= exact
    by_grade = Fraction(net, 1_000_000) * price * Fraction(10_000 - haircut, 10_000)
    assert by_grade - 1 < grade_value_minor(net, price, haircut) <= by_grade


@given(first=weights, second=weights, grade=grades, price=prices)
def test_more_gold_is_never_worth_less(first, second, grade, price):
    low, high = sorted((first, second))
    values = [
        fine_value_minor(fine_weight_tenths(net, grade), price, 10_000) for net in (low, high)
    ]
    assert values[0] <= values[1]
    assert grade_value_minor(low, price) <= grade_value_minor(high, price)


@given(milli=prices)
def test_an_ounce_price_loses_less_than_a_unit_per_kilogram(milli):
    exact = Fraction(milli, 1000) * 1_000_000 / Fraction("31103.4768")
    assert exact - 1 < price_per_kg_of_ounce(milli) <= exact
