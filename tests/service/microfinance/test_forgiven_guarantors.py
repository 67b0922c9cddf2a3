"""Forgiving the debtor frees whoever stood surety for him (DEF-16; AAOIFI SS 5 3/3/2)."""

from __future__ import annotations

import pytest

from sanduq import demo
from sanduq.api import registry
from sanduq.kit.errors import Conflict
from sanduq.kit.money import Money
from sanduq.microfinance.groups.guarantees import service as guarantees
from sanduq.microfinance.guarantee_calls import service as calls
from sanduq.microfinance.guarantee_calls.model import CallStatus
from sanduq.microfinance.guarantee_calls.service import NewCall
from sanduq.microfinance.loans.hardship import forgiving
from sanduq.microfinance.loans.hardship.forgiving import Forgiving
from tests.coherent import assert_coherent
from tests.make.groups import a_group, a_group_loan, given
from tests.make.loans import USD


@pytest.fixture
def called(demo_work):
    """A loan of a group with 100.00 overdue, and a call for it on the one who answers."""
    registry.wire()
    with demo_work() as uow:
        group = a_group(uow)
        given(uow, group.group_id, ("cpty_badia", 200_00))
    loan = a_group_loan(demo_work, group.group_id, "cpty_amina")
    with demo_work() as uow:
        return loan, calls.call(uow, group.group_id, NewCall(loan.loan_id, "late"))


def forgive(demo_work, loan_id, minor=None):
    amount = None if minor is None else Money(minor, USD)
    with demo_work(demo.CHECKER) as uow:
        forgiving.forgive(uow, loan_id, Forgiving("board minutes 7", "he died poor", amount))


def test_a_debtor_forgiven_whole_frees_the_guarantors(demo_work, called):
    loan, call = called
    forgive(demo_work, loan.loan_id)
    with demo_work() as uow:
        found = calls.get(uow, call.call_id)
        (room,) = guarantees.load(uow, [call.shares[0].guarantee_id or ""]).values()
        with pytest.raises(Conflict):
            calls.pay(uow, call.call_id, "cpty_badia", Money(100_00, USD))
        with pytest.raises(Conflict):
            calls.call(uow, found.group_id, NewCall(loan.loan_id, "again"))
        assert_coherent(uow)
    assert (found.status, room.room_minor) == (CallStatus.CANCELLED, 200_00)
    assert found.cancel_reason is not None
    assert "DEF-16" in found.cancel_reason


def test_part_of_a_claim_given_up_leaves_the_guarantors_bound(demo_work, called):
    loan, call = called
    forgive(demo_work, loan.loan_id, 100_00)
    with demo_work() as uow:
        assert calls.get(uow, call.call_id).status is CallStatus.OPEN
        assert_coherent(uow)


def test_what_a_guarantor_paid_before_stays_paid(demo_work, called):
    loan, call = called
    with demo_work() as uow:
        calls.pay(uow, call.call_id, "cpty_badia", Money(40_00, USD))
    forgive(demo_work, loan.loan_id)
    with demo_work() as uow:
        found = calls.get(uow, call.call_id)
        assert (found.status, found.paid_minor) == (CallStatus.CANCELLED, 40_00)
        assert_coherent(uow)
