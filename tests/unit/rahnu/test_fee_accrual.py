"""A custody fee grows by days, the same whoever borrows; figures counted by hand."""

from __future__ import annotations

import inspect
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanduq.kit.days import add_months
from sanduq.rahnu.fees import accrual
from sanduq.rahnu.fees.accrual import FeeSegment, accrued_minor, month_by_month

START = date(2012, 1, 1)

fees = st.integers(min_value=0, max_value=1_000_000)
# Up to the 28th a month's end is the same day of the next: a split there starts the same months.
starts = st.dates(date(2000, 1, 1), date(2050, 1, 1)).map(
    lambda day: day.replace(day=day.day % 28 + 1)
)
spans = st.integers(min_value=0, max_value=3_000)


@pytest.mark.parametrize(
    ("monthly", "through", "accrued"),
    [
        (7_000, date(2012, 7, 1), 42_000),  # 70.00 a month, six months
        (2_000, date(2012, 7, 1), 12_000),  # 20.00 a month, six months
        (7_000, date(2012, 1, 1), 0),  # nothing on the first day
        (7_000, date(2012, 1, 2), 225),  # 1/31 of 70.00 is 2.2580…
        (7_000, date(2012, 2, 1), 7_000),
        (7_000, date(2012, 2, 15), 7_000 + 3_379),  # 14/29 of 70.00 is 33.7931…
        (7_000, date(2011, 12, 1), 0),  # before it began
    ],
)
def test_whole_months_are_exact_and_days_count_by_the_months_length(
    monthly: int, through: date, accrued: int
) -> None:
    assert accrued_minor([FeeSegment(START, monthly)], through) == accrued


def test_a_month_begun_on_the_thirty_first_ends_with_the_month() -> None:
    begun = [FeeSegment(date(2024, 1, 31), 3_100)]
    assert accrued_minor(begun, date(2024, 2, 29)) == 3_100
    assert accrued_minor(begun, date(2024, 3, 31)) == 6_200
    assert accrued_minor(begun, date(2024, 3, 30)) == 3_100 + 3_000  # 30 of 31 days


def test_a_new_fee_runs_from_its_day() -> None:
    changed = [FeeSegment(START, 7_000), FeeSegment(date(2012, 4, 1), 2_000)]
    # Three months at 70.00, three at 20.00.
    assert accrued_minor(changed, date(2012, 7, 1)) == 27_000
    assert accrued_minor(changed, date(2012, 2, 1)) == 7_000
    # A segment of nothing stops the fee.
    stopped = [FeeSegment(START, 7_000), FeeSegment(date(2012, 4, 1), 0)]
    assert accrued_minor(stopped, date(2020, 1, 1)) == 21_000


def test_nothing_grows_out_of_nothing() -> None:
    assert accrued_minor([], START) == 0
    with pytest.raises(ValueError, match="not negative"):
        FeeSegment(START, -1)
    with pytest.raises(ValueError, match="follow one another"):
        accrued_minor([FeeSegment(date(2012, 2, 1), 1), FeeSegment(START, 1)], START)


@given(starts, fees, spans, spans)
def test_a_later_day_never_owes_less(start: date, fee: int, one: int, more: int) -> None:
    segments = [FeeSegment(start, fee)]
    earlier = accrued_minor(segments, start + timedelta(days=one))
    assert 0 <= earlier <= accrued_minor(segments, start + timedelta(days=one + more))


@given(starts, fees, st.integers(min_value=0, max_value=60), spans)
def test_splitting_at_the_end_of_a_month_changes_nothing(
    start: date, fee: int, months: int, days: int
) -> None:
    split = add_months(start, months)
    through = split + timedelta(days=days)
    whole = accrued_minor([FeeSegment(start, fee)], through)
    assert accrued_minor([FeeSegment(start, fee), FeeSegment(split, fee)], through) == whole


@given(starts, fees, st.integers(min_value=0, max_value=120))
def test_whole_months_are_the_monthly_fee_so_many_times(start: date, fee: int, months: int) -> None:
    assert accrued_minor([FeeSegment(start, fee)], add_months(start, months)) == fee * months


def test_the_months_of_a_quote_add_up() -> None:
    lines = month_by_month(FeeSegment(date(2024, 1, 31), 2_000), 3)
    assert [(x.from_on, x.to_on) for x in lines] == [
        (date(2024, 1, 31), date(2024, 2, 28)),
        (date(2024, 2, 29), date(2024, 3, 30)),
        (date(2024, 3, 31), date(2024, 4, 29)),
    ]
    assert [x.total_minor for x in lines] == [2_000, 4_000, 6_000]


def test_no_loan_is_in_reach_of_the_meter() -> None:
    names = set(inspect.signature(accrued_minor).parameters)
    assert names == {"segments", "through_on"}
    assert {"from_on", "monthly_minor"} == set(FeeSegment.__dataclass_fields__)
    assert not {"loan", "principal", "ltv", "margin"} & set(vars(accrual))
