"""Calls on guarantees: for overdue debt, in order, divided by rule, paid to the lender once."""

from __future__ import annotations

from datetime import date

import pytest

from sanduq import demo
from sanduq.api import registry
from sanduq.events import service as outbox
from sanduq.kit.errors import Conflict, NotFound, Refusal, ValidationFailed
from sanduq.kit.money import Money, currency
from sanduq.kit.pages import PageRequest
from sanduq.ledger import service as ledger
from sanduq.ledger.model import Journal, credit, debit
from sanduq.microfinance.common_fund import postings
from sanduq.microfinance.common_fund import service as common_fund
from sanduq.microfinance.common_fund.service import NewFund
from sanduq.microfinance.groups import service as groups
from sanduq.microfinance.groups.guarantees import service as guarantees
from sanduq.microfinance.groups.members import service as members
from sanduq.microfinance.groups.model import ClaimOrder
from sanduq.microfinance.guarantee_calls import recourses, service
from sanduq.microfinance.guarantee_calls.checks import check_groups, check_guarantees
from sanduq.microfinance.guarantee_calls.errors import (
    CallOpenAlready,
    CallStateRefuses,
    FundPaysElsewhere,
    NobodyAnswers,
    NoSuchShare,
    RecourseClosed,
    RecourseInUse,
)
from sanduq.microfinance.guarantee_calls.model import COMMON_FUND, CallRule, CallStatus
from sanduq.microfinance.guarantee_calls.service import NewCall
from sanduq.microfinance.loans import repayments
from sanduq.microfinance.loans import service as loans
from sanduq.shariah.errors import ShariahViolation
from sanduq.shariah.facts import DebtorState
from tests.coherent import assert_coherent
from tests.make.common_fund import GIVEN, contributed
from tests.make.groups import a_group, a_group_loan, a_guarantee, given, usd
from tests.make.loans import payment

ALL = PageRequest(limit=100)
BADIA, CARIMA, DALAL = "cpty_badia", "cpty_carima", "cpty_dalal"


def rules_of(refusal):
    return sorted({detail["rule_id"] for detail in refusal.details})


def coherent(uow):
    """The books, and groups, guarantees and calls beside them."""
    assert_coherent(uow)
    assert [*check_groups(uow), *check_guarantees(uow)] == []


@pytest.fixture
def late(demo_work):
    """A group whose first member is late with 100.00, and three who answer for her."""
    with demo_work() as uow:
        group = a_group(uow)
        given(uow, group.group_id, (BADIA, 30_00), (CARIMA, 100_00), (DALAL, 100_00))
    return a_group_loan(demo_work, group.group_id, "cpty_amina")


def called(work, late, **changes):
    with work() as uow:
        return service.call(uow, late.group_id, NewCall(late.loan_id, "two months late", **changes))


def amounts(call):
    return {one.payer_id: one.amount_minor for one in call.shares}


def test_a_call_is_for_what_is_overdue_divided_equally_up_to_the_caps(demo_work, late):
    call = called(demo_work, late)
    # 100.00 of which 30.00 is all that the first answers for; the rest is shared equally
    assert amounts(call) == {BADIA: 30_00, CARIMA: 35_00, DALAL: 35_00}
    assert (call.overdue_minor, call.amount_minor, call.rule) == (100_00, 100_00, "equal")
    with demo_work() as uow:
        (taken,) = guarantees.load(uow, [call.shares[0].guarantee_id]).values()
        assert taken.room_minor == 0
        coherent(uow)
    with pytest.raises(CallOpenAlready):
        called(demo_work, late, amount=usd(1))


def test_a_call_in_proportion_to_caps(demo_work, late):
    # 100.00 by 30 : 100 : 100 is 13.04, 43.48, 43.48
    call = called(demo_work, late, rule=CallRule.PRO_RATA_TO_CAP)
    assert amounts(call) == {BADIA: 13_04, CARIMA: 43_48, DALAL: 43_48}


