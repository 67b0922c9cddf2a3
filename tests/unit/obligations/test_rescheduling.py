"""Other days for the same debt: never more, never less, and what is paid stays paid."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from sanduq.kit.errors import ValidationFailed
from sanduq.kit.money import currency
from sanduq.obligations.calendar import Calendar, WorkingDays
from sanduq.obligations.errors import (
    NothingToReschedule,
    RescheduleIncrease,
    ScheduleDatesInvalid,
    ScheduleSumMismatch,
)
from sanduq.obligations.model import (
    ComponentOrder,
    Debt,
    after_payment,
    allocate_payment,
    days_past_due,
    next_due,
    overdue_minor,
)
from sanduq.obligations.rescheduling import (
    Holiday,
    MoveDueDate,
    NewDates,
    NewLines,
    NewTerms,
    reschedule,
)
from sanduq.obligations.schedule import Line, Schedule, ScheduleTerms, build_schedule

USD = currency("USD")
AUGUST, SEPTEMBER, OCTOBER = date(2023, 8, 1), date(2023, 9, 1), date(2023, 10, 1)
# 3,000 disbursed on 1 July 2023 in 3: 1,000 on the first of August, September and October.
THREE = Debt("obl_1", USD, build_schedule(300_000, 0, ScheduleTerms(3), date(2023, 7, 1)))
# 2,000 and 40 in 12 x 170 from 1 March 2024 to 1 February 2025.
TWELVE = Debt(
    "obl_2",
    USD,
    build_schedule(200_000, 4_000, ScheduleTerms(12, grace_months=1), date(2024, 1, 15)),
)
JULY_5 = date(2023, 7, 5)
SEPTEMBER_10 = date(2024, 9, 10)


def paid(debt: Debt, amount_minor: int) -> Debt:
    return after_payment(debt, allocate_payment(debt, amount_minor))


def line_amounts(schedule: Schedule) -> list[tuple[str, int, int]]:
    return [
        (line.due_on.isoformat(), line.principal_minor, line.fee_minor) for line in schedule.lines
    ]


def test_moving_one_due_date_shifts_the_later_ones_with_it() -> None:
    """1 September to the 15th takes 1 October to the 15th (the same dates as Apache Fineract)."""
    version = reschedule(THREE, MoveDueDate(SEPTEMBER, date(2023, 9, 15)), on=JULY_5)
    assert line_amounts(version) == [
        ("2023-08-01", 100_000, 0),
        ("2023-09-15", 100_000, 0),
        ("2023-10-15", 100_000, 0),
    ]
    assert version.version == 2


def test_a_date_moved_to_a_month_end_keeps_its_day() -> None:
    version = reschedule(
        TWELVE, MoveDueDate(date(2024, 12, 1), date(2024, 12, 31)), on=SEPTEMBER_10
    )
    assert [day.isoformat() for day in version.due_on[9:]] == [
        "2024-12-31",
        "2025-01-31",
        "2025-02-28",
    ]


def test_a_moved_date_avoids_days_without_work() -> None:
    """15 September 2023 is a Friday; 15 October is a Sunday and stays."""
    change = MoveDueDate(SEPTEMBER, date(2023, 9, 15), working_days=WorkingDays.NEXT_WORKING_DAY)
    days_off = Calendar(weekend=frozenset({4, 5}))
    version = reschedule(THREE, change, on=JULY_5, calendar=days_off)
    assert version.due_on == (AUGUST, date(2023, 9, 17), date(2023, 10, 15))


def test_a_holiday_shifts_the_dates_and_inserts_no_empty_instalment() -> None:
    """One month without an instalment from 1 September.

    Ours: 1 August, 1 October, 1 November, three instalments of 1,000. Apache Fineract keeps
    1 September as a fourth instalment of zero. The days on which money falls due are the same;
    an instalment of nothing is not a debt, so here it has no line.
    """
    version = reschedule(THREE, Holiday(SEPTEMBER, 1), on=JULY_5)
    assert line_amounts(version) == [
        ("2023-08-01", 100_000, 0),
        ("2023-10-01", 100_000, 0),
        ("2023-11-01", 100_000, 0),
    ]


def test_a_holiday_from_a_clamped_date_keeps_the_agreed_day_of_month() -> None:
    """Due 31 January, 28 February, 31 March: two free months from February."""
    dates = (date(2023, 1, 31), date(2023, 2, 28), date(2023, 3, 31))
    debt = Debt("obl_3", USD, Schedule(1, dates, (10, 10, 10), (0, 0, 0)))
    version = reschedule(debt, Holiday(date(2023, 2, 28), 2, anchor_day=31), on=date(2023, 2, 1))
    assert version.due_on == (date(2023, 1, 31), date(2023, 4, 30), date(2023, 5, 31))


def test_a_longer_term_spreads_what_is_left_and_keeps_what_is_paid() -> None:
    """900 of 2,040 paid: five instalments and 50 of the sixth.

    Fee of the 50: 3.33 x 50 / 170 = 0.98. Paid so far 882.37 and 17.63; left 1,117.63 and 22.37,
    that is 1,140 in ten instalments of 114, fee 2.237 to 2.24 x 9 and 2.21 at the end.
    """
    debt = paid(TWELVE, 90_000)
    assert (debt.principal_paid_minor, debt.fee_paid_minor) == (88_237, 1_763)
    version = reschedule(debt, NewTerms(ScheduleTerms(10)), on=SEPTEMBER_10)
    assert line_amounts(version)[:7] == [
        ("2024-03-01", 16_667, 333),
        ("2024-04-01", 16_667, 333),
        ("2024-05-01", 16_667, 333),
        ("2024-06-01", 16_667, 333),
        ("2024-07-01", 16_667, 333),
        ("2024-08-01", 4_902, 98),
        ("2024-10-01", 11_176, 224),
    ]
    assert line_amounts(version)[-1] == ("2025-07-01", 11_179, 221)
    assert (version.principal_total_minor, version.fee_total_minor) == (200_000, 4_000)

    agreed = replace(debt, schedule=version)
    assert (agreed.outstanding_minor, days_past_due(agreed, SEPTEMBER_10)) == (114_000, 0)
    following = next_due(agreed, SEPTEMBER_10)
    assert following is not None
    assert (following.due_on, following.amount_minor) == (date(2024, 10, 1), 11_400)
    parts = allocate_payment(agreed, 11_400)
    assert (parts.principal_minor, parts.fee_minor) == (11_176, 224)


def test_money_paid_ahead_lowers_the_new_instalments_from_the_next_month_on() -> None:
    """510 paid before the first due date, the rest anew from that date: 1,530 in 10 x 153."""
    debt = paid(TWELVE, 51_000)
    dates = tuple(date(2024, month, 1) for month in range(3, 13))
    version = reschedule(debt, NewDates(dates), on=date(2024, 2, 10))
    assert version.due_on == (date(2024, 2, 10), *dates)
    assert version.cumulative_total_minor[:2] == (51_000, 66_300)
    assert (version.principal_minor[0], version.fee_minor[0]) == (50_001, 999)


def test_a_debt_paid_principal_first_keeps_its_paid_parts_through_a_new_schedule() -> None:
    """170 paid, all of it principal: the paid line holds no fee, the fee of 40 is still ahead."""
    debt = paid(replace(TWELVE, component_order=ComponentOrder.PRINCIPAL_FIRST), 17_000)
    version = reschedule(debt, NewTerms(ScheduleTerms(10)), on=SEPTEMBER_10)
    assert line_amounts(version)[0] == ("2024-03-01", 17_000, 0)
    assert (version.principal_total_minor, version.fee_total_minor) == (200_000, 4_000)


def test_lines_written_by_the_parties_are_taken_as_they_are_when_they_sum() -> None:
    debt = paid(THREE, 100_000)
    lines = (Line(date(2023, 10, 1), 50_000, 0), Line(date(2024, 1, 1), 150_000, 0))
    version = reschedule(debt, NewLines(lines), on=SEPTEMBER)
    assert version.lines == (Line(AUGUST, 100_000, 0), *lines)


@pytest.mark.parametrize(
    ("principal", "fee"),
    [(112_364, 2_237), (111_763, 2_238), (111_764, 2_236), (111_762, 2_237)],
)
def test_rescheduling_never_changes_what_is_owed(principal: int, fee: int) -> None:
    """Left are 1,117.63 and 22.37. Neither more, nor the same sum with more of it called fee, nor
    less: to forgive is another act."""
    debt = paid(TWELVE, 90_000)
    lines = (Line(date(2025, 1, 1), principal, fee),)
    with pytest.raises(RescheduleIncrease) as refused:
        reschedule(debt, NewLines(lines), on=SEPTEMBER_10)
    assert (refused.value.code, refused.value.rule) == ("RESCHEDULE_INCREASE", "DEF-09")


def test_a_negative_line_is_refused() -> None:
    lines = (Line(OCTOBER, 300_001, 0), Line(date(2023, 11, 1), -1, 0))
    with pytest.raises(ScheduleSumMismatch):
        reschedule(THREE, NewLines(lines), on=JULY_5)


def test_a_settled_debt_has_nothing_to_reschedule() -> None:
    with pytest.raises(NothingToReschedule):
        reschedule(paid(THREE, 300_000), NewTerms(ScheduleTerms(3)), on=JULY_5)


def test_a_due_date_that_is_not_on_the_schedule_cannot_move() -> None:
    with pytest.raises(NothingToReschedule):
        reschedule(THREE, MoveDueDate(date(2023, 9, 2), date(2023, 9, 15)), on=JULY_5)


@pytest.mark.parametrize(
    "change",
    [
        MoveDueDate(AUGUST, date(2023, 7, 4)),
        MoveDueDate(SEPTEMBER, AUGUST),
        NewDates(()),
        NewDates((date(2023, 7, 4),)),
        NewDates((OCTOBER, SEPTEMBER)),
        NewLines(()),
    ],
)
def test_new_dates_follow_one_another_and_none_lies_before_the_agreement(
    change: MoveDueDate | NewDates | NewLines,
) -> None:
    with pytest.raises(ScheduleDatesInvalid):
        reschedule(THREE, change, on=JULY_5)


def test_time_until_ease_takes_an_overdue_debt_out_of_arrears_without_increase() -> None:
    """Two instalments are late on 10 September 2023: three months' time for the one of August."""
    on = date(2023, 9, 10)
    assert overdue_minor(THREE, on) == 200_000
    agreed = replace(THREE, schedule=reschedule(THREE, Holiday(AUGUST, 3), on=on))
    assert overdue_minor(agreed, on) == 0
    assert (agreed.outstanding_minor, agreed.schedule.due_on[0]) == (300_000, date(2023, 11, 1))


def test_a_holiday_of_no_period_is_refused() -> None:
    with pytest.raises(ValidationFailed):
        Holiday(AUGUST, 0)
