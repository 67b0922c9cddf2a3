"""A custody fee reads what is kept; a loan beside it never changes it."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanduq.kit.formula import FormulaError
from sanduq.kit.money import currency
from sanduq.rahnu.fees.accrual import custody_cost_minor
from sanduq.rahnu.fees.cost_studies.schemas import CustodyCostStudyIn
from sanduq.rahnu.fees.model import (
    CUSTODY_NAMES,
    FeeBasis,
    FeePeriod,
    LoanBeside,
    NewFeePolicy,
    fee_for_days_minor,
    fee_for_months_minor,
    monthly_fee_minor,
    read_custody_formula,
)
from sanduq.rahnu.fees.schemas import FeePolicyIn
from sanduq.rahnu.fees.trial import trials, worst
from tests.make.fees import a_cost, a_custody_study, a_fee_policy

FIFTY_GRAMS = FeeBasis(50_000, 3_333, 1, 1, 0)
LADDER = "(0.10 + (0.75 - 0.10) * margin / 0.70) * value / 100"
"""The paper's tariff as one line: 0.10 for every 100 of value without a loan, 0.75 at 70 %."""

bases = st.builds(
    FeeBasis,
    st.integers(min_value=1, max_value=10_000_000),
    st.integers(min_value=0, max_value=1_000_000),
    st.integers(min_value=1, max_value=100),
    st.integers(min_value=1, max_value=9),
    st.integers(min_value=0, max_value=100_000),
)
loans = st.builds(
    LoanBeside, st.integers(min_value=0, max_value=10**9), st.integers(min_value=1, max_value=10**9)
)
lawful = st.sampled_from(
    [
        "0.40 * weight",
        "3 + 0.10 * weight + 0.02 * volume",
        "item_count * 1.50 + takaful_premium",
        "max(2, min(0.4 * weight, 30)) * vault_class",
    ]
)


def a_policy(**changes: Any) -> NewFeePolicy:
    return FeePolicyIn(**a_fee_policy(**changes)).command()


def a_study(**changes: Any) -> Any:
    return CustodyCostStudyIn(**a_custody_study(**changes)).command()


@pytest.mark.parametrize(
    ("expression", "fee"),
    [
        ("0.40 * weight", 2_000),  # 50 g
        ("3 + 0.10 * weight", 800),
        ("volume", 333),  # 3.333 cm³, the fraction favours the owner
        ("item_count * vault_class + takaful_premium", 100),
        ("weight / 3", 1_666),
    ],
)
def test_a_month_of_fifty_grams(expression: str, fee: int) -> None:
    assert monthly_fee_minor(a_policy(expression=expression), FIFTY_GRAMS) == fee


def test_the_actual_premium_is_read_in_money() -> None:
    insured = FeeBasis(50_000, takaful_premium_minor=1_234)
    assert monthly_fee_minor(a_policy(expression="takaful_premium"), insured) == 1_234


def test_a_fee_for_all_days_reads_them_and_a_months_fee_does_not() -> None:
    total = a_policy(period="total", expression="1 + 0.50 * days_in_custody")
    assert fee_for_days_minor(total, FIFTY_GRAMS, 45) == 2_350
    with pytest.raises(FormulaError) as refused:
        monthly_fee_minor(total, FIFTY_GRAMS)
    assert refused.value.code == "not_monthly"
    with pytest.raises(FormulaError) as refused:
        monthly_fee_minor(a_policy(expression="days_in_custody"), FIFTY_GRAMS)
    assert refused.value.code == "missing_value"


@given(lawful, bases, loans, st.integers(min_value=1, max_value=60))
def test_a_lawful_fee_is_the_same_whatever_the_loan(
    expression: str, basis: FeeBasis, beside: LoanBeside, months: int
) -> None:
    policy = a_policy(expression=expression)
    assert fee_for_months_minor(policy, basis, months, beside) == months * monthly_fee_minor(
        policy, basis
    )


