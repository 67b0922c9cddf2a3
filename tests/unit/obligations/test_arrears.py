"""What is due, what is late, and how late."""

from __future__ import annotations

from datetime import date

import pytest

from sanduq.kit.money import currency
from sanduq.obligations.errors import ObligationTransitionRefused
from sanduq.obligations.model import (
    TRANSITIONS,
    Debt,
    InstalmentStatus,
    NextDue,
    ObligationStatus,
    after_payment,
    ageing_by_instalment,
    ageing_class,
    allocate_payment,
    days_past_due,
    due_minor,
    move_to,
    next_due,
    oldest_unpaid_due_on,
    overdue_minor,
    settled_by_schedule,
)
from sanduq.obligations.schedule import (
    ScheduleTerms,
    build_schedule,
    schedule_from_lines,
    spread,
)

USD = currency("USD")
TERMS = ScheduleTerms(12, grace_months=1)
DEBT = Debt("obl_1", USD, build_schedule(200_000, 4_000, TERMS, date(2024, 1, 15)))
MARCH, APRIL = date(2024, 3, 1), date(2024, 4, 1)


def paid(debt: Debt, amount_minor: int) -> Debt:
    return after_payment(debt, allocate_payment(debt, amount_minor))


def test_an_instalment_is_due_on_its_day_and_overdue_from_the_day_after() -> None:
    assert (due_minor(DEBT, date(2024, 2, 29)), overdue_minor(DEBT, date(2024, 2, 29))) == (0, 0)
    assert (due_minor(DEBT, MARCH), overdue_minor(DEBT, MARCH)) == (17_000, 0)
    assert overdue_minor(DEBT, date(2024, 3, 2)) == 17_000
    assert (due_minor(DEBT, APRIL), overdue_minor(DEBT, APRIL)) == (34_000, 17_000)
    assert (days_past_due(DEBT, MARCH), days_past_due(DEBT, date(2024, 3, 2))) == (0, 1)


def test_late_repayment_never_adds_to_the_debt() -> None:
    years_later = date(2034, 1, 1)
    assert overdue_minor(DEBT, years_later) == due_minor(DEBT, years_later) == 204_000
    assert DEBT.outstanding_minor == 204_000


def test_money_covers_the_oldest_instalment_first() -> None:
    debt = paid(DEBT, 20_000)  # one instalment of 170 and 30 of the next
    states = settled_by_schedule(debt, APRIL)
    assert [(state.paid_minor, state.status) for state in states[:3]] == [
        (17_000, InstalmentStatus.PAID),
        (3_000, InstalmentStatus.DUE),
        (0, InstalmentStatus.UPCOMING),
    ]
    assert (states[1].number, states[1].unpaid_minor) == (2, 14_000)
    assert oldest_unpaid_due_on(debt) == APRIL


def test_part_paid_is_said_only_of_money_ahead_of_its_day() -> None:
    debt = paid(DEBT, 3_000)
    seen = [
        settled_by_schedule(debt, as_of)[0].status
        for as_of in (date(2024, 2, 1), MARCH, date(2024, 3, 2))
    ]
    assert seen == [
        InstalmentStatus.PARTLY_PAID,
        InstalmentStatus.DUE,
        InstalmentStatus.OVERDUE,
    ]


def test_next_due_is_the_first_unpaid_instalment_not_yet_past() -> None:
    assert next_due(DEBT, date(2024, 3, 2)) == NextDue(2, APRIL, 17_000)
    assert next_due(paid(DEBT, 20_000), date(2024, 2, 1)) == NextDue(2, APRIL, 14_000)
    assert next_due(DEBT, date(2025, 2, 2)) is None
    assert next_due(paid(DEBT, 204_000), MARCH) is None


def test_a_settled_debt_has_nothing_due_at_any_time() -> None:
    debt = paid(DEBT, 204_000)
    far = date(2030, 1, 1)
    assert oldest_unpaid_due_on(debt) is None
    assert (due_minor(debt, far), overdue_minor(debt, far), days_past_due(debt, far)) == (0, 0, 0)


def test_an_instalment_that_rounding_left_empty_is_paid_and_never_late() -> None:
    terms = ScheduleTerms(12, instalment_multiple_of_minor=50_000)
    debt = Debt("obl_3", USD, build_schedule(200_000, 4_000, terms, date(2024, 1, 15)))
    assert oldest_unpaid_due_on(debt) == date(2025, 1, 1)
    assert days_past_due(debt, date(2024, 12, 31)) == 0
    assert next_due(debt, date(2024, 2, 1)) == NextDue(12, date(2025, 1, 1), 204_000)
    assert settled_by_schedule(debt, date(2024, 6, 1))[0].status is InstalmentStatus.PAID


