"""Contributions due, surplus and shares of a common fund, by hand and by property."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanduq.microfinance.common_fund.model import (
    Holdings,
    covered_by_surplus,
    from_loans,
    periods_due,
    shared,
)
from sanduq.obligations.schedule import Frequency

days = st.dates(date(2023, 1, 1), date(2030, 1, 1))
minors = st.integers(0, 10**9)
weights = st.dictionaries(st.text("abc", min_size=1, max_size=3), st.integers(1, 10**6), min_size=1)


@pytest.mark.parametrize(
    ("frequency", "from_on", "to_on", "periods"),
    [
        (Frequency.MONTHLY, date(2024, 1, 15), date(2024, 1, 14), 0),
        (Frequency.MONTHLY, date(2024, 1, 15), date(2024, 1, 15), 1),
        (Frequency.MONTHLY, date(2024, 1, 15), date(2024, 2, 14), 1),
        (Frequency.MONTHLY, date(2024, 1, 15), date(2024, 12, 31), 12),
        (Frequency.MONTHLY, date(2024, 1, 31), date(2024, 2, 29), 2),  # the month's last day
        (Frequency.WEEKLY, date(2024, 1, 1), date(2024, 1, 31), 5),
        (Frequency.BIWEEKLY, date(2024, 1, 1), date(2024, 1, 31), 3),
    ],
)
def test_contributions_fall_due_on_the_first_day_and_every_period_after(
    frequency, from_on, to_on, periods
):
    assert periods_due(frequency, from_on, to_on) == periods


@given(st.sampled_from(list(Frequency)), days, days)
def test_a_day_later_as_many_are_due_or_one_more(frequency, from_on, to_on):
    more = periods_due(frequency, from_on, to_on + timedelta(1)) - periods_due(
        frequency, from_on, to_on
    )
    assert more in (0, 1)


def test_a_surplus_is_shared_by_what_was_given_with_odd_cents_to_the_largest_remainders():
    # 100 by 1 : 1 : 1 leaves one cent over, and the first by id has it
    assert shared(100, {"b": 1, "a": 1, "c": 1}) == (("a", 34), ("b", 33), ("c", 33))
    assert shared(100, {"a": 2, "b": 1}) == (("a", 67), ("b", 33))
    assert shared(100, {}) == ()


@given(minors, weights)
def test_shares_add_up_and_are_within_a_cent_of_the_exact_part(minor, given_by):
    parts = dict(shared(minor, given_by))
    assert sum(parts.values()) == minor
    total = sum(given_by.values())
    for one, weight in given_by.items():
        assert abs(parts.get(one, 0) * total - minor * weight) < total


@given(gifts=minors, lent=minors, spent=minors, more=minors, back=minors)
def test_a_deficit_is_at_most_what_is_lent_and_gone_when_the_loan_is(
    gifts, lent, spent, more, back
):
    """Gifts, a loan, a payment of both, later gifts, and the loan given back."""
    spent = min(spent, gifts + lent)
    deficit = from_loans(Holdings(gifts_minor=gifts), spent)
    assert 0 <= deficit <= lent
    left = gifts - (spent - deficit) + more
    held = Holdings(left + lent - deficit, left, deficit, lent)
    back = min(back, lent)
    taken = covered_by_surplus(held, back)
    assert 0 <= deficit - taken <= lent - back
    if back == lent:
        assert taken == deficit
    assert held.surplus_minor == max(0, left - deficit)