@pytest.mark.parametrize("name", sorted(CUSTODY_NAMES.refused))
def test_the_names_of_a_loan_are_read_so_that_they_can_be_refused(name: str) -> None:
    assert read_custody_formula(f"weight * 0.1 + {name}").refused_names == (name,)
    with pytest.raises(FormulaError):  # and never give a fee
        monthly_fee_minor(a_policy(expression=f"0 * {name}"), FIFTY_GRAMS)


@pytest.mark.parametrize("text", ["0.7%", "direct_cost", "weight ** 2", "weight(1)", "", "1;2"])
def test_what_is_not_the_language_is_not_read(text: str) -> None:
    with pytest.raises(FormulaError):
        read_custody_formula(text)


def test_t7_the_papers_ladder_asks_seven_and_a_half_times_as_much_of_a_borrower() -> None:
    ladder = a_policy(expression=LADDER)
    # Of 10,000: 10.00 a month without a loan, 75.00 with 7,000 lent.
    assert fee_for_months_minor(ladder, FIFTY_GRAMS, 1, LoanBeside(0, 1_000_000)) == 1_000
    assert fee_for_months_minor(ladder, FIFTY_GRAMS, 1, LoanBeside(700_000, 1_000_000)) == 7_500
    assert any(one.without_loan_minor != one.with_loan_minor for one in trials(ladder, None))


def test_what_keeping_costs_is_counted_by_things_and_by_grams() -> None:
    study = a_study()
    # 0.40 × 50 + 1.00 × 1 a month
    assert custody_cost_minor(study, FIFTY_GRAMS, 1) == 2_100
    assert custody_cost_minor(study, FIFTY_GRAMS, 6) == 12_600
    assert custody_cost_minor(study, FeeBasis(50_000, item_count=3), 1) == 2_300


def test_what_is_not_keeping_never_counts() -> None:
    wages = a_cost("salaries_of_lending_staff", "item", 90_000, is_indirect=True)
    rent = a_cost("vault_rent", "gram", 6_000)
    lent = a_study(lines=[rent, wages])
    assert custody_cost_minor(lent, FIFTY_GRAMS, 1) == 500  # 0.10 a gram
    forgone = a_study(lines=[{**rent, "is_indirect": True}, wages])
    assert custody_cost_minor(forgone, FIFTY_GRAMS, 12) == 0


def test_the_premium_counts_once() -> None:
    insured = FeeBasis(50_000, takaful_premium_minor=300)
    assert custody_cost_minor(a_study(), insured, 1) == 2_100  # among the study's lines already
    bare = a_study(lines=[a_cost("vault_rent", "gram", 6_000)])
    assert custody_cost_minor(bare, insured, 2) == 1_600  # (5.00 + 3.00) × 2


def test_the_fraction_of_a_cost_never_favours_the_keeper() -> None:
    study = a_study(item_months=3, lines=[a_cost("seals", "item", 1)])
    assert custody_cost_minor(study, FIFTY_GRAMS, 1) == 33
    assert custody_cost_minor(study, FIFTY_GRAMS, 3) == 100


def test_the_worst_point_of_the_grid_is_shown() -> None:
    tried = trials(a_policy(expression="0.41 * weight"), a_study())
    assert worst(tried).excess_minor == 900 * 12  # a kilogram, one thing, a year: 0.01 × 1,000 - 1
    assert worst(tried).basis.item_count == 1
    within = trials(a_policy(), a_study())
    assert worst(within).excess_minor < 0


@given(bases, st.integers(min_value=1, max_value=24))
def test_a_fee_within_the_cost_of_a_month_is_within_that_of_many(
    basis: FeeBasis, months: int
) -> None:
    policy, study = a_policy(expression="0.40 * weight + item_count"), a_study()
    fee = fee_for_months_minor(policy, basis, months)
    assert fee <= custody_cost_minor(study, basis, months)


def test_policies_are_in_minor_units_of_their_own_currency() -> None:
    dinars = a_policy(currency="TND", expression="0.1234 * item_count")
    assert dinars.asset == currency("TND")
    assert monthly_fee_minor(dinars, FIFTY_GRAMS) == 123
    assert dinars.period is FeePeriod.MONTH
    assert a_study().study_on == date(2024, 1, 10)
