"""A group's performance by member and by cycle, from its own facts."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from sanduq import demo
from sanduq.microfinance.collection import service as collections
from sanduq.microfinance.groups.performance.model_parts import Giving, Standing
from sanduq.microfinance.groups.performance.service import parts_of, performance_of
from sanduq.microfinance.guarantee_calls import service as calls
from sanduq.microfinance.guarantee_calls.service import NewCall
from sanduq.microfinance.loans import repayments
from tests.coherent import assert_coherent
from tests.make.collection import a_circle, a_row, a_sheet
from tests.make.groups import PEOPLE, a_group, a_group_loan, given, usd
from tests.make.loans import payment

AMINA, BADIA, CARIMA, DALAL = PEOPLE
BEGIN = date(2023, 12, 1)
TODAY = demo.NOW.date()


@pytest.fixture(autouse=True)
def _books_recompute(demo_work):
    yield
    with demo_work() as uow:
        assert_coherent(uow)


@pytest.fixture
def group_id(demo_work):
    with demo_work() as uow:
        group = a_group(uow)
        given(uow, group.group_id, (BADIA, 900_00), (CARIMA, 900_00), (DALAL, 900_00))
    return group.group_id


def of(work, group_id):
    with work() as uow:
        return parts_of(uow, group_id, BEGIN, TODAY)


def test_members_and_cycles_say_who_repays_and_which_loan_it_is(demo_work, group_id):
    first = a_group_loan(demo_work, group_id, AMINA, 120_000)
    with demo_work() as uow:
        repayments.record_repayment(uow, payment(first.loan_id, 1_200_00))
    a_group_loan(demo_work, group_id, AMINA, 60_000)
    a_group_loan(demo_work, group_id, BADIA, 24_000)
    found = of(demo_work, group_id)
    # Each first part fell due on 1 January: 100, 50 and 20; the 100 were paid on the 15th.
    assert [one.party_id for one in found.members] == list(PEOPLE)
    amina, badia, carima, _ = found.members
    assert (amina.repaying.loans, amina.repaying.due_minor) == (2, 150_00)
    assert (amina.repaying.on_time_minor, amina.repaying.late_minor) == (0, 100_00)
    assert amina.repaying.cumulative_rate.percent == Decimal("66.67")  # 100 ÷ 150
    assert badia.repaying.called_paid_minor == 0
    assert carima.repaying.loans == 0
    assert [(one.cycle, one.repaying.loans, one.repaying.lent_minor) for one in found.cycles] == [
        (1, 2, 1_440_00),
        (2, 1, 600_00),
    ]
    # 600 and 240 are out, both fourteen days late: at risk after one day, not after thirty.
    assert [(days, minor) for days, minor, _ in found.whole.par] == [
        (1, 840_00), (30, 0), (90, 0),
    ]  # fmt: skip
    assert found.whole.overdue_minor == 70_00


def test_who_was_called_for_and_who_paid_stand_with_their_names(demo_work, group_id):
    loan = a_group_loan(demo_work, group_id, AMINA, 120_000)
    with demo_work() as uow:
        made = calls.call(uow, group_id, NewCall(loan.loan_id, "late"))
        calls.pay_share(uow, made.call_id, BADIA, usd(30_00))
    amina, badia, *_ = of(demo_work, group_id).members
    assert amina.standing == Standing(called_for_minor=100_00)
    assert badia.standing == Standing(paid_minor=30_00)


def test_attendance_and_contributions_are_counted_for_each(demo_work):
    circle = a_circle(demo_work)
    rows = [a_row(AMINA, contribution=50), a_row(BADIA)]
    with demo_work() as uow:
        collections.collect(uow, [a_sheet(circle, rows, 50)])
        total = performance_of(uow, circle.group_id, BEGIN, TODAY)
        found = parts_of(uow, circle.group_id, BEGIN, TODAY)
    amina, badia, carima, _ = found.members
    assert (amina.attending.attended, badia.attending.attended) == (1, 1)
    assert (carima.attending.expected, carima.attending.attended) == (1, 0)
    assert (amina.giving, badia.giving) == (Giving(50_00, 50_00), Giving(50_00, 0))
    assert (total.contributions_due_minor, total.contributions_minor) == (200_00, 50_00)
    assert total.expected == sum(one.attending.expected for one in found.members)


def test_a_span_in_which_nothing_was_lent_has_members_and_no_cycles(demo_work, group_id):
    found = of(demo_work, group_id)
    assert (len(found.members), found.cycles) == (4, ())
    assert found.whole.on_time_rate.reason == "no_base"
    assert all(one.giving is None for one in found.members)
