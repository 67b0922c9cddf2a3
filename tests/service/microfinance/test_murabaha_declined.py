"""Who promised goods may decline them: the security margin and what of it may be kept."""

from __future__ import annotations

from datetime import date

import pytest

from sanduq import demo
from sanduq.kit.errors import ValidationFailed
from sanduq.microfinance.loans import service
from sanduq.microfinance.loans.model import LoanStatus
from sanduq.microfinance.loans.murabaha import purchasing
from sanduq.microfinance.loans.murabaha.errors import GoodsInHand, StepRefused
from sanduq.microfinance.loans.murabaha.model import Stage
from sanduq.microfinance.loans.murabaha.model_steps import (
    Decline,
    MarginChoice,
)
from sanduq.shariah.errors import ShariahViolation
from tests.coherent import assert_coherent
from tests.make.murabaha import CUSTOMER, Trader


@pytest.fixture
def trader(demo_work):
    return Trader(demo_work)


@pytest.fixture(autouse=True)
def _books_recompute(demo_work):
    yield
    with demo_work() as uow:
        assert_coherent(uow)


def codes(refusal):
    return {detail["code"] for detail in refusal.value.details}


# The promise, the security margin, and the customer who declines.


def test_a_promise_that_binds_both_is_refused_unless_one_side_keeps_an_option(trader):
    loan_id = trader.approved()
    with pytest.raises(ShariahViolation) as refused:
        trader.promise(loan_id, binds="both")
    assert codes(refused) == {"MURABAHA_MUWAADAH"}
    assert trader.promise(loan_id, binds="both", has_option=True).stage is Stage.PROMISED


def test_a_margin_credited_to_the_price_pays_the_first_instalments(trader):
    loan_id = trader.sold(margin_minor=100_00)
    assert trader.owed(loan_id) == 1_020_00
    assert trader.balances(loan_id, "1300", "2300", "1390") == (1_020_00, 0, -120_00)
    loan = trader.loan(loan_id)
    assert loan.status is LoanStatus.REPAYING
    assert loan.balance.oldest_unpaid_due_on == date(2024, 3, 1)


def test_a_margin_returned_at_the_sale_leaves_the_price_whole(trader):
    cash = trader.total("1000")
    loan_id = trader.sold(margin_minor=100_00, margin=MarginChoice.RETURN)
    assert trader.owed(loan_id) == 1_120_00
    assert trader.balances(loan_id, "2300") == (0,)
    assert trader.total("1000") == cash - 1_000_00
    assert trader.loan(loan_id).status is LoanStatus.DISBURSED


def test_what_becomes_of_a_margin_must_be_said(trader):
    loan_id = trader.possessed(margin_minor=100_00)
    with pytest.raises(ValidationFailed) as refused:
        trader.sell(loan_id, margin=None)
    assert codes(refused) == {"missing_field"}
    with pytest.raises(ValidationFailed):
        trader.promise(trader.approved(), margin_minor=1_120_00)


def test_who_declines_before_the_purchase_gets_the_whole_margin_back(trader):
    cash = trader.total("1000")
    loan_id = trader.approved()
    trader.promise(loan_id, 100_00)
    assert trader.total("1000") == cash + 100_00
    contract = trader.decline(loan_id)
    assert (contract.stage, contract.margin_held_minor) == (Stage.CANCELLED, 0)
    assert trader.total("1000") == cash
    loan = trader.loan(loan_id)
    assert (loan.status, loan.reason) == (LoanStatus.CANCELLED, "found cheaper")


def test_of_a_broken_promise_only_the_actual_loss_is_kept_from_the_margin(trader):
    cash = trader.total("1000")
    loan_id = trader.possessed(margin_minor=100_00)
    contract = trader.decline(loan_id)
    assert (contract.stage, contract.margin_held_minor) == (Stage.DECLINED, 100_00)
    # bought at 1,000, resold at 940: a loss of 60, of the margin 40 go back
    trader.resell(loan_id, 940_00)
    assert trader.balances(loan_id, "1200", "2300") == (0, 0)
    assert trader.total("1000") == cash
    assert trader.total("5300") + trader.total("4300") == 0  # no loss is left, and no profit


def test_without_a_binding_promise_the_margin_goes_back_at_once(trader):
    loan_id = trader.approved()
    trader.promise(loan_id, 100_00, binds="institution")
    trader.purchase(loan_id)
    contract = trader.decline(loan_id)
    assert (contract.stage, contract.margin_held_minor) == (Stage.DECLINED, 0)
    trader.resell(loan_id, 940_00)
    assert trader.total("5300") + trader.total("4300") == 60_00


def test_declined_goods_are_sold_to_another_than_the_customer_and_once(trader):
    loan_id = trader.possessed()
    trader.decline(loan_id)
    with pytest.raises(ValidationFailed):
        trader.resell(loan_id, 940_00, buyer_id=CUSTOMER)
    trader.resell(loan_id, 1_050_00)
    assert trader.total("5300") + trader.total("4300") == -50_00
    with pytest.raises(StepRefused):
        trader.resell(loan_id, 1_050_00)


def test_after_the_sale_nobody_declines(trader):
    loan_id = trader.sold()
    with pytest.raises(StepRefused), trader.work(demo.MAKER) as uow:
        purchasing.decline(uow, loan_id, Decline("too late", None))


def test_an_application_is_withdrawn_freely_until_money_has_moved(trader):
    free, promised, bought = trader.approved(), trader.approved(), trader.approved()
    trader.promise(promised, 100_00)
    trader.purchase(bought)
    with trader.work(demo.MAKER) as uow:
        service.cancel(uow, free, reason="no need")
    assert trader.contract(free).stage is Stage.CANCELLED
    for loan_id in (promised, bought):
        with trader.work(demo.MAKER) as uow, pytest.raises(GoodsInHand):
            service.cancel(uow, loan_id, reason="no need")


def test_a_refused_application_ends_its_contract(trader):
    loan_id = trader.applied()
    with trader.work(demo.CHECKER) as uow:
        service.reject(uow, loan_id, reason="no stall")
    assert trader.contract(loan_id).stage is Stage.CANCELLED
