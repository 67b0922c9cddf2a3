"""On which days instalments fall due. Days of the week were read off a printed calendar."""

from __future__ import annotations

from datetime import date

import pytest

from sanduq.kit.errors import ValidationFailed
from sanduq.obligations.calendar import Calendar, WorkingDays
from sanduq.obligations.schedule import (
    Anchor,
    AnchorKind,
    Frequency,
    ScheduleTerms,
    due_dates,
    first_due_on,
    regular_dates,
)

CREATED_ON = date(2024, 1, 15)  # a Monday
FRIDAY_AND_SATURDAY = Calendar(weekend=frozenset({4, 5}))


def days(*texts: str) -> tuple[date, ...]:
    return tuple(date.fromisoformat(text) for text in texts)


def test_the_first_due_date_is_the_first_of_the_month_after_plus_the_grace_months() -> None:
    assert first_due_on(ScheduleTerms(12), CREATED_ON) == date(2024, 2, 1)
    assert first_due_on(ScheduleTerms(12, grace_months=1), CREATED_ON) == date(2024, 3, 1)
    assert first_due_on(ScheduleTerms(12, grace_months=11), CREATED_ON) == date(2025, 1, 1)


def test_grace_delays_the_first_date_and_keeps_the_number_of_instalments() -> None:
    dates = due_dates(ScheduleTerms(12, grace_months=1), CREATED_ON)
    assert (len(dates), dates[0], dates[-1]) == (12, date(2024, 3, 1), date(2025, 2, 1))


@pytest.mark.parametrize(
    ("number", "anchored_on", "expected"),
    [
        (20, "2024-01-15", "2024-01-20"),
        (15, "2024-01-15", "2024-02-15"),
        (31, "2024-02-28", "2024-02-29"),
        (31, "2024-02-29", "2024-03-31"),
        (1, "2024-12-01", "2025-01-01"),
    ],
)
def test_a_day_of_month_anchor_is_the_first_such_day_after(
    number: int, anchored_on: str, expected: str
) -> None:
    terms = ScheduleTerms(1, anchor=Anchor(AnchorKind.DAY_OF_MONTH, number))
    assert first_due_on(terms, date.fromisoformat(anchored_on)) == date.fromisoformat(expected)


def test_a_day_of_month_clamped_by_a_short_first_month_is_kept_in_the_later_ones() -> None:
    terms = ScheduleTerms(3, anchor=Anchor(AnchorKind.DAY_OF_MONTH, 31))
    assert due_dates(terms, date(2024, 2, 10)) == days("2024-02-29", "2024-03-31", "2024-04-30")


def test_a_meeting_day_is_the_first_such_weekday_strictly_after() -> None:
    monday, thursday = Anchor(AnchorKind.WEEKDAY, 0), Anchor(AnchorKind.WEEKDAY, 3)
    weekly = Frequency.WEEKLY
    assert first_due_on(ScheduleTerms(4, weekly, anchor=monday), CREATED_ON) == date(2024, 1, 22)
    assert first_due_on(ScheduleTerms(4, weekly, anchor=thursday), CREATED_ON) == date(2024, 1, 18)
    # One grace month: counted from Thursday 15 February.
    late = ScheduleTerms(4, weekly, grace_months=1, anchor=thursday)
    assert first_due_on(late, CREATED_ON) == date(2024, 2, 22)


def test_days_after_counts_days_from_the_anchor_date_and_the_grace_months() -> None:
    anchor = Anchor(AnchorKind.DAYS_AFTER, 30)
    assert first_due_on(ScheduleTerms(1, anchor=anchor), CREATED_ON) == date(2024, 2, 14)
    late = ScheduleTerms(1, grace_months=1, anchor=anchor)
    assert first_due_on(late, date(2024, 1, 31)) == date(2024, 3, 30)  # 29 February + 30 days


def test_weekly_and_biweekly_dates_start_like_monthly_ones_and_go_on_by_7_and_14_days() -> None:
    weekly = due_dates(ScheduleTerms(3, Frequency.WEEKLY), CREATED_ON)
    biweekly = due_dates(ScheduleTerms(3, Frequency.BIWEEKLY), CREATED_ON)
    assert weekly == days("2024-02-01", "2024-02-08", "2024-02-15")
    assert biweekly == days("2024-02-01", "2024-02-15", "2024-02-29")


