"""Officers of a group sign at the same moment: together they never pay more than there is."""

from __future__ import annotations

from collections import Counter
from functools import partial

import pytest

from sanduq import demo
from sanduq.api import registry
from sanduq.kit.db import retrying
from sanduq.kit.errors import Refusal
from sanduq.microfinance.common_fund import service
from sanduq.microfinance.common_fund.model import Use
from sanduq.microfinance.common_fund.service import Contribute
from sanduq.microfinance.guarantee_calls import service as calls
from sanduq.microfinance.guarantee_calls.service import NewCall
from sanduq.microfinance.loans import repayments
from tests.coherent import assert_coherent
from tests.make.common_fund import (
    AMINA,
    BADIA,
    CARIMA,
    DALAL,
    a_fund,
    asked,
    cash_minor,
    contributed,
    sign,
)
from tests.make.groups import a_group_loan, given, usd
from tests.make.loans import payment as repaid
from tests.make.serving import at_once

THREADS = 8


@pytest.fixture
def fund(demo_work):
    """Gifts of 100.00."""
    registry.wire()
    with demo_work() as uow:
        fund = a_fund(uow)
        contributed(uow, fund, (AMINA, 100_00))
    return fund


def outcome(work, act):
    """The refusal of one command in its own unit of work, or nothing."""

    def once():
        with work(demo.CHECKER) as uow:
            act(uow)

    try:
        retrying(once)
    except Refusal as refused:
        return refused.code
    return None


def once_signed(work, fund, count, minor):
    """Payments of a helpless member that the chair has signed."""
    with work() as uow:
        payments = [
            asked(uow, fund, Use.HELP, amount=usd(minor), beneficiary_id=DALAL)
            for _ in range(count)
        ]
    with work(demo.CHECKER) as uow:
        for payment in payments:
            sign(uow, payment, AMINA)
    return payments


def test_payments_at_one_moment_never_overspend_the_fund(demo_work, fund):
    """A fund of 100.00 and eight payments of 30.00: three are made, five are refused."""
    payments = once_signed(demo_work, fund, THREADS, 30_00)
    acts = [
        partial(outcome, demo_work, partial(sign, payment=payment, officer_id=BADIA))
        for payment in payments
    ]
    assert Counter(at_once(acts)) == {None: 3, "FUNDS_INSUFFICIENT": 5}
    with demo_work() as uow:
        assert cash_minor(uow, fund) == 10_00
    with demo_work() as uow:
        assert_coherent(uow)


def test_one_payment_signed_by_two_at_one_moment_is_made_once(demo_work, fund):
    (payment,) = once_signed(demo_work, fund, 1, 60_00)
    acts = [
        partial(outcome, demo_work, partial(sign, payment=payment, officer_id=officer))
        for officer in (BADIA, CARIMA, BADIA, CARIMA)
    ]
    assert Counter(at_once(acts)) == {None: 1, "CONFLICT": 3}
    with demo_work() as uow:
        assert cash_minor(uow, fund) == 40_00
        assert_coherent(uow)


def test_contributions_and_payments_at_one_moment_lose_nothing(demo_work, fund):
    payments = once_signed(demo_work, fund, 3, 30_00)
    one = Contribute(fund.group_id, DALAL, usd(5_00))
    acts = [
        *(partial(sign, payment=payment, officer_id=BADIA) for payment in payments),
        *(partial(service.contribute, command=one) for _ in range(5)),
    ]
    done = at_once([partial(outcome, demo_work, act) for act in acts])
    assert done == [None] * 8
    with demo_work() as uow:
        assert cash_minor(uow, fund) == 100_00 - 90_00 + 25_00
        assert_coherent(uow)


def test_a_cover_and_the_debtors_own_payment_at_one_moment_pay_no_more_than_is_owed(
    demo_work, fund
):
    """100.00 is overdue. Whoever comes first pays it; the other is told that less is owed."""
    with demo_work() as uow:
        given(uow, fund.group_id, (BADIA, 100_00))
    loan = a_group_loan(demo_work, fund.group_id, DALAL)
    with demo_work() as uow:
        call = calls.call(uow, loan.group_id, NewCall(loan.loan_id, "late"))
        payment = asked(uow, fund, Use.COVER_CALL, call_id=call.call_id)
    with demo_work(demo.CHECKER) as uow:
        sign(uow, payment, AMINA)
    own = partial(repayments.record_repayment, command=repaid(loan.loan_id, 100_00))
    cover = partial(sign, payment=payment, officer_id=BADIA)
    covered, repaid_himself = at_once([partial(outcome, demo_work, act) for act in (cover, own)])
    assert repaid_himself is None
    assert covered in (None, "SHARIAH_VIOLATION")
    with demo_work() as uow:
        assert cash_minor(uow, fund) == (0 if covered is None else 100_00)
        assert_coherent(uow)
