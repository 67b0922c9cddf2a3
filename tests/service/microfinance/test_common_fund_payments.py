"""Money leaves a group's purse for what its by-laws name, when two of its officers signed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sanduq import demo
from sanduq.api import registry
from sanduq.kit.errors import FundsInsufficient, NotFound, Refusal, ValidationFailed
from sanduq.kit.pages import PageRequest
from sanduq.microfinance.common_fund import payments, service, statements
from sanduq.microfinance.common_fund.errors import (
    FundChangedMeanwhile,
    FundIsClosed,
    FundPaymentChangedMeanwhile,
    FundPaymentPending,
    FundPaymentStateRefuses,
    NotAnOfficer,
    SignedAlready,
    StillAMember,
)
from sanduq.microfinance.common_fund.model import (
    ContributionKind,
    FundStatus,
    Nature,
    PaymentStatus,
    SurplusMode,
    Use,
)
from sanduq.microfinance.groups import service as groups
from sanduq.microfinance.groups.members import service as members
from sanduq.microfinance.groups.members.model import Role
from sanduq.microfinance.groups.model import ClaimOrder
from sanduq.microfinance.guarantee_calls import recourses
from sanduq.microfinance.guarantee_calls import service as calls
from sanduq.microfinance.guarantee_calls.errors import FundPaysElsewhere, NoSuchShare
from sanduq.microfinance.guarantee_calls.model import COMMON_FUND
from sanduq.microfinance.guarantee_calls.service import NewCall
from sanduq.microfinance.loans import repayments
from sanduq.microfinance.loans import service as loans
from sanduq.parties import service as parties
from sanduq.parties.model import NewParty, PartyKind
from sanduq.shariah.errors import ShariahViolation
from tests.coherent import assert_coherent
from tests.make.common_fund import (
    AMINA,
    BADIA,
    CARIMA,
    DALAL,
    GIVEN,
    OWNED,
    a_fund,
    asked,
    cash_minor,
    contributed,
    paid,
    sign,
)
from tests.make.groups import a_group_loan, given, usd
from tests.make.institution import a_borrower
from tests.make.loans import payment as repaid

ALL = PageRequest(limit=100)


def rules_of(refused):
    return sorted({detail["rule_id"] for detail in refused.value.details})


@pytest.fixture(autouse=True)
def wired():
    registry.wire()


@pytest.fixture
def fund(demo_work):
    """Gifts of 100.00; the chair, the treasurer and the secretary are members."""
    with demo_work() as uow:
        fund = a_fund(uow)
        contributed(uow, fund, (AMINA, 60_00), (DALAL, 40_00))
    return fund


@pytest.fixture
def deposits(demo_work):
    """Deposits of 60.00 and 40.00."""
    with demo_work() as uow:
        fund = a_fund(uow, OWNED)
        contributed(uow, fund, (AMINA, 60_00), (DALAL, 40_00))
    return fund


@pytest.fixture
def outside(demo_work):
    """Somebody who is in no group."""
    with demo_work() as uow:
        return a_borrower(uow, "cpty_poor")


def test_the_second_officers_signature_pays(demo_work, fund):
    with demo_work() as uow:
        payment = asked(uow, fund, Use.HELP, amount=usd(30_00), beneficiary_id=DALAL)
        assert (payment.status, payment.nature) == (PaymentStatus.ASKED, Nature.GIFT)
    with demo_work(demo.CHECKER) as uow:
        once = sign(uow, payment, AMINA)
        assert (once.status, cash_minor(uow, fund)) == (PaymentStatus.ASKED, 100_00)
        with pytest.raises(SignedAlready):
            sign(uow, payment, AMINA)
        twice = sign(uow, payment, BADIA)
        assert (twice.status, cash_minor(uow, fund)) == (PaymentStatus.PAID, 70_00)
        assert [one.role for one in twice.signatures] == [Role.CHAIR, Role.TREASURER]
        assert payments.get(uow, fund.group_id, payment.payment_id) == twice
        with pytest.raises(FundPaymentStateRefuses):
            sign(uow, payment, CARIMA)
        with pytest.raises(FundPaymentStateRefuses):
            payments.cancel(uow, fund.group_id, payment.payment_id, reason="x")
        assert_coherent(uow)


def test_only_officers_of_the_group_sign_and_only_who_holds_office_on_the_day(demo_work, fund):
    with demo_work() as uow:
        payment = asked(uow, fund, Use.HELP, amount=usd(30_00), beneficiary_id=DALAL)
    with demo_work(demo.CHECKER) as uow:
        for stranger in (DALAL, "cpty_borrower_001"):
            with pytest.raises(NotAnOfficer):
                sign(uow, payment, stranger)
        sign(uow, payment, AMINA)
        members.set_role(uow, fund.group_id, AMINA, Role.MEMBER)
    with pytest.raises(ShariahViolation) as refused, demo_work(demo.CHECKER) as uow:
        sign(uow, payment, BADIA)
    assert rules_of(refused) == ["CMF-09"]
    with demo_work() as uow:
        assert cash_minor(uow, fund) == 100_00
        left = payments.get(uow, fund.group_id, payment.payment_id)
        assert [one.officer_id for one in left.signatures] == [AMINA]


def test_nobody_signs_for_a_payment_to_himself(demo_work, fund):
    with pytest.raises(ShariahViolation) as refused:
        paid(demo_work, fund, Use.HELP, (AMINA, BADIA), amount=usd(1), beneficiary_id=AMINA)
    assert rules_of(refused) == ["CMF-09"]


def test_signatures_are_recorded_by_who_may(demo_work, fund):
    with demo_work() as uow:
        payment = asked(uow, fund, Use.HELP, amount=usd(30_00), beneficiary_id=DALAL)
        with pytest.raises(Refusal) as refused:
            sign(uow, payment, AMINA)
    assert refused.value.code == "FORBIDDEN"


def test_a_fund_never_pays_more_than_it_holds(demo_work, fund):
    with pytest.raises(FundsInsufficient):
        paid(demo_work, fund, Use.HELP, amount=usd(100_01), beneficiary_id=DALAL)
    with demo_work() as uow:
        assert cash_minor(uow, fund) == 100_00
        assert_coherent(uow)


def test_a_use_the_by_laws_do_not_name_is_refused(demo_work):
    with demo_work() as uow:
        fund = a_fund(uow, uses=frozenset({"costs"}), cover_nature=None)
        with pytest.raises(ShariahViolation) as refused:
            asked(uow, fund, Use.HELP, amount=usd(1), beneficiary_id=DALAL)
        assert rules_of(refused) == ["CMF-04"]


def test_nothing_goes_to_the_institutions_people(demo_work, fund):
    with demo_work() as uow:
        officer = NewParty(
            PartyKind.PERSON, "Salma", "cpty_salma", metadata={"staff_user_id": demo.FINANCE}
        )
        parties.create_parties(uow, [officer])
        with pytest.raises(ShariahViolation) as refused:
            asked(uow, fund, Use.COSTS, amount=usd(1), beneficiary_id="cpty_salma")
        assert rules_of(refused) == ["CMF-02"]


def test_a_payment_names_what_its_use_needs_and_nothing_else(demo_work, fund):
    wrong = [
        (Use.HELP, {"amount": usd(1)}, "beneficiary_id"),
        (Use.HELP, {"beneficiary_id": DALAL}, "amount"),
        (Use.HELP, {"amount": usd(1), "beneficiary_id": DALAL, "nature": Nature.QARD}, "nature"),
        (Use.COVER_CALL, {"amount": usd(1)}, "call_id"),
        (Use.SURPLUS, {"amount": usd(1)}, "mode"),
        (Use.SURPLUS, {"amount": usd(1), "mode": SurplusMode.RESERVES}, "mode"),
        (Use.REPAY_LOAN, {}, "fund_loan_id"),
        (Use.WINDING_UP, {}, "beneficiary_id"),
        (Use.COSTS, {"amount": usd(1), "beneficiary_id": DALAL, "call_id": "gcl_1"}, "call_id"),
        (Use.WINDING_UP, {"amount": usd(1), "beneficiary_id": DALAL}, "amount"),
    ]
    with demo_work() as uow:
        for use, what, field in wrong:
            with pytest.raises(ValidationFailed) as refused:
                asked(uow, fund, use, **what)
            assert refused.value.details[0]["field"] == field, (use, what)
        with pytest.raises(NotFound):
            asked(uow, fund, Use.HELP, amount=usd(1), beneficiary_id="cpty_nobody")
        with pytest.raises(NotFound):
            asked(uow, fund, Use.REPAY_LOAN, fund_loan_id="cfl_none")


def test_a_payment_nobody_wants_any_more_is_cancelled(demo_work, fund):
    with demo_work() as uow:
        payment = asked(uow, fund, Use.COSTS, amount=usd(1), beneficiary_id=DALAL)
        with pytest.raises(FundPaymentChangedMeanwhile):
            payments.cancel(uow, fund.group_id, payment.payment_id, reason="x", if_match='"v7"')
        gone = payments.cancel(uow, fund.group_id, payment.payment_id, reason="x")
        assert (gone.status, gone.cancel_reason) == (PaymentStatus.CANCELLED, "x")
        listed = payments.list_payments(uow, fund.group_id, PaymentStatus.CANCELLED, ALL).items
        assert listed == [gone]
        assert payments.list_payments(uow, fund.group_id, PaymentStatus.ASKED, ALL).items == []


def test_a_leaver_of_a_gift_fund_gets_what_the_by_laws_give_back(demo_work, fund):
    with demo_work() as uow, pytest.raises(StillAMember):
        asked(uow, fund, Use.RETURN_ON_LEAVING, beneficiary_id=DALAL)
    with demo_work() as uow:
        members.leave(uow, fund.group_id, DALAL, reason="moved")
        with pytest.raises(ShariahViolation) as refused:
            asked(uow, fund, Use.RETURN_ON_LEAVING, amount=usd(40_00), beneficiary_id=DALAL)
        assert rules_of(refused) == ["CMF-07"]
    payment = paid(demo_work, fund, Use.RETURN_ON_LEAVING, beneficiary_id=DALAL)
    assert payment.amount == usd(20_00)  # half of 40.00
    with demo_work() as uow, pytest.raises(ValidationFailed):
        asked(uow, fund, Use.RETURN_ON_LEAVING, beneficiary_id=DALAL)


def test_an_owner_who_leaves_takes_all_that_is_his(demo_work, deposits):
    with demo_work() as uow:
        members.leave(uow, deposits.group_id, DALAL, reason="moved")
        with pytest.raises(ShariahViolation) as refused:
            asked(uow, deposits, Use.RETURN_ON_LEAVING, amount=usd(39_99), beneficiary_id=DALAL)
        assert rules_of(refused) == ["CMF-07"]
        first = asked(uow, deposits, Use.RETURN_ON_LEAVING, beneficiary_id=DALAL)
        second = asked(uow, deposits, Use.RETURN_ON_LEAVING, beneficiary_id=DALAL)
    with demo_work(demo.CHECKER) as uow:
        sign(uow, first, AMINA)
        assert sign(uow, first, BADIA).amount == usd(40_00)
        sign(uow, second, AMINA)
    with demo_work(demo.CHECKER) as uow, pytest.raises(ShariahViolation):
        sign(uow, second, BADIA)
    with demo_work() as uow:
        held = statements.view(uow, deposits.group_id).holdings
        assert (held.cash_minor, held.owned_minor) == (60_00, {AMINA: 60_00})
        assert_coherent(uow)


def test_a_surplus_goes_back_by_what_members_gave(demo_work, fund):
    with demo_work() as uow, pytest.raises(ShariahViolation) as refused:
        asked(uow, fund, Use.SURPLUS, amount=usd(100_01), mode=SurplusMode.RETURN_TO_MEMBERS)
    assert rules_of(refused) == ["CMF-06"]
    payment = paid(
        demo_work, fund, Use.SURPLUS, amount=usd(50_00), mode=SurplusMode.RETURN_TO_MEMBERS
    )
    assert payment.shares == ((AMINA, 30_00), (DALAL, 20_00))
    with demo_work() as uow:
        assert cash_minor(uow, fund) == 50_00
        lines = statements.statement(uow, fund.group_id, DALAL).lines
        assert [one.amount_minor for one in lines] == [40_00, -20_00]
        assert_coherent(uow)


def test_when_a_gift_fund_is_wound_up_the_rest_goes_to_charity_and_to_no_member(
    demo_work, fund, outside
):
    with demo_work() as uow:
        with pytest.raises(ShariahViolation) as refused:
            asked(uow, fund, Use.WINDING_UP, beneficiary_id=DALAL)
        assert rules_of(refused) == ["CMF-06"]
        other = asked(uow, fund, Use.COSTS, amount=usd(1), beneficiary_id=DALAL)
        with pytest.raises(FundPaymentPending):
            asked(uow, fund, Use.WINDING_UP, beneficiary_id=outside)
        payments.cancel(uow, fund.group_id, other.payment_id, reason="x")
    assert paid(demo_work, fund, Use.WINDING_UP, beneficiary_id=outside).amount == usd(100_00)
    with demo_work() as uow:
        assert service.get_fund(uow, fund.group_id).status is FundStatus.CLOSED
        assert cash_minor(uow, fund) == 0
        with pytest.raises(FundIsClosed):
            asked(uow, fund, Use.COSTS, amount=usd(1), beneficiary_id=outside)
        assert_coherent(uow)


def test_a_winding_up_that_is_no_longer_the_whole_is_asked_for_anew(demo_work, fund, outside):
    with demo_work() as uow:
        payment = asked(uow, fund, Use.WINDING_UP, beneficiary_id=outside)
        contributed(uow, fund, (AMINA, 1))
    with demo_work(demo.CHECKER) as uow:
        sign(uow, payment, AMINA)
        with pytest.raises(FundChangedMeanwhile):
            sign(uow, payment, BADIA)


def test_winding_up_deposits_returns_each_owner_his_own(demo_work, deposits):
    payment = paid(demo_work, deposits, Use.WINDING_UP)
    assert payment.shares == ((AMINA, 60_00), (DALAL, 40_00))
    with demo_work() as uow:
        held = statements.view(uow, deposits.group_id).holdings
        assert (held.cash_minor, held.owned_minor) == (0, {})
        assert_coherent(uow)


@pytest.fixture
def late(demo_work, fund):
    """A loan of 100.00 overdue; of two who answer for it each up to 100.00."""
    with demo_work() as uow:
        given(uow, fund.group_id, (BADIA, 100_00), (CARIMA, 100_00))
    return a_group_loan(demo_work, fund.group_id, DALAL)


def called(work, loan, **changes):
    with work() as uow:
        return calls.call(uow, loan.group_id, NewCall(loan.loan_id, "late", **changes))


def test_a_call_asks_the_fund_first_and_its_officers_sign_before_it_pays(demo_work, fund, late):
    call = called(demo_work, late)
    assert [(one.payer_id, one.amount_minor) for one in call.shares] == [(COMMON_FUND, 100_00)]
    with demo_work() as uow, pytest.raises(FundPaysElsewhere) as refused:
        calls.pay(uow, call.call_id, COMMON_FUND, usd(100_00))
    assert refused.value.details[0]["rule_id"] == "CMF-09"
    payment = paid(demo_work, fund, Use.COVER_CALL, call_id=call.call_id)
    assert (payment.amount, payment.beneficiary_id, payment.nature) == (
        usd(100_00), DALAL, Nature.QARD,
    )  # fmt: skip
    with demo_work() as uow:
        assert loans.get(uow, late.loan_id).balance.outstanding_minor == 1_100_00
        assert calls.get(uow, call.call_id).status == "PAID"
        assert cash_minor(uow, fund) == 0
        (debt,) = recourses.list_recourses(uow, fund.group_id, None, ALL).items
        assert (debt.creditor_id, debt.amount_minor) == (COMMON_FUND, 100_00)
        assert_coherent(uow)
        recourses.recover(uow, debt.recourse_id, usd(25_00))
        assert cash_minor(uow, fund) == 25_00
        (recovery, *_) = service.list_contributions(uow, fund.group_id, DALAL, ALL).items
        assert (recovery.kind, recovery.amount) == (ContributionKind.RECOVERY, usd(25_00))
        # what is given back is no contribution
        due = statements.statement(uow, fund.group_id, DALAL).due
        assert due.paid_minor == 40_00
        assert_coherent(uow)


def test_a_cover_that_is_a_gift_leaves_the_debtor_owing_nothing(demo_work):
    with demo_work() as uow:
        fund = a_fund(uow, replace(GIVEN, cover_nature="gift"))
        contributed(uow, fund, (AMINA, 60_00))
        given(uow, fund.group_id, (BADIA, 100_00))
    call = called(demo_work, a_group_loan(demo_work, fund.group_id, DALAL))
    paid(demo_work, fund, Use.COVER_CALL, call_id=call.call_id)
    with demo_work() as uow:
        assert recourses.list_recourses(uow, fund.group_id, None, ALL).items == []
        assert calls.get(uow, call.call_id).paid_minor == 60_00
        assert_coherent(uow)


def test_a_cover_comes_back_with_the_repayment_it_was(demo_work, fund, late):
    call = called(demo_work, late)
    payment = paid(demo_work, fund, Use.COVER_CALL, call_id=call.call_id)
    with demo_work(demo.CHECKER) as uow:
        repayments.reverse(uow, late.loan_id, payment.repayment_id, reason="false note")
        back = payments.get(uow, fund.group_id, payment.payment_id)
        assert (back.status, cash_minor(uow, fund)) == (PaymentStatus.RETURNED, 100_00)
        assert calls.get(uow, call.call_id).paid_minor == 0
        assert_coherent(uow)


def test_a_call_that_is_settled_otherwise_takes_nothing_of_the_fund(demo_work, fund, late):
    call = called(demo_work, late)
    with demo_work() as uow:
        payment = asked(uow, fund, Use.COVER_CALL, call_id=call.call_id)
        repayments.record_repayment(uow, repaid(late.loan_id, 90_00))
    with demo_work(demo.CHECKER) as uow:
        sign(uow, payment, AMINA)
    with demo_work(demo.CHECKER) as uow, pytest.raises(ShariahViolation) as refused:
        sign(uow, payment, BADIA)
    assert rules_of(refused) == ["KFL-09"]
    with demo_work() as uow:
        assert cash_minor(uow, fund) == 100_00


def test_a_fund_without_a_share_in_a_call_pays_nothing_on_it(demo_work, fund, late):
    with demo_work() as uow:
        groups.change_group(
            uow, fund.group_id, lambda _: {"claim_order": ClaimOrder.DEBTOR_MEMBERS}
        )
    call = called(demo_work, late)
    with demo_work() as uow, pytest.raises(NoSuchShare):
        asked(uow, fund, Use.COVER_CALL, call_id=call.call_id)


def test_a_fund_whose_by_laws_cover_no_default_is_not_asked_before_the_members(demo_work):
    with demo_work() as uow:
        fund = a_fund(uow, uses=frozenset({"costs"}), cover_nature=None)
        contributed(uow, fund, (AMINA, 60_00))
        given(uow, fund.group_id, (BADIA, 100_00))
    call = called(demo_work, a_group_loan(demo_work, fund.group_id, DALAL))
    assert [one.payer_id for one in call.shares] == [BADIA]