def test_a_part_may_be_called_and_never_more_than_is_overdue(demo_work, late):
    with pytest.raises(ShariahViolation) as refused:
        called(demo_work, late, amount=usd(100_01))
    assert rules_of(refused.value) == ["KFL-09"]
    assert called(demo_work, late, amount=usd(60_00)).amount_minor == 60_00


def test_nobody_is_called_before_the_debtor_is_late(demo_work, late):
    with demo_work() as uow:
        repayments.record_repayment(uow, payment(late.loan_id, 100_00))
    with pytest.raises(ShariahViolation) as refused:
        called(demo_work, late)
    assert rules_of(refused.value) == ["KFL-04"]


def test_more_than_all_caps_hold_is_refused_and_what_they_hold_is_called(demo_work):
    with demo_work() as uow:
        group = a_group(uow)
    loan = a_group_loan(demo_work, group.group_id, "cpty_amina")
    with pytest.raises(NobodyAnswers):
        called(demo_work, loan)
    with demo_work() as uow:
        given(uow, group.group_id, (BADIA, 30_00))
    with pytest.raises(ValidationFailed) as refused:
        called(demo_work, loan, amount=usd(40_00))
    assert refused.value.details[0]["code"] == "beyond_caps"
    assert amounts(called(demo_work, loan)) == {BADIA: 30_00}


def test_an_insolvent_guarantor_is_passed_over(demo_work, late):
    with demo_work() as uow:
        page = guarantees.list_guarantees(uow, late.group_id, {}, ALL)
        carimas = next(one for one in page.items if one.guarantor_id == CARIMA)
        guarantees.assess_guarantor(
            uow, late.group_id, carimas.guarantee_id, DebtorState.INSOLVENT, evidence="visit"
        )
    assert amounts(called(demo_work, late)) == {BADIA: 30_00, DALAL: 70_00}


def test_the_call_needs_authority(demo_work, late):
    with demo_work(demo.FINANCE) as uow, pytest.raises(Refusal) as refused:
        service.call(uow, late.group_id, NewCall(late.loan_id, "late"))
    assert refused.value.code == "FORBIDDEN"


def test_a_loan_of_another_group_is_not_called_here(demo_work, late):
    with demo_work() as uow:
        other = a_group(uow, ("cpty_e", "cpty_f"))
        with pytest.raises(ValidationFailed):
            service.call(uow, other.group_id, NewCall(late.loan_id, "late"))


def test_a_guarantor_pays_the_lender_once_and_the_debtor_owes_him_that_and_no_more(demo_work, late):
    call = called(demo_work, late)
    with demo_work() as uow:
        cash_before = ledger.list_balances(uow, ALL, code="1000", asset="USD/2").items[0]
        paid = service.pay_share(uow, call.call_id, BADIA, usd(30_00))
        assert (paid.call.status, paid.call.paid_minor) == (CallStatus.PART_PAID, 30_00)
        assert (paid.recourse.creditor_id, paid.recourse.debtor_id) == (BADIA, "cpty_amina")
        assert paid.recourse.amount_minor == 30_00
        (repayment,) = repayments.list_repayments(uow, late.loan_id)
        assert (repayment.method, repayment.reference) == ("guarantee", call.call_id)
        assert repayment.repayment_id == paid.repayment_id
        assert loans.get(uow, late.loan_id).balance.outstanding_minor == 1_170_00
        cash = ledger.list_balances(uow, ALL, code="1000", asset="USD/2").items[0]
        assert cash.normal.amount_minor - cash_before.normal.amount_minor == 30_00
        for payer in (CARIMA, DALAL):
            last = service.pay_share(uow, call.call_id, payer, usd(35_00))
        assert last.call.status is CallStatus.PAID
        coherent(uow)
        names = [e.type for e in outbox.list_events(
            uow, type_name=None, subject_id=call.call_id, request=ALL
        ).items]  # fmt: skip
        assert sorted(names) == [
            "microfinance.guarantee.called",
            *["microfinance.guarantee.paid"] * 3,
        ]


