"""After a disaster the payments of many loans rest in one act, and no debt grows (DEF-19).

The clock stands at 15 January 2024. The loan of most tests: 1,200 without fee in twelve monthly
instalments of 100 from 1 January 2024 on, so that one is overdue and the next is 1 February's.
"""

from __future__ import annotations

from datetime import date

import pytest

from sanduq import demo
from sanduq.access import service as access
from sanduq.access.errors import NoAuthority
from sanduq.api import registry
from sanduq.events import service as outbox
from sanduq.kit.errors import NotFound, ValidationFailed
from sanduq.kit.pages import PageRequest
from sanduq.microfinance.loans import repayments, service
from sanduq.microfinance.loans.hardship import holidays
from sanduq.microfinance.loans.hardship import service as hardship
from sanduq.microfinance.loans.hardship.model_holidays import NewHoliday
from sanduq.microfinance.loans.model import LoanStatus
from sanduq.obligations import service as obligations
from sanduq.shariah import service as shariah
from tests.coherent import assert_coherent
from tests.make.counting import CountedDatabase, statements
from tests.make.groups import a_group, a_group_loan
from tests.make.hardship import classed
from tests.make.ijarah import Lessor
from tests.make.loans import asked, disbursed, payment
from tests.make.murabaha import Trader
from tests.make.programs import active_program, clients, people

FLOOD = {"event": "flood of January", "reason": "fields under water", "document": "decree 12"}


@pytest.fixture(autouse=True)
def books_are_coherent(demo_work):
    registry.wire()
    yield
    with demo_work() as uow:
        assert_coherent(uow)


@pytest.fixture
def group_loans(demo_work):
    """Two loans of one group."""
    with demo_work() as uow:
        group = a_group(uow)
    return [
        a_group_loan(demo_work, group.group_id, party_id)
        for party_id in ("cpty_amina", "cpty_badia")
    ]


def given(demo_work, user=demo.MAKER, **changes):
    with demo_work(user) as uow:
        return holidays.give(uow, NewHoliday(**FLOOD, **changes))


def due_days(demo_work, loan_id):
    with demo_work() as uow:
        debt = obligations.get(uow, service.get(uow, loan_id).contract_id).debt
        return list(debt.schedule.due_on)


def test_every_loan_of_a_group_rests_and_owes_what_it_owed(demo_work, group_loans):
    first, second = group_loans
    holiday, results = given(demo_work, group_id=first.group_id, months=3)
    assert (holiday.given_count, holiday.refused_count) == (2, 0)
    assert {(one.from_due_on, one.to_due_on) for one in results} == {
        (date(2024, 2, 1), date(2024, 5, 1))
    }
    for loan in (first, second):
        days = due_days(demo_work, loan.loan_id)
        # What was overdue stays due; the eleven others follow from May on.
        assert (days[0], days[1], days[-1]) == (
            date(2024, 1, 1),
            date(2024, 5, 1),
            date(2025, 3, 1),
        )
        with demo_work() as uow:
            found = service.get(uow, loan.loan_id)
        assert found.balance is not None
        assert (found.balance.outstanding_minor, found.total_repayable.amount_minor) == (
            120_000,
            120_000,
        )
        assert found.version > loan.version


def test_payments_rest_until_a_day_and_come_on_their_own_days_after(demo_work, group_loans):
    _, results = given(demo_work, group_id=group_loans[0].group_id, until_on=date(2024, 4, 15))
    assert {one.to_due_on for one in results} == {date(2024, 5, 1)}


def test_what_was_paid_ahead_needs_no_rest(demo_work, group_loans):
    first, second = group_loans
    with demo_work() as uow:
        repayments.record_repayment(uow, payment(first.loan_id, 300_00))
    _, results = given(demo_work, group_id=first.group_id, months=1)
    moved = {one.loan_id: one.from_due_on for one in results}
    assert moved == {first.loan_id: date(2024, 4, 1), second.loan_id: date(2024, 2, 1)}


def test_a_loan_that_cannot_move_is_named_and_stays_as_it_is(demo_work, group_loans):
    first, second = group_loans
    with demo_work() as uow:
        repayments.record_repayment(uow, payment(first.loan_id, 1_100_00))
    holiday, results = given(demo_work, group_id=first.group_id, until_on=date(2024, 3, 1))
    assert (holiday.given_count, holiday.refused_count) == (1, 1)
    refused = {one.loan_id: one.code for one in results if not one.is_given}
    assert refused == {first.loan_id: "NOTHING_TO_RESCHEDULE"}
    assert due_days(demo_work, first.loan_id)[-1] == date(2024, 12, 1)
    assert due_days(demo_work, second.loan_id)[1] == date(2024, 3, 1)
    with demo_work() as uow:
        assert holidays.get(uow, holiday.holiday_id) == (holiday, sorted_by_id(results))


def sorted_by_id(results):
    return sorted(results, key=lambda one: one.loan_id)


def owed(demo_work, loan_id):
    with demo_work() as uow:
        balance = service.get(uow, loan_id).balance
    assert balance is not None
    return balance.outstanding_minor, balance.schedule_version


