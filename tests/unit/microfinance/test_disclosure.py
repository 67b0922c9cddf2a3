"""The weight of a fee is disclosed as it is: worked figures, and none where there is no charge."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from sanduq.kit.money import Money, currency
from sanduq.microfinance.loans.disclosure import disclose
from sanduq.obligations.schedule import Frequency, ScheduleTerms, build_schedule

USD = currency("USD")


def test_the_documented_loan_weighs_three_point_four_four_percent_a_year() -> None:
    # Paid out 15 January 2024, twelve times 170 from 1 March: 3.44 % by the published table.
    schedule = build_schedule(200_000, 4_000, ScheduleTerms(12, grace_months=1), date(2024, 1, 15))
    found = disclose(Money(200_000, USD), Money(4_000, USD), schedule, date(2024, 1, 15))
    assert found.total == Money(204_000, USD)
    assert found.flat_ratio == Decimal("0.020000")
    assert found.effective_annual_rate is not None
    assert round(found.effective_annual_rate, 4) == Decimal("0.0344")
    assert found.late_charge == found.prepayment_charge == Money(0, USD)


@given(
    st.integers(min_value=1, max_value=10**9),
    st.integers(min_value=1, max_value=60),
    st.sampled_from(Frequency),
)
def test_without_a_fee_the_weight_is_exactly_nothing(
    principal: int, instalments: int, frequency: Frequency
) -> None:
    schedule = build_schedule(
        principal, 0, ScheduleTerms(instalments, frequency), date(2024, 1, 31)
    )
    found = disclose(Money(principal, USD), Money(0, USD), schedule, date(2024, 1, 31))
    assert found.effective_annual_rate == 0