def test_a_payer_pays_no_more_than_his_share_and_no_more_than_is_still_overdue(demo_work, late):
    call = called(demo_work, late)
    with demo_work() as uow:
        with pytest.raises(ValidationFailed):
            service.pay_share(uow, call.call_id, BADIA, usd(30_01))
        with pytest.raises(ValidationFailed):
            service.pay_share(uow, call.call_id, BADIA, Money(100, currency("EUR")))
        with pytest.raises(NoSuchShare):
            service.pay_share(uow, call.call_id, "cpty_amina", usd(1))
        repayments.record_repayment(uow, payment(late.loan_id, 90_00))
        with pytest.raises(ShariahViolation) as refused:
            service.pay_share(uow, call.call_id, BADIA, usd(10_01))
        assert rules_of(refused.value) == ["KFL-09"]
        service.pay_share(uow, call.call_id, BADIA, usd(10_00))
        coherent(uow)


def test_a_guarantee_without_recourse_leaves_the_debtor_owing_nothing(demo_work):
    with demo_work() as uow:
        group = a_group(uow)
        guarantees.give(uow, group.group_id, a_guarantee(BADIA, 100_00, has_recourse=False))
    loan = a_group_loan(demo_work, group.group_id, "cpty_amina")
    call = called(demo_work, loan)
    with demo_work() as uow:
        assert service.pay_share(uow, call.call_id, BADIA, usd(100_00)).recourse is None
        assert recourses.list_recourses(uow, group.group_id, None, ALL).items == []


def test_a_cancelled_call_gives_back_what_of_the_caps_was_not_paid(demo_work, late):
    call = called(demo_work, late)
    with demo_work() as uow:
        service.pay_share(uow, call.call_id, CARIMA, usd(20_00))
        cancelled = service.cancel(uow, call.call_id, reason="the debtor is back")
        assert cancelled.status is CallStatus.CANCELLED
        caps = guarantees.load(uow, [one.guarantee_id for one in call.shares])
        left = {one.guarantor_id: one.room_minor for one in caps.values()}
        assert left == {BADIA: 30_00, CARIMA: 80_00, DALAL: 100_00}
        with pytest.raises(CallStateRefuses):
            service.pay_share(uow, call.call_id, BADIA, usd(1))
        coherent(uow)
    assert called(demo_work, late).overdue_minor == 80_00


def test_who_frees_the_debtor_frees_the_guarantors(demo_work, late):
    call = called(demo_work, late)
    with demo_work() as uow:
        (freed,) = service.discharge(uow, [late.loan_id], reason="forgiven")
        assert (freed.call_id, freed.status) == (call.call_id, CallStatus.CANCELLED)
        assert service.discharge(uow, [late.loan_id], reason="forgiven") == []


def test_what_is_recovered_never_exceeds_what_was_paid(demo_work, late):
    call = called(demo_work, late)
    with demo_work() as uow:
        recourse = service.pay_share(uow, call.call_id, BADIA, usd(30_00)).recourse
        recourses.recover(uow, recourse.recourse_id, usd(10_00))
        for amount, charge in ((usd(20_01), 0), (usd(5_00), 1)):
            with pytest.raises(ShariahViolation) as refused:
                recourses.recover(uow, recourse.recourse_id, amount, charge_minor=charge)
            assert rules_of(refused.value) == ["KFL-06"]
        with pytest.raises(ValidationFailed):
            recourses.recover(uow, recourse.recourse_id, usd(1), on=date(2024, 2, 1))
        whole = recourses.recover(uow, recourse.recourse_id, usd(20_00), note="after harvest")
        assert (whole.status, whole.left) == ("RECOVERED", usd(0))
        assert len(recourses.get_recourse(uow, recourse.recourse_id).recoveries) == 2
        with pytest.raises(RecourseClosed):
            recourses.recover(uow, recourse.recourse_id, usd(1))
        coherent(uow)


def test_a_repayment_taken_back_takes_the_payment_on_the_call_back(demo_work, late):
    registry.wire()
    call = called(demo_work, late)
    with demo_work() as uow:
        paid = service.pay_share(uow, call.call_id, CARIMA, usd(35_00))
    with demo_work(demo.CHECKER) as uow:
        repayments.reverse(uow, late.loan_id, paid.repayment_id, reason="false note")
        after = service.get(uow, call.call_id)
        assert (after.status, after.paid_minor) == (CallStatus.OPEN, 0)
        assert recourses.get_recourse(uow, paid.recourse.recourse_id).status == "CANCELLED"
        coherent(uow)


