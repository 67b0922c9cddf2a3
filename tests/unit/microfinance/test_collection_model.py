"""Rows, cash and sums of a collection: what is recorded and the difference make the cash."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanduq.kit.errors import ValidationFailed
from sanduq.kit.money import MINOR_MAX, Money, currency
from sanduq.microfinance.collection.errors import (
    CollectionRefused,
    LoanOfAnother,
    ReceiptNumberTaken,
    RowTwice,
)
from sanduq.microfinance.collection.model import (
    CashAsked,
    Denomination,
    Payment,
    PaymentAsked,
    Row,
    RowAsked,
    counted_minor,
    not_listed,
    owed_on,
    sums_of,
)
from sanduq.microfinance.collection.rows import (
    Borrowed,
    misplaced,
    read_cash,
    read_rows,
    refused,
)
from sanduq.microfinance.groups.meetings.model import Mark
from sanduq.microfinance.groups.members.errors import NotAMember
from sanduq.obligations.model import Debt, allocate_payment
from sanduq.obligations.schedule import Schedule

USD, TND, JPY = currency("USD"), currency("TND"), currency("JPY")
GROUP = "grp_river"
A, B, C = "cpty_a", "cpty_b", "cpty_c"
LOANS = {"mfl_a": Borrowed(A, GROUP), "mfl_b": Borrowed(B, GROUP), "mfl_x": Borrowed(A, None)}

minors = st.integers(0, 10**9)
rows_made = st.lists(
    st.tuples(st.lists(minors.filter(bool), max_size=3), minors, st.booleans()), max_size=8
)
cash_made = st.lists(st.builds(Denomination, st.integers(1, 10**6), st.integers(0, 1000)))


def row(place: int, party_id: str, *payments: tuple[str, int], **changes) -> Row:
    return Row(
        place=place,
        party_id=party_id,
        attendance=Mark.PRESENT,
        payments=tuple(Payment(*one) for one in payments),
        **changes,
    )


@given(rows_made, cash_made)
def test_what_is_recorded_and_the_difference_make_the_cash(made, cash):
    rows = []
    for place, (paid, contribution, is_refused) in enumerate(made):
        one = row(place, A, *(("mfl_a", minor) for minor in paid), contribution_minor=contribution)
        rows.append(refused(one, LoanOfAnother()) if is_refused else one)
    sums = sums_of(rows, cash)
    assert sums.counted_minor == sum(each.value_minor * each.count for each in cash)
    recorded = [(p, c) for p, c, is_refused in made if not is_refused]
    assert sums.repaid_minor == sum(sum(paid) for paid, _ in recorded)
    assert sums.contributed_minor == sum(contribution for _, contribution in recorded)
    assert sums.asked_minor == sum(sum(paid) + given for paid, given, _ in made)
    total = sums.repaid_minor + sums.contributed_minor + sums.difference_minor
    assert total == sums.counted_minor


@pytest.mark.parametrize(
    ("asset", "lines", "expected"),
    [
        (USD, [(50, 3), (10, 1), ("0.25", 2)], 16_050),  # 150 + 10 + 0.50
        (TND, [("0.005", 3), (20, 1)], 20_015),  # milllimes: 15 + 20,000
        (JPY, [(1000, 2), (1, 7)], 2007),
        (USD, [], 0),
    ],
)
def test_notes_and_coins_are_summed_in_the_currency_s_own_units(asset, lines, expected):
    cash = read_cash([CashAsked(value, count) for value, count in lines], asset)
    assert counted_minor(cash) == expected


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (0, "not_positive"),
        ("-5", "negative"),
        ("0.001", "too_many_decimals"),
        ("x", "not_a_number"),
    ],
)
def test_a_note_has_a_value(value, code):
    with pytest.raises(ValidationFailed) as caught:
        read_cash([CashAsked(50, 1), CashAsked(value, 1)], USD)
    (detail,) = caught.value.details
    assert (detail["field"], detail["code"]) == ("cash.1.denomination", code)


def test_no_more_cash_and_no_more_money_than_the_books_can_hold():
    largest = Money(MINOR_MAX, USD).decimal
    read_cash([CashAsked(largest, 1)], USD)
    with pytest.raises(ValidationFailed):
        read_cash([CashAsked(largest, 2)], USD)
    asked = RowAsked(party_id=A, attendance=Mark.PRESENT, contribution=largest)
    read_rows([asked], USD)
    with pytest.raises(ValidationFailed):
        read_rows([asked, asked], USD)


def test_a_row_that_cannot_be_read_is_refused_alone():
    asked = [
        RowAsked(party_id=A, attendance=Mark.PRESENT, payments=(PaymentAsked("mfl_a", "1.001"),)),
        RowAsked(party_id=B, attendance=Mark.LATE, contribution=Decimal("2.50")),
        RowAsked(party_id=C, attendance=Mark.PRESENT, payments=(PaymentAsked("mfl_a", 0),)),
    ]
    rows, faults = read_rows(asked, USD)
    assert [one.contribution_minor for one in rows] == [0, 250, 0]
    assert {place: fault.details[0]["code"] for place, fault in faults.items()} == {
        0: "too_many_decimals",
        2: "not_positive",
    }


def test_rows_that_are_not_of_this_meeting():
    rows = [
        row(0, A, ("mfl_a", 100), receipt_number="7"),
        row(1, A),  # a second row of one person
        row(2, "cpty_stranger"),
        row(3, B, ("mfl_a", 100)),  # of another member
        row(4, C, ("mfl_nobody", 100)),
    ]
    faults = misplaced(rows, GROUP, (A, B, C), LOANS, ())
    assert {place: type(fault) for place, fault in faults.items()} == {
        1: RowTwice,
        2: NotAMember,
        3: LoanOfAnother,
        4: LoanOfAnother,
    }


def test_a_loan_outside_the_group_is_not_paid_at_its_meeting():
    faults = misplaced([row(0, A, ("mfl_x", 100))], GROUP, (A,), LOANS, ())
    assert isinstance(faults[0], LoanOfAnother)


def test_a_receipt_number_is_used_once_and_not_used_up_by_a_refused_row():
    rows = [
        row(0, "cpty_stranger", receipt_number="7"),
        row(1, A, receipt_number="7"),
        row(2, B, receipt_number="7"),
        row(3, C, receipt_number="8"),
    ]
    faults = misplaced(rows, GROUP, (A, B, C), LOANS, {"8"})
    assert sorted(faults) == [0, 2, 3]
    assert isinstance(faults[2], ReceiptNumberTaken)
    assert isinstance(faults[3], ReceiptNumberTaken)


@given(st.lists(st.sampled_from("abcdef")), st.lists(st.sampled_from("abcdef")))
def test_every_member_has_a_row_or_is_told_not_to_have_one(roster, listed):
    rows = [row(place, one) for place, one in enumerate(listed)]
    missing = not_listed(roster, rows)
    assert set(missing) == set(roster) - set(listed)
    assert len(missing) == len(set(missing))


@given(st.integers(0, 1500), st.integers(0, 40))
def test_due_and_arrears_are_what_the_schedule_calls_for_and_is_unpaid(paid, days):
    on = (date(2024, 1, 5), date(2024, 1, 12), date(2024, 1, 19))
    empty = Debt("qrd_1", USD, Schedule(1, on, (500, 400, 600), (0, 0, 0)))
    taken = allocate_payment(empty, paid)
    debt = Debt("qrd_1", USD, empty.schedule, taken.principal_minor, taken.fee_minor)
    day = date.fromordinal(date(2024, 1, 1).toordinal() + days)
    due, arrears = owed_on(debt, day)
    amounts = list(zip(on, (500, 400, 600), strict=True))
    assert due + arrears == max(0, sum(minor for one, minor in amounts if one <= day) - paid)
    assert arrears == max(0, sum(minor for one, minor in amounts if one < day) - paid)
    assert 0 <= due + arrears <= debt.outstanding_minor


def test_a_sheet_refused_as_a_whole_names_each_row_and_its_meeting():
    refusal = CollectionRefused.of([("mtg_1", 3, LoanOfAnother("no loan of hers"))])
    assert (refusal.code, refusal.status) == ("BATCH_REFUSED", 422)
    assert refusal.details == (
        {
            "field": "rows.3",
            "code": "NOT_FOUND",
            "message": "no loan of hers",
            "meeting_id": "mtg_1",
        },
    )