F10 = {
    31: "2023-01-31 2023-02-28 2023-03-31 2023-04-30 2023-05-31 2023-06-30 2023-07-31 "
    "2023-08-31 2023-09-30 2023-10-31 2023-11-30 2023-12-31 2024-01-31 2024-02-29",
    30: "2023-01-30 2023-02-28 2023-03-30 2023-04-30 2023-05-30 2023-06-30 2023-07-30 "
    "2023-08-30 2023-09-30 2023-10-30 2023-11-30 2023-12-30 2024-01-30 2024-02-29",
    28: "2023-01-28 2023-02-28 2023-03-28 2023-04-28 2023-05-28 2023-06-28 2023-07-28 "
    "2023-08-28 2023-09-28 2023-10-28 2023-11-28 2023-12-28 2024-01-28 2024-02-28",
    25: "2023-01-25 2023-02-25 2023-03-25 2023-04-25 2023-05-25 2023-06-25 2023-07-25 "
    "2023-08-25 2023-09-25 2023-10-25 2023-11-25 2023-12-25 2024-01-25 2024-02-25",
}


@pytest.mark.parametrize("day", F10)
def test_monthly_dates_keep_the_first_day_clamped_to_month_end_without_drift(day: int) -> None:
    """Disbursed 2022-12-30, 14 months; the same dates are asserted in Apache Fineract's tests."""
    expected = days(*F10[day].split())
    assert regular_dates(date(2023, 1, day), 14, Frequency.MONTHLY) == expected
    # 2022-12-30 + 1 day is 31 December, + 2 is 1 January: hence day + 1 days to that January day.
    terms = ScheduleTerms(14, anchor=Anchor(AnchorKind.DAYS_AFTER, day + 1))
    assert due_dates(terms, date(2022, 12, 30)) == expected


def test_a_date_moved_off_a_day_without_work_never_moves_the_later_ones() -> None:
    """1 March 2024 is a Friday, 1 June a Saturday; 1 April and 1 May are working days."""
    later = ScheduleTerms(4, grace_months=1, working_days=WorkingDays.NEXT_WORKING_DAY)
    earlier = ScheduleTerms(4, grace_months=1, working_days=WorkingDays.PREVIOUS_WORKING_DAY)
    same = ScheduleTerms(4, grace_months=1)
    assert due_dates(later, CREATED_ON, FRIDAY_AND_SATURDAY) == days(
        "2024-03-03", "2024-04-01", "2024-05-01", "2024-06-02"
    )
    assert due_dates(earlier, CREATED_ON, FRIDAY_AND_SATURDAY) == days(
        "2024-02-29", "2024-04-01", "2024-05-01", "2024-05-30"
    )
    assert due_dates(same, CREATED_ON, FRIDAY_AND_SATURDAY) == days(
        "2024-03-01", "2024-04-01", "2024-05-01", "2024-06-01"
    )


def test_a_closure_longer_than_the_period_never_puts_two_instalments_on_one_day() -> None:
    closed = Calendar(holidays=frozenset(date(2024, 4, day) for day in range(1, 11)))
    terms = ScheduleTerms(3, Frequency.WEEKLY, working_days=WorkingDays.NEXT_WORKING_DAY)
    assert due_dates(terms, date(2024, 3, 5), closed) == days(
        "2024-04-11", "2024-04-12", "2024-04-15"
    )


def test_no_date_is_moved_back_before_the_debt_exists() -> None:
    """Disbursed on Saturday 2 March and due that day: the working day before would be too early."""
    terms = ScheduleTerms(
        1,
        anchor=Anchor(AnchorKind.DAYS_AFTER, 0),
        working_days=WorkingDays.PREVIOUS_WORKING_DAY,
    )
    assert due_dates(terms, date(2024, 3, 2), FRIDAY_AND_SATURDAY) == (date(2024, 3, 3),)


@pytest.mark.parametrize(
    ("kind", "number"),
    [
        (AnchorKind.DAY_OF_MONTH, 0),
        (AnchorKind.DAY_OF_MONTH, 32),
        (AnchorKind.WEEKDAY, 7),
        (AnchorKind.DAYS_AFTER, -1),
        (AnchorKind.NEXT_MONTH_FIRST, 1),
    ],
)
def test_an_anchor_its_kind_cannot_hold_is_refused(kind: AnchorKind, number: int) -> None:
    with pytest.raises(ValidationFailed):
        Anchor(kind, number)


def test_terms_out_of_range_are_refused() -> None:
    with pytest.raises(ValidationFailed):
        ScheduleTerms(0)
    with pytest.raises(ValidationFailed):
        ScheduleTerms(1, grace_months=-1)
    with pytest.raises(ValidationFailed):
        ScheduleTerms(1, instalment_multiple_of_minor=0)


def test_a_week_without_a_working_day_is_refused() -> None:
    with pytest.raises(ValidationFailed):
        Calendar(weekend=frozenset(range(7)))