@pytest.mark.parametrize(
    ("days", "name"),
    [
        (-3, "current"),
        (0, "current"),
        (1, "1-30"),
        (30, "1-30"),
        (31, "31-60"),
        (60, "31-60"),
        (61, "61-90"),
        (90, "61-90"),
        (91, "91-180"),
        (180, "91-180"),
        (181, "over-180"),
    ],
)
def test_ageing_classes_hold_their_last_day(days: int, name: str) -> None:
    assert ageing_class(days) == name


# 1,250 every 30 days from 1 January 2023: 312, 312, 312, 314. The figures below are those of
# Apache Fineract's tests of ageing by instalment.
DATES = (date(2023, 1, 31), date(2023, 3, 2), date(2023, 4, 1), date(2023, 5, 1))
AGED = Debt(
    "obl_4",
    USD,
    schedule_from_lines(1, spread(125_000, 0, DATES, multiple_of_minor=100)),
)
MAY_31 = date(2023, 5, 31)

Buckets = list[tuple[int, int | None, int]]


def aged(debt: Debt, as_of: date, ranges: tuple[tuple[int, int | None], ...]) -> Buckets:
    return [
        (bucket.days_min, bucket.days_max, bucket.amount_minor)
        for bucket in ageing_by_instalment(debt, as_of, ranges)
    ]


@pytest.mark.parametrize(
    ("paid_minor", "late_days", "overdue", "expected"),
    [
        (0, 120, 125_000, [(11, 30, 31_400), (31, 60, 31_200), (61, None, 62_400)]),
        (62_600, 60, 62_400, [(11, 30, 31_400), (31, 60, 31_000)]),
        (72_600, 60, 52_400, [(11, 30, 31_400), (31, 60, 21_000)]),
        (125_000, 0, 0, []),
    ],
)
def test_overdue_money_ages_with_its_own_instalment(
    paid_minor: int, late_days: int, overdue: int, expected: Buckets
) -> None:
    debt = paid(AGED, paid_minor)
    assert days_past_due(debt, MAY_31) == late_days
    assert overdue_minor(debt, MAY_31) == overdue
    assert aged(debt, MAY_31, ((1, 10), (11, 30), (31, 60), (61, None))) == expected


@pytest.mark.parametrize(
    ("paid_minor", "late_days", "overdue", "expected"),
    [
        (0, 120, 125_000, [(1, 60, 62_600), (61, None, 62_400)]),
        (31_300, 90, 93_700, [(1, 60, 62_600), (61, None, 31_100)]),
    ],
)
def test_two_ranges_split_the_same_money(
    paid_minor: int, late_days: int, overdue: int, expected: Buckets
) -> None:
    debt = paid(AGED, paid_minor)
    assert days_past_due(debt, MAY_31) == late_days
    assert overdue_minor(debt, MAY_31) == overdue
    assert aged(debt, MAY_31, ((1, 60), (61, None))) == expected


def test_a_range_of_one_day_is_left_on_the_second() -> None:
    ranges = ((1, 1), (2, None))
    assert aged(AGED, date(2023, 2, 1), ranges) == [(1, 1, 31_200)]
    assert aged(AGED, date(2023, 2, 2), ranges) == [(2, None, 31_200)]
    assert overdue_minor(AGED, date(2023, 2, 2)) == 31_200


def test_the_age_of_an_instalment_is_counted_from_its_due_date_whatever_the_loan_tolerates() -> (
    None
):
    """1,000 in 4 every 15 days, the first due at once; no days of tolerance are subtracted."""
    dates = (date(2023, 10, 1), date(2023, 10, 16), date(2023, 10, 31), date(2023, 11, 15))
    debt = Debt("obl_5", USD, schedule_from_lines(1, spread(100_000, 0, dates)))
    ranges = ((1, 3), (4, 30), (31, 60), (61, 90), (91, 120), (241, None))
    assert aged(debt, date(2023, 11, 16), ranges) == [
        (1, 3, 25_000),
        (4, 30, 25_000),
        (31, 60, 50_000),
    ]
    assert aged(debt, date(2023, 12, 16), ranges) == [(31, 60, 50_000), (61, 90, 50_000)]


def test_every_state_is_in_the_table_and_a_cancelled_debt_stays_so() -> None:
    assert set(TRANSITIONS) == set(ObligationStatus)
    assert not TRANSITIONS[ObligationStatus.CANCELLED]


def test_a_debt_is_settled_only_after_it_was_active() -> None:
    active = move_to(ObligationStatus.PENDING, ObligationStatus.ACTIVE)
    assert move_to(active, ObligationStatus.SETTLED) is ObligationStatus.SETTLED
    with pytest.raises(ObligationTransitionRefused) as refused:
        move_to(ObligationStatus.PENDING, ObligationStatus.SETTLED)
    assert refused.value.code == "OBLIGATION_TRANSITION_REFUSED"


def test_a_claim_survives_its_write_off() -> None:
    written_off = ObligationStatus.WRITTEN_OFF
    assert move_to(written_off, ObligationStatus.SETTLED) is ObligationStatus.SETTLED