def test_a_program_rests_and_then_its_branch_with_whatever_was_sold_there(demo_work):
    program = active_program(demo_work)
    (member,) = people(demo_work, 1, None, "rest")
    (loan_id,) = clients(demo_work, program.program_id, [member], on=date(2023, 12, 5))
    goods = Trader(demo_work).sold()
    minor, _ = owed(demo_work, goods)
    _, results = given(demo_work, program_id=program.program_id, months=2)
    assert [one.loan_id for one in results] == [loan_id]
    _, results = given(demo_work, branch_id="brn_main", months=1)
    assert {one.loan_id for one in results if one.is_given} == {loan_id, goods}
    assert owed(demo_work, goods) == (minor, 2)


def test_rents_rest_and_are_no_less(demo_work):
    lessor = Lessor(demo_work)
    lease = lessor.delivered()
    minor, _ = owed(demo_work, lease)
    given(demo_work, branch_id="brn_main", months=1)
    assert owed(demo_work, lease) == (minor, 2)


def test_loans_that_are_over_or_not_paid_out_are_left_alone(demo_work, group_loans):
    first, second = group_loans
    with demo_work() as uow:
        repayments.record_repayment(uow, payment(first.loan_id, 1_200_00))
    _, results = given(demo_work, group_id=first.group_id, months=1)
    assert [one.loan_id for one in results] == [second.loan_id]


def test_each_loan_is_told_and_its_rules_are_on_record(demo_work, group_loans):
    first = group_loans[0]
    holiday, _ = given(demo_work, group_id=first.group_id, months=1)
    with demo_work() as uow:
        page = PageRequest(limit=100)
        told = outbox.list_events(uow, type_name=None, subject_id=first.loan_id, request=page)
        once = outbox.list_events(uow, type_name=None, subject_id=holiday.holiday_id, request=page)
        kept = shariah.list_evaluations(uow, page, subject_id=first.loan_id).items
    assert told.items[0].type == "microfinance.loan.rescheduled"
    assert [one.type for one in once.items] == ["microfinance.holiday.given"]
    found = {one.rule_id for one in kept if one.action == "holiday"}
    assert {"DEF-02", "DEF-09", "DEF-19", "GEN-20"} <= found


def test_default_after_a_disaster_without_a_holiday_is_on_record(demo_work):
    """DEF-19 warns: force majeure befell the borrower, and no holiday was given."""
    rested = disbursed(demo_work, asked(grace_months=0), on=date(2023, 12, 5))
    given(demo_work, branch_id="brn_main", months=1)
    without = disbursed(demo_work, asked(instalments=1, grace_months=0), on=date(2023, 12, 5))
    given(demo_work, branch_id="brn_main", months=1)  # all of it is overdue: nothing to move
    warned = {}
    for loan in (rested, without):
        classed(demo_work, loan.loan_id)
        with demo_work(demo.CHECKER) as uow:
            changed = hardship.default(uow, loan.loan_id, reason="no income")
            assert changed.status is LoanStatus.DEFAULTED
            found = shariah.list_evaluations(uow, PageRequest(limit=100), subject_id=loan.loan_id)
        warned[loan.loan_id] = [
            one.has_passed for one in found.items
            if one.action == "default" and one.rule_id == "DEF-19"
        ]  # fmt: skip
    assert warned == {rested.loan_id: [True], without.loan_id: [False]}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"months": 1}, "branch_id"),
        ({"branch_id": "brn_main"}, "months"),
        ({"branch_id": "brn_main", "months": 1, "until_on": date(2024, 5, 1)}, "months"),
        ({"branch_id": "brn_main", "until_on": date(2024, 1, 15)}, "until"),
        ({"branch_id": "brn_main", "until_on": date(2026, 1, 16)}, "until"),
    ],
)
def test_a_holiday_says_whom_it_befell_and_how_long(demo_work, changes, field):
    with pytest.raises(ValidationFailed) as refused:
        given(demo_work, **changes)
    assert refused.value.details[0]["field"] == field


@pytest.mark.parametrize(
    "whom",
    [{"branch_id": "brn_no"}, {"group_id": "grp_no"}, {"program_id": "prg_no"},
     {"group_id": "grp_village_003"}],
)  # fmt: skip
def test_a_holiday_for_nobody_is_refused(demo_work, whom):
    with pytest.raises(NotFound):
        given(demo_work, **whom, months=1)


def test_who_may_not_reschedule_gives_no_holiday(demo_work, group_loans):
    with pytest.raises(NoAuthority):
        given(demo_work, demo.SHARIAH, group_id=group_loans[0].group_id, months=1)
    assert due_days(demo_work, group_loans[0].loan_id)[1] == date(2024, 2, 1)


def test_a_holiday_takes_as_many_statements_for_two_loans_as_for_five(demo_work, demo_url):
    with demo_work() as uow:
        groups = [
            a_group(uow, tuple(f"cpty_{name}_{number}" for number in range(size))).group_id
            for name, size in (("few", 2), ("many", 5))
        ]
    for group_id, name, size in zip(groups, ("few", "many"), (2, 5), strict=True):
        for number in range(size):
            a_group_loan(demo_work, group_id, f"cpty_{name}_{number}")
    with CountedDatabase(demo_url) as database:

        def give(group_id):
            with access.work_as(database, demo.INSTITUTION, demo.MAKER, "req_count") as uow:
                holidays.give(uow, NewHoliday(**FLOOD, group_id=group_id, months=1))

        counts = [statements(lambda one=one: give(one)) for one in groups]
    assert counts[0] == counts[1]
