"""Distributions against sums by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanduq.sarf.simulation.measures import (
    cost_distribution,
    distribution,
    expected_shortfall,
    histogram,
    quantiles,
    tail_count,
    value_at_risk,
    yearly_costs,
)

profits = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=300).map(np.asarray)


def test_tails_of_a_hundred_profits_by_hand() -> None:
    # -50, -49, ... 49: the worst five are -50 to -46, their mean -48; the worst one is -50.
    found = distribution(np.arange(-50.0, 50.0))
    assert (found.value_at_risk_95, found.expected_shortfall_95) == (46, 48)
    assert (found.value_at_risk_99, found.expected_shortfall_99) == (50, 50)
    assert found.loss_probability == 0.50
    assert (found.mean, found.minimum, found.maximum) == (-0.5, -50, 49)
    # The variance of n numbers in a row is (n² - 1) / 12: sqrt(833.25).
    assert found.standard_deviation == 28.86607


def test_tails_of_ten_profits_are_the_worst_of_them() -> None:
    found = distribution(np.asarray([5.0, -8, 3, 3, 1, -2, 9, 4, 4, 6]))
    assert (found.value_at_risk_95, found.expected_shortfall_95) == (8, 8)
    assert found.loss_probability == 0.2
    # Sorted: -8 -2 1 3 3 4 4 5 6 9: half way between 3 and 4.
    assert {one.at: one.value for one in found.quantiles}[0.5] == 3.5


def test_the_bad_tail_of_a_cost_is_the_dear_one() -> None:
    found = cost_distribution(np.arange(1.0, 101.0))
    assert (found.value_at_risk_95, found.expected_shortfall_95) == (96, 98)
    assert found.loss_probability == 1


@pytest.mark.parametrize(
    ("paths", "percent", "expected"),
    [(100, 95, 5), (101, 95, 6), (20, 95, 1), (1, 95, 1), (1_000, 99, 10), (1, 99, 1)],
)
def test_the_tail_is_counted_whole_and_rounded_up(paths: int, percent: int, expected: int) -> None:
    assert tail_count(paths, percent) == expected


@given(profits)
def test_expected_shortfall_is_never_below_value_at_risk(found: np.ndarray) -> None:
    ascending = np.sort(found)
    for percent in (95, 99):
        shortfall = expected_shortfall(ascending, percent)
        assert shortfall >= value_at_risk(ascending, percent) - 1e-9 * max(1, abs(shortfall))
    assert value_at_risk(ascending, 99) >= value_at_risk(ascending, 95)


@given(profits)
def test_quantiles_agree_with_numpy(found: np.ndarray) -> None:
    at = (0.05, 0.5, 0.99)
    mine = [one.value for one in quantiles(np.sort(found), at)]
    assert mine == pytest.approx(list(np.quantile(found, at)), abs=1e-5)


def test_yearly_costs_by_hand() -> None:
    # 500 on 7,000 after 6 months, 250 on 5,000 after 12: (1 + 1/14)² - 1 and 5%.
    mean, median = yearly_costs(
        np.asarray([1 / 14, 0.05]), np.asarray([6.0, 12.0]), np.asarray([7_000.0, 5_000.0])
    )
    assert mean is not None
    assert mean == median
    assert (mean.months, mean.money, mean.flat) == (9, 375, 0.060714)
    assert mean.simple_per_year == 0.096429
    assert mean.compound_per_year == pytest.approx((0.147959 + 0.05) / 2, abs=1e-6)


def test_where_nobody_has_the_gold_back_there_is_no_yearly_cost() -> None:
    nothing = np.asarray([])
    assert yearly_costs(nothing, nothing, nothing) == (None, None)


def test_one_profit_alone_has_a_histogram_too() -> None:
    bins = histogram(np.asarray([500.0]), np.asarray([500.0]))
    assert sum(bins.sarf) == sum(bins.pledge) == 1
    assert bins.edges[0] == 499.5
