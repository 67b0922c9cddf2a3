"""A deferred profit is earned by the effective method, and sums exactly to what was agreed."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanduq.microfinance.loans.murabaha.model import (
    Clauses,
    Murabaha,
    Stage,
    is_rebate_missing,
)
from sanduq.microfinance.loans.murabaha.model_profit import (
    ProfitPlan,
    effective_annual_rate,
    plan_anew,
    plan_of_sale,
    profit_by_period,
)
from sanduq.obligations.model import Debt
from sanduq.obligations.schedule import (
    Frequency,
    regular_dates,
    schedule_from_lines,
    spread,
)
from tests.make.murabaha import TERMS
from tests.make.murabaha_facts import USD

START = date(2024, 1, 1)


def a_schedule(price=1_120_00, count=12, frequency=Frequency.MONTHLY, first=date(2024, 2, 1)):
    dates = regular_dates(first, count, frequency)
    return schedule_from_lines(1, spread(price, 0, dates))


def test_a_year_of_1_120_for_goods_of_1_000_earns_as_the_worked_example():
    schedule = a_schedule()
    assert [line.total_minor for line in schedule.lines] == [93_33] * 11 + [93_37]
    earned = profit_by_period(1_000_00, schedule)
    assert earned == (
        17_88, 16_53, 15_16, 13_76, 12_34, 10_89, 9_42, 7_92, 6_39, 4_83, 3_25, 1_63,
    )  # fmt: skip
    assert sum(earned) == 120_00


def test_after_six_instalments_33_44_is_deferred_of_560_02():
    schedule = a_schedule()
    gross = sum(line.total_minor for line in schedule.lines[6:])
    deferred = 120_00 - sum(profit_by_period(1_000_00, schedule)[:6])
    assert (gross, deferred, gross - deferred) == (560_02, 33_44, 526_58)


def test_the_profit_weighs_23_70_percent_a_year():
    rate = effective_annual_rate(1_000_00, a_schedule(), frequency=Frequency.MONTHLY)
    assert rate == Decimal("0.2370")


def test_a_sale_at_cost_earns_nothing_and_weighs_nothing():
    schedule = a_schedule(price=1_000_00)
    assert profit_by_period(1_000_00, schedule) == (0,) * 12
    assert effective_annual_rate(1_000_00, schedule, frequency=Frequency.MONTHLY) == 0


def test_a_sale_below_cost_is_no_murabaha():
    with pytest.raises(ValueError, match="below its cost"):
        profit_by_period(1_120_01, a_schedule())


@pytest.mark.parametrize("frequency", list(Frequency))
def test_the_profit_falls_from_period_to_period_whatever_the_rhythm(frequency):
    earned = profit_by_period(1_000_00, a_schedule(frequency=frequency), frequency=frequency)
    assert list(earned) == sorted(earned, reverse=True)
    assert sum(earned) == 120_00


def test_months_of_grace_earn_with_the_first_instalment():
    schedule = a_schedule(first=date(2024, 5, 1))
    plain = profit_by_period(1_000_00, schedule)
    after_grace = profit_by_period(1_000_00, schedule, started_on=START)
    assert after_grace[0] > 2 * plain[0]  # four months stand before it, not one
    assert sum(after_grace) == sum(plain) == 120_00


@given(
    cost=st.integers(1, 10**10),
    share=st.integers(0, 30_000),
    count=st.integers(1, 150),
    frequency=st.sampled_from(list(Frequency)),
    wait=st.integers(0, 400),
)
def test_the_periods_sum_exactly_to_the_profit_and_none_is_negative(
    cost, share, count, frequency, wait
):
    profit = cost * share // 10_000
    first = date.fromordinal(START.toordinal() + wait)
    schedule = a_schedule(cost + profit, count, frequency, first)
    earned = profit_by_period(cost, schedule, frequency=frequency, started_on=START)
    assert len(earned) == count
    assert sum(earned) == profit
    assert min(earned) >= 0


def test_a_plan_says_what_is_earned_by_a_day_and_when_the_next_is():
    plan = plan_of_sale(1_000_00, a_schedule(), frequency=Frequency.MONTHLY, started_on=START)
    assert plan.earned_through(date(2024, 1, 31)) == 0
    assert plan.earned_through(date(2024, 2, 1)) == 17_88
    assert plan.earned_through(date(2024, 7, 1)) == 86_56
    assert plan.earned_through(date(2030, 1, 1)) == 120_00
    assert plan.next_on(date(2024, 1, 31)) == date(2024, 2, 1)
    assert plan.next_on(date(2024, 2, 1)) == date(2024, 3, 1)
    assert plan.next_on(date(2025, 1, 1)) is None


def anew(debt, recognised, deferred, on):
    return plan_anew(
        debt,
        recognised_minor=recognised,
        deferred_minor=deferred,
        frequency=Frequency.MONTHLY,
        on=on,
    )


def test_a_schedule_agreed_anew_spreads_what_is_still_deferred_over_what_is_to_come():
    lines = spread(560_02, 0, regular_dates(date(2024, 8, 1), 12, Frequency.MONTHLY))
    plan = anew(Debt("mur_1", USD, schedule_from_lines(2, lines)), 86_56, 33_44, date(2024, 7, 1))
    assert (plan.schedule_version, plan.recognised_minor) == (2, 86_56)
    assert sum(plan.profit_minor) == 33_44
    assert list(plan.profit_minor) == sorted(plan.profit_minor, reverse=True)
    assert plan.earned_through(date(2025, 7, 1)) == 120_00


def test_with_no_instalment_to_come_the_rest_is_earned_the_day_after():
    lines = spread(560_02, 0, regular_dates(date(2024, 2, 1), 2, Frequency.MONTHLY))
    plan = anew(Debt("mur_1", USD, schedule_from_lines(2, lines)), 86_56, 33_44, date(2024, 7, 1))
    assert plan == ProfitPlan(2, 86_56, (date(2024, 7, 2),), (33_44,))
    assert plan.next_on(date(2024, 7, 1)) == date(2024, 7, 2)


def test_less_unpaid_than_deferred_is_earned_in_proportion():
    lines = spread(20_00, 0, regular_dates(date(2024, 8, 1), 2, Frequency.MONTHLY))
    plan = anew(Debt("mur_1", USD, schedule_from_lines(2, lines)), 86_56, 33_44, date(2024, 7, 1))
    assert plan.profit_minor == (16_72, 16_72)


@pytest.mark.parametrize(
    ("has_clause", "paid", "recognised", "paying", "on", "is_missing"),
    [
        (True, 0, 0, 1_120_00, date(2024, 1, 20), True),
        (True, 0, 0, 1_119_99, date(2024, 1, 20), False),  # something is still owed after it
        (True, 93_33, 120_00, 1_026_67, date(2024, 1, 20), False),  # the rebate was given
        (True, 11 * 93_33, 118_37, 93_37, date(2024, 12, 20), False),  # the current instalment
        (True, 0, 120_00, 1_120_00, date(2025, 3, 1), False),  # everything is due
        (False, 0, 0, 1_120_00, date(2024, 1, 20), False),
    ],
)
def test_a_promised_rebate_is_missing_only_where_a_debt_is_settled_before_its_time(
    has_clause, paid, recognised, paying, on, is_missing
):
    contract = Murabaha(
        murabaha_id="mur_1", loan_id="mfl_1", borrower_id="cpty_1", branch_id="brn_1", asset=USD,
        stage=Stage.SOLD, terms=TERMS, clauses=Clauses(has_rebate_clause=has_clause),
        cost_minor=1_000_00, profit_minor=120_00, recognised_minor=recognised,
        created_at=datetime(2024, 1, 1, tzinfo=UTC), created_by="user_maker",
    )  # fmt: skip
    debt = Debt("mur_1", USD, a_schedule(), principal_paid_minor=paid)
    assert is_rebate_missing(contract, debt, paying, on) is is_missing
