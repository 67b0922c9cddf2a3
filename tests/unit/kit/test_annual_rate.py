"""What charges weigh in a year: the paper's loan of 7,000 with a fee of 420 over six months."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanduq.kit.annual_rate import (
    effective_annual_rate,
    effective_rate,
    effective_rate_by_month,
)

RECEIVED = 700_000


def test_the_papers_loan_weighs_twelve_point_four_percent_by_days() -> None:
    # 7,000 on 1 January 2012, 7,420 back after 182 days: 12.40 % by the published table.
    rate = effective_annual_rate(RECEIVED, date(2012, 1, 1), [(date(2012, 7, 1), 742_000)])
    assert rate == Decimal("0.123960")


@pytest.mark.parametrize(
    ("received", "flows", "weight"),
    [
        # 1.06² - 1
        (RECEIVED, [(6, 742_000)], "0.123600"),
        # 1 % a month: 1.01¹² - 1
        (RECEIVED, [*((month, 7_000) for month in range(1, 6)), (6, 707_000)], "0.126825"),
        # 6,580 in hand, 7,000 back: (7,000/6,580)² - 1
        (658_000, [(6, 700_000)], "0.131734"),
        # the table's 0.75: (7,450/7,000)² - 1
        (RECEIVED, [(6, 745_000)], "0.132704"),
    ],
)
def test_the_same_fee_weighs_more_the_earlier_it_is_paid(
    received: int, flows: list[tuple[int, int]], weight: str
) -> None:
    rate = effective_rate_by_month(received, flows)
    assert rate is not None
    assert abs(rate - Decimal(weight)) <= Decimal("0.000001")


@given(st.integers(min_value=1, max_value=10**9), st.integers(min_value=1, max_value=120))
def test_without_a_charge_the_weight_is_exactly_nothing(received: int, months: int) -> None:
    assert effective_rate_by_month(received, [(months, received)]) == 0


def test_where_no_rate_fits_there_is_none() -> None:
    # A hundred times as much after a month would be more than any rate the search knows.
    assert effective_rate(1, [(Decimal(1) / 12, 100)]) is None
