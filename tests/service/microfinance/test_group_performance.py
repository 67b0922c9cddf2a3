"""A group's performance from its own facts: loans, calls, meetings, people, fund."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal

import pytest

from sanduq import demo
from sanduq.kit.clock import FixedClock
from sanduq.kit.errors import NotFound, ValidationFailed
from sanduq.kit.ids import new_id
from sanduq.kit.money import currency
from sanduq.ledger import service as ledger
from sanduq.ledger.model import AccountPlace, Journal, credit, debit
from sanduq.microfinance.groups.meetings import service as meetings
from sanduq.microfinance.groups.meetings.model import Mark, MeetingRule
from sanduq.microfinance.groups.meetings.service import NewCalendar
from sanduq.microfinance.groups.members import service as members
from sanduq.microfinance.groups.performance.model import MaxCall, MemberBalance
from sanduq.microfinance.groups.performance.service import performance_of
from sanduq.microfinance.guarantee_calls import service as calls
from sanduq.microfinance.guarantee_calls.service import NewCall
from sanduq.microfinance.loans import repayments
from sanduq.obligations.schedule import Frequency
from tests.coherent import assert_coherent
from tests.make.groups import PEOPLE, a_group, a_group_loan, given, usd
from tests.make.loans import payment

AMINA, BADIA, CARIMA, DALAL = PEOPLE
TODAY = demo.NOW.date()
BEGIN = date(2023, 12, 1)
USD = currency("USD")


@pytest.fixture
def group_id(demo_work):
    """Four members; two owe 1,200 and 600 in twelve parts, the first of them due on 1 January."""
    with demo_work() as uow:
        group = a_group(uow)
        given(uow, group.group_id, (BADIA, 30_00), (CARIMA, 900_00), (DALAL, 900_00))
    return group.group_id


@pytest.fixture
def loans(demo_work, group_id):
    return [
        a_group_loan(demo_work, group_id, AMINA, 120_000),
        a_group_loan(demo_work, group_id, BADIA, 60_000),
    ]


def of(work, group_id, *span):
    with work() as uow:
        found = performance_of(uow, group_id, *span)
        assert_coherent(uow)
    return found


def test_a_group_that_has_done_nothing_yet_has_members_and_no_ratios(demo_work, group_id):
    found = of(demo_work, group_id)
    assert (found.members_start, found.members_end, found.loans) == (0, 4, 0)
    assert found.score.reason == "no_base"
    assert {ratio.reason for ratio in found.parts.values()} == {"no_base"}
    assert (found.contributions_minor, found.fund_minor) == (None, None)


def test_its_repayment_is_that_of_its_members_loans_alone(demo_work, group_id, loans):
    with demo_work() as uow:
        other = a_group(uow, ("cpty_other_one", "cpty_other_two"))
    a_group_loan(demo_work, other.group_id, "cpty_other_one")
    with demo_work() as uow:
        on_the_day = payment(loans[0].loan_id, 100_00, received_on=date(2024, 1, 1))
        repayments.record_repayment(uow, on_the_day)
        repayments.record_repayment(uow, payment(loans[1].loan_id, 20_00))
    found = of(demo_work, group_id, BEGIN, TODAY)
    # Due on 1 January: 100 and 50. The first in time, of the second 20 two weeks late.
    assert (found.due_minor, found.on_time_minor, found.late_minor) == (150_00, 100_00, 20_00)
    assert found.on_time_rate.percent == Decimal("66.67")
    assert found.balances == (MemberBalance(AMINA, 1_100_00), MemberBalance(BADIA, 580_00))
    assert (found.loans, found.borrowers, found.overdue_minor) == (2, 2, 30_00)
    assert found.concentration.percent == Decimal("65.48")  # 1,100 ÷ 1,680
    assert found.par_30.value == 0


def test_risk_counts_the_whole_balance_of_who_is_more_than_thirty_days_late(
    demo_work, group_id, loans
):
    with demo_work() as uow:
        repayments.record_repayment(uow, payment(loans[0].loan_id, 200_00))
        uow.clock = FixedClock(datetime.combine(date(2024, 2, 1), time(9), demo.NOW.tzinfo))
        found = performance_of(uow, group_id, BEGIN)
        # Badia's first part was due on 1 January: 31 days. Amina has paid hers for February.
        assert (found.at_risk_30_minor, found.gross_minor) == (600_00, 1_600_00)
        assert found.par_30.percent == Decimal("37.50")
        assert performance_of(uow, group_id, BEGIN, date(2024, 1, 31)).at_risk_30_minor == 0


def test_solidarity_is_what_guarantors_paid_of_what_they_were_called_for(
    demo_work, group_id, loans
):
    with demo_work() as uow:
        made = calls.call(uow, group_id, NewCall(loans[0].loan_id, "late"))
        calls.pay_share(uow, made.call_id, BADIA, usd(30_00))
    found = of(demo_work, group_id, BEGIN, TODAY)
    assert (found.called_minor, found.called_paid_minor) == (100_00, 30_00)
    assert found.solidarity_rate.percent == Decimal("30.00")
    # Of the 1,170 Amina owes two answer besides Badia, whose cap is used up; Badia's own 600 is
    # shared by the two others: 1,170 ÷ 3 + 600 ÷ 2.
    assert found.max_calls == (
        MaxCall(BADIA, 0), MaxCall(CARIMA, 690_00), MaxCall(DALAL, 690_00),
    )  # fmt: skip
    with demo_work() as uow:
        calls.cancel(uow, made.call_id, reason="she paid")
    assert of(demo_work, group_id, BEGIN, TODAY).solidarity_rate.reason == "no_base"


def test_attendance_counts_the_late_as_there_and_the_excused_not_at_all(demo_work, group_id):
    with demo_work() as uow:
        rule = MeetingRule(Frequency.WEEKLY, weekday=TODAY.weekday())
        meetings.set_calendar(uow, group_id, NewCalendar(rule, TODAY, time(10), "the mill", 4))
        for week, marks in enumerate(("PPLA", "PPP", ("P", "P", "AA", "A"))):
            uow.clock = FixedClock(demo.NOW + timedelta(weeks=week))
            meeting = meetings.meeting_on(uow, group_id, uow.today)
            given_marks = zip(PEOPLE, map(Mark, marks), strict=False)
            meetings.record_attendance(uow, meeting.meeting_id, dict(given_marks))
        found = performance_of(uow, group_id)
        # Twelve places less one excused; whom nobody marked was absent.
        assert (found.meetings, found.expected, found.attended, found.excused) == (3, 11, 8, 1)
        assert found.attendance_rate.percent == Decimal("72.73")
        assert performance_of(uow, group_id, TODAY, TODAY).attended == 3
        assert_coherent(uow)


def test_leavers_are_counted_against_the_average_of_members(demo_work, group_id):
    with demo_work() as uow:
        uow.clock = FixedClock(demo.NOW + timedelta(days=10))
        gone = "cpty_amina"
        members.leave(uow, group_id, gone, reason="moved away")
        tomorrow = TODAY + timedelta(days=1)
        found = performance_of(uow, group_id, tomorrow)
        assert (found.members_start, found.members_end, found.leavers) == (4, 3, 1)
        assert found.turnover_rate.percent == Decimal("28.57")  # 1 ÷ 3.5
        assert performance_of(uow, group_id, tomorrow, tomorrow).leavers == 0


def test_the_common_fund_is_what_the_ledger_holds_for_the_group(demo_work, group_id, loans):
    fund = f"common:{group_id}"
    cash, held = AccountPlace("1000", USD, fund), AccountPlace("3400", USD, fund)
    with demo_work() as uow:
        ledger.open_accounts(uow, [cash, held])
        entries = (debit(cash, 1_440_00), credit(held, 1_440_00))
        ledger.post(uow, [Journal(new_id("jrn"), "test.given", uow.today, entries)])
        assert performance_of(uow, group_id).fund_minor == 1_440_00
        assert performance_of(uow, group_id).fund_cover.reason == "no_base"
        uow.clock = FixedClock(demo.NOW + timedelta(days=30))
        # Both are 44 days late by then: 1,440 over 1,800.
        assert performance_of(uow, group_id).fund_cover.shown == Decimal("0.80")
        assert performance_of(uow, group_id, BEGIN, date(2024, 1, 14)).fund_minor is None


@pytest.mark.parametrize(
    ("span", "code"),
    [
        ((None, TODAY + timedelta(days=1)), "in_the_future"),
        ((TODAY, BEGIN), "after_end"),
    ],
)
def test_a_span_that_cannot_be_reported_is_refused(demo_work, group_id, span, code):
    with demo_work() as uow, pytest.raises(ValidationFailed) as refused:
        performance_of(uow, group_id, *span)
    assert refused.value.details[0]["code"] == code


def test_a_group_nobody_knows_is_not_found(demo_work):
    with demo_work() as uow, pytest.raises(NotFound):
        performance_of(uow, "grp_nobody")
