"""A borrower who was given zakat pays his debt of his own accord, no sooner than the next working
day (ZKT-05, AAOIFI SS 35 10/1)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from sanduq import demo
from sanduq.funds.zakat import service as zakat
from sanduq.funds.zakat.schemas import ZakatPaymentIn
from sanduq.kit.clock import FixedClock
from sanduq.microfinance.loans import repayments
from sanduq.shariah import service as shariah
from sanduq.shariah.errors import ShariahViolation
from sanduq.shariah.schemas import ResolutionIn
from tests.coherent import assert_coherent
from tests.make.giving import zakat_given
from tests.make.institution import a_borrower
from tests.make.loans import asked, disbursed, payment
from tests.make.offers import a_resolution

RECIPIENT = "cpty_borrower_001"


@pytest.fixture
def lent(demo_work, demo_db):
    """One loan of the recipient of zakat, and one of another borrower."""
    with demo_work(demo.SHARIAH) as uow:
        ruling = shariah.create_resolution(uow, ResolutionIn(**a_resolution("ZKT-01")).command())
    with demo_work() as uow:
        a_borrower(uow, "cpty_neighbour")
    loans = [disbursed(demo_work), disbursed(demo_work, asked(borrower_id="cpty_neighbour"))]
    zakat_given(demo_work, 500)
    body = {
        "amount": 200, "currency": "USD", "recipient_id": RECIPIENT, "asnaf_code": "FUQARA",
        "ssb_definition": ruling.resolution_id, "paid_to": "his own account 4711",
    }  # fmt: skip
    with demo_work(demo.FINANCE) as uow:
        zakat.pay(uow, ZakatPaymentIn(**body).command())
    yield [loan.loan_id for loan in loans]
    with demo_work() as uow:
        assert_coherent(uow)


def test_a_payment_on_the_day_zakat_was_received_is_refused_and_spoils_no_other(lent, demo_work):
    with demo_work() as uow:
        own, neighbours = repayments.record_repayments(
            uow, [payment(loan_id, 17000) for loan_id in lent]
        )
    assert isinstance(own.refusal, ShariahViolation)
    assert own.refusal.details[0]["rule_id"] == "ZKT-05"
    assert neighbours.refusal is None


def test_on_the_next_working_day_he_may_pay(lent, demo_work):
    tomorrow = demo.NOW + timedelta(days=1)
    with demo_work() as uow:
        uow.clock = FixedClock(tomorrow)
        result = repayments.record_repayment(uow, payment(lent[0], 17000))
    assert result.repayment.received_on == date(2024, 1, 16)
