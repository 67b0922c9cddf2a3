"""How a payment on a pledge divides, and what a redemption costs on a day."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from sanduq.rahnu.contracts.life.payments.model import (
    ApplyTo,
    QuoteLine,
    divide,
    fee_due_on,
    month_days,
    next_change,
)
from sanduq.rahnu.fees.accrual import FeeSegment

JANUARY_15 = date(2024, 1, 15)
amounts = st.integers(0, 10**9)


@given(amount=amounts, due=amounts, apply_to=st.sampled_from(ApplyTo))
def test_the_parts_of_a_payment_are_the_payment(amount, due, apply_to) -> None:
    parts = divide(amount, due, apply_to)
    assert parts.fee_minor + parts.to_debt_minor == amount
    assert 0 <= parts.fee_minor <= due


def test_the_fee_due_comes_before_the_debt_unless_it_is_said_otherwise() -> None:
    assert divide(1_000, 300, ApplyTo.FEE_THEN_DEBT).to_debt_minor == 700
    assert divide(1_000, 300, ApplyTo.DEBT).to_debt_minor == 1_000
    assert divide(200, 300, ApplyTo.FEE).fee_minor == 200


def test_a_stopped_fee_grows_no_more() -> None:
    segments = [FeeSegment(JANUARY_15, 2_000)]
    stopped = date(2024, 3, 15)
    assert fee_due_on(segments, 1_000, None, date(2024, 5, 15)) == 7_000
    assert fee_due_on(segments, 1_000, stopped, date(2024, 5, 15)) == 3_000
    assert fee_due_on(segments, 5_000, stopped, date(2024, 5, 15)) == 0
    assert fee_due_on([], 0, None, date(2024, 5, 15)) == 0


def test_a_quote_shows_each_full_month_to_the_maturity_and_half_a_year_beyond() -> None:
    days = month_days(date(2024, 1, 31), date(2024, 2, 1), date(2024, 4, 30))
    assert days[0] == date(2024, 2, 29)
    assert days[-1] == date(2024, 9, 30)
    assert all(before < after for before, after in pairwise(days))


def test_the_next_change_is_the_first_day_on_which_something_else_is_owed() -> None:
    def line(on: date) -> QuoteLine:
        return QuoteLine(on, 100, 0, 5 if on < date(2024, 1, 20) else 6)

    found = next_change(line(JANUARY_15), line)
    assert found is not None
    assert (found.on, found.total_minor) == (date(2024, 1, 20), 106)
    assert next_change(QuoteLine(JANUARY_15, 1, 0, 0), lambda on: QuoteLine(on, 1, 0, 0)) is None
