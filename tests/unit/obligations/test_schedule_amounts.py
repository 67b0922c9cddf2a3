"""How principal and fee are divided over the instalments. Amounts are in minor units."""

from __future__ import annotations

from datetime import date

import pytest

from sanduq.obligations.errors import ScheduleDatesInvalid, ScheduleSumMismatch
from sanduq.obligations.schedule import Line, Schedule, ScheduleTerms, build_schedule, spread

JANUARY = date(2023, 1, 1)


def test_a_loan_of_2000_with_a_fee_of_40_gives_twelve_instalments_of_170() -> None:
    """2,000 + 40 = 2,040 = 12 x 170; principal 11 x 166.67 + 166.63, fee 11 x 3.33 + 3.37."""
    terms = ScheduleTerms(12, grace_months=1)
    schedule = build_schedule(200_000, 4_000, terms, date(2024, 1, 15))
    assert [line.total_minor for line in schedule.lines] == [17_000] * 12
    assert schedule.principal_minor == (16_667,) * 11 + (16_663,)
    assert schedule.fee_minor == (333,) * 11 + (337,)
    assert (schedule.version, schedule.due_on[0]) == (1, date(2024, 3, 1))
    assert (schedule.total_minor, schedule.fee_total_minor) == (204_000, 4_000)


def test_a_multiple_rounds_half_even_and_the_last_instalment_absorbs_the_rest() -> None:
    """1,250 in 4 by whole units: 312.5 goes to 312, the last is 314 (as in Apache Fineract)."""
    terms = ScheduleTerms(4, instalment_multiple_of_minor=100)
    schedule = build_schedule(125_000, 0, terms, JANUARY)
    assert schedule.principal_minor == (31_200, 31_200, 31_200, 31_400)
    assert schedule.due_on == tuple(date(2023, month, 1) for month in (2, 3, 4, 5))


def test_a_loan_that_divides_evenly_has_equal_instalments() -> None:
    """1,000 in 4: 250 each (as in Apache Fineract)."""
    schedule = build_schedule(100_000, 0, ScheduleTerms(4), date(2024, 1, 1))
    assert schedule.principal_minor == (25_000,) * 4
    assert schedule.due_on == tuple(date(2024, month, 1) for month in (2, 3, 4, 5))


def test_a_multiple_rounds_the_total_of_three_instalments_as_one() -> None:
    """1,250 and 37.50 in 3 by whole units: 1,287.50 / 3 = 429.17 goes to 429, the last is 429.50.

    Apache Fineract rounds principal and profit apart and lets principal absorb the difference;
    in this case its numbers are the same: 416.50 + 12.50, and 417.00 + 12.50 at the end.
    """
    terms = ScheduleTerms(3, instalment_multiple_of_minor=100)
    schedule = build_schedule(125_000, 3_750, terms, JANUARY)
    assert [line.total_minor for line in schedule.lines] == [42_900, 42_900, 42_950]
    assert schedule.principal_minor == (41_650, 41_650, 41_700)
    assert schedule.fee_minor == (1_250, 1_250, 1_250)


def test_a_multiple_rounds_the_total_of_eighteen_instalments_as_one() -> None:
    """5,000 and 900 in 18 by whole units: 5,900 / 18 = 327.78 goes to 328, the last is 324.

    Apache Fineract reaches the same numbers by another way: 277.78 to 278, and 50 apart.
    """
    terms = ScheduleTerms(18, instalment_multiple_of_minor=100)
    schedule = build_schedule(500_000, 90_000, terms, date(2022, 11, 1))
    assert schedule.principal_minor == (27_800,) * 17 + (27_400,)
    assert schedule.fee_minor == (5_000,) * 18
    assert (schedule.due_on[0], schedule.due_on[-1]) == (date(2022, 12, 1), date(2024, 5, 1))


def test_rounding_the_total_as_one_differs_from_rounding_its_parts() -> None:
    """301.20 and 31.20 in 3 by whole units. Ours: 332.40 / 3 = 110.80 goes to 111, and the last
    is 110.40. Fineract's rule would round 100.40 to 100 and 10.40 to 10: instalments of 110, and
    a last one of 112.40. Ours stays closer to equal instalments, and the fee is never moved.
    """
    terms = ScheduleTerms(3, instalment_multiple_of_minor=100)
    schedule = build_schedule(30_120, 3_120, terms, JANUARY)
    assert [line.total_minor for line in schedule.lines] == [11_100, 11_100, 11_040]
    assert schedule.fee_minor == (1_040, 1_040, 1_040)
    assert schedule.principal_minor == (10_060, 10_060, 10_000)


def test_a_debt_of_fee_alone_sums_to_the_fee_even_by_multiples() -> None:
    """1.11 in 2 by 0.10: 0.555 goes to 0.60, 0.51 is left; all of it is fee."""
    terms = ScheduleTerms(2, instalment_multiple_of_minor=10)
    schedule = build_schedule(0, 111, terms, JANUARY)
    assert (schedule.principal_minor, schedule.fee_minor) == ((0, 0), (60, 51))


def test_a_multiple_larger_than_the_instalment_leaves_all_to_the_last() -> None:
    """2,040 in 12 by 500: 170 goes to 0, so the last line holds principal and fee whole."""
    terms = ScheduleTerms(12, instalment_multiple_of_minor=50_000)
    schedule = build_schedule(200_000, 4_000, terms, JANUARY)
    assert schedule.principal_minor == (0,) * 11 + (200_000,)
    assert schedule.fee_minor == (0,) * 11 + (4_000,)


def test_a_currency_of_three_decimals_divides_to_its_own_minor_unit() -> None:
    """1,000.000 and 20.000 in 3 (dinars): 340.000 each; fee 6.667, 6.667, 6.666."""
    schedule = build_schedule(1_000_000, 20_000, ScheduleTerms(3), JANUARY)
    assert [line.total_minor for line in schedule.lines] == [340_000] * 3
    assert schedule.fee_minor == (6_667, 6_667, 6_666)


def test_a_currency_without_decimals_divides_to_whole_units() -> None:
    """100,000 and 1,000 in 7 (francs): 14,428.57 to 14,429 x 6, the last 14,426; fee 143 x 6."""
    schedule = build_schedule(100_000, 1_000, ScheduleTerms(7), JANUARY)
    assert [line.total_minor for line in schedule.lines] == [14_429] * 6 + [14_426]
    assert schedule.fee_minor == (143,) * 6 + (142,)


def test_a_debt_of_nothing_or_of_a_negative_part_is_refused() -> None:
    for principal, fee in ((0, 0), (-1, 5), (5, -1)):
        with pytest.raises(ScheduleSumMismatch) as refused:
            build_schedule(principal, fee, ScheduleTerms(2), JANUARY)
        assert refused.value.code == "SCHEDULE_SUM_MISMATCH"


def test_a_schedule_without_dates_is_refused() -> None:
    with pytest.raises(ScheduleDatesInvalid):
        spread(100, 0, ())


def test_due_dates_out_of_order_are_refused() -> None:
    with pytest.raises(ScheduleDatesInvalid):
        Schedule(1, (JANUARY, JANUARY), (1, 1), (0, 0))


def test_a_line_without_its_fee_is_refused() -> None:
    with pytest.raises(ScheduleSumMismatch):
        Schedule(1, (JANUARY,), (1,), ())


def test_the_lines_of_a_schedule_keep_principal_and_fee_apart() -> None:
    schedule = Schedule(1, (JANUARY,), (100,), (7,))
    assert schedule.lines == (Line(JANUARY, 100, 7),)
    assert schedule.cumulative_total_minor == (107,)