def test_a_payment_the_debtor_gave_back_in_part_cannot_be_taken_back(demo_work, late):
    call = called(demo_work, late)
    with demo_work() as uow:
        paid = service.pay_share(uow, call.call_id, CARIMA, usd(35_00))
        recourses.recover(uow, paid.recourse.recourse_id, usd(1_00))
        event = outbox.Event(
            "microfinance.repayment.reversed", late.loan_id,
            {"id": "rep_x", "reverses": paid.repayment_id},
        )  # fmt: skip
        with pytest.raises(RecourseInUse):
            recourses.follow_reversals(uow, [event])


def fund_with(uow, group_id, amount_minor):
    """Money of the members in their purse: cash and gifts of its own fund."""
    groups.change_group(uow, group_id, lambda _: {"contribution_minor": 10_00})
    fund = common_fund.open_fund(uow, group_id, NewFund(GIVEN))
    contributed(uow, fund, (DALAL, amount_minor))
    return postings.cash(fund.asset, group_id), postings.gifts(fund.asset, group_id)


def test_the_common_fund_is_asked_before_the_members(demo_work, late):
    with demo_work() as uow:
        cash, purse = fund_with(uow, late.group_id, 60_00)
    with pytest.raises(ShariahViolation) as refused:
        called(demo_work, late, rule=CallRule.EQUAL)
    assert rules_of(refused.value) == ["KFL-04"]
    call = called(demo_work, late)
    # 60.00 from the purse, and 40.00 equally: 13.33 each, the odd cent to the first by id
    assert amounts(call) == {COMMON_FUND: 60_00, BADIA: 13_34, CARIMA: 13_33, DALAL: 13_33}
    with demo_work() as uow:
        with pytest.raises(FundPaysElsewhere):
            service.pay(uow, call.call_id, COMMON_FUND, usd(60_00))
        spent = Journal(
            "jrn_spent", "common_fund.paid", uow.today,
            (debit(purse, 60_00), credit(cash, 60_00)),
        )  # fmt: skip
        paid = service.pay_share(uow, call.call_id, COMMON_FUND, usd(60_00), cash_entries=[spent])
        assert paid.recourse is None
        group = groups.get_group(uow, late.group_id)
        assert service.fund_minor(uow, group) == 0
        assert [*check_groups(uow), *check_guarantees(uow)] == []


def test_a_group_whose_purse_does_not_cover_default_goes_to_the_members(demo_work, late):
    with demo_work() as uow:
        fund_with(uow, late.group_id, 60_00)
        groups.change_group(
            uow, late.group_id, lambda _: {"claim_order": ClaimOrder.DEBTOR_MEMBERS}
        )
    assert amounts(called(demo_work, late)) == {BADIA: 30_00, CARIMA: 35_00, DALAL: 35_00}


def test_a_group_with_an_open_call_is_not_closed(demo_work, late):
    call = called(demo_work, late)
    with demo_work(demo.CHECKER) as uow, pytest.raises(Conflict) as refused:
        groups.close(uow, late.group_id, reason="over")
    assert {d["message"] for d in refused.value.details} == {call.call_id, late.loan_id}


def test_a_loan_after_a_withdrawal_is_not_answered_for(demo_work):
    with demo_work() as uow:
        group = a_group(uow)
        (one,) = given(uow, group.group_id, (BADIA, 100_00))
        guarantees.withdraw(uow, group.group_id, one.guarantee_id, reason="no")
    loan = a_group_loan(demo_work, group.group_id, "cpty_amina")
    with pytest.raises(NobodyAnswers):
        called(demo_work, loan)
    with demo_work() as uow:
        members.leave(uow, group.group_id, BADIA, reason="moved")
        with pytest.raises(NotFound):
            guarantees.get(uow, group.group_id, "kfl_none")
