"""The money of a murabaha: the worked example in the books, margins, discounts, rebates."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from sanduq import demo
from sanduq.access.errors import NoAuthority
from sanduq.kit.errors import ValidationFailed
from sanduq.kit.money import Money
from sanduq.microfinance.loans import rescheduling
from sanduq.microfinance.loans.hardship import forgiving
from sanduq.microfinance.loans.hardship.forgiving import Forgiving
from sanduq.microfinance.loans.model import LoanStatus, Terms
from sanduq.microfinance.loans.murabaha import profit
from sanduq.microfinance.loans.murabaha.model import Stage
from sanduq.microfinance.loans.murabaha.model_steps import (
    DefectDecision,
)
from sanduq.microfinance.loans.rescheduling import Request
from sanduq.obligations.end_of_day import run_days
from sanduq.obligations.schedule import Frequency
from sanduq.shariah.errors import ShariahViolation
from tests.coherent import assert_coherent
from tests.make.murabaha import CUSTOMER, TERMS, USD, Trader

PROFIT = (17_88, 16_53, 15_16, 13_76, 12_34, 10_89, 9_42, 7_92, 6_39, 4_83, 3_25, 1_63)
MONTHS = [date(2024, month, 1) for month in range(2, 13)] + [date(2025, 1, 1)]


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


def paid_through(trader, loan_id, count):
    """The first instalments, each on its day."""
    for day in MONTHS[:count]:
        trader.go_to(day)
        trader.pay(loan_id, 93_33)


def test_goods_are_bought_possessed_and_sold_as_in_the_worked_example(trader):
    loan_id = trader.approved()
    assert trader.loan(loan_id).total_repayable == Money(1_120_00, USD)
    cash = trader.total("1000")
    trader.purchase(loan_id)
    assert trader.balances(loan_id, "1200", "1300") == (1_000_00, 0)
    assert trader.total("1000") == cash - 1_000_00
    trader.possess(loan_id)
    contract = trader.sell(loan_id)
    assert contract.stage is Stage.SOLD
    assert trader.balances(loan_id, "1200", "1300", "1390") == (0, 1_120_00, -120_00)
    totals = {code: trader.total(code) for code in ("4300", "5300", "4305", "4310")}
    assert totals == {"4300": -1_120_00, "5300": 1_000_00, "4305": 120_00, "4310": 0}
    loan = trader.loan(loan_id)
    assert (loan.status, loan.stage) == (LoanStatus.DISBURSED, "SOLD")
    assert (loan.instalment_minor, loan.planned_first_due_on) == (93_33, date(2024, 2, 1))
    assert trader.owed(loan_id) == 1_120_00


def test_the_profit_is_earned_month_by_month_and_is_gone_from_the_books_at_the_end(trader):
    loan_id = trader.sold()
    earned = []
    for day in MONTHS:
        trader.go_to(day)
        trader.pay(loan_id, min(93_33, trader.owed(loan_id)) if day != MONTHS[-1] else 93_37)
        before = trader.total("4310")
        trader.go_to(day + timedelta(days=1))
        earned.append(before - trader.total("4310"))
    # The last is earned with the payment that settles the debt, before the day is closed.
    assert tuple(earned[:-1]) == PROFIT[:-1]
    assert trader.total("4310") == -120_00
    assert trader.balances(loan_id, "1300", "1390") == (0, 0)
    assert trader.loan(loan_id).status is LoanStatus.COMPLETED


def test_closing_a_day_twice_earns_nothing_twice(trader, demo_work):
    loan_id = trader.sold()
    trader.go_to(date(2024, 3, 2))
    assert trader.contract(loan_id).recognised_minor == 17_88 + 16_53
    with demo_work() as uow:
        assert run_days(uow, through=date(2024, 3, 1)) == []
        assert profit.earn_through(uow, date(2024, 3, 1)) == 0
    assert trader.total("4310") == -(17_88 + 16_53)


def test_after_six_instalments_a_rebate_of_the_unearned_33_44_leaves_526_58_to_pay(trader):
    loan_id = trader.sold()
    paid_through(trader, loan_id, 6)
    assert trader.owed(loan_id) == 560_02
    contract = trader.rebate(loan_id)
    assert (contract.recognised_minor, contract.released_minor) == (86_56, 33_44)
    assert trader.owed(loan_id) == 526_58
    assert trader.balances(loan_id, "1300", "1390") == (526_58, 0)
    trader.pay(loan_id, 526_58)
    assert trader.loan(loan_id).status is LoanStatus.COMPLETED
    assert trader.balances(loan_id, "1300", "1390") == (0, 0)
    assert trader.total("4310") == -86_56


def test_a_part_of_a_rebate_leaves_the_rest_to_be_earned(trader):
    loan_id = trader.sold()
    paid_through(trader, loan_id, 6)
    trader.rebate(loan_id, 10_00)
    assert trader.balances(loan_id, "1300", "1390") == (550_02, -23_44)
    trader.earned_through(date(2025, 1, 2))
    assert trader.contract(loan_id).recognised_minor == 110_00
    assert trader.balances(loan_id, "1390") == (0,)


def test_who_settles_early_without_a_rebate_has_the_rest_earned_at_once(trader):
    loan_id = trader.sold()
    trader.go_to(date(2024, 2, 20))
    trader.pay(loan_id, 1_120_00)
    assert trader.total("4310") == -120_00
    assert trader.balances(loan_id, "1300", "1390") == (0, 0)
    assert trader.shown(loan_id)["profit"]["recognised"] == 120
    trader.go_to(date(2024, 2, 21))
    assert trader.contract(loan_id).next_profit_on is None
    assert trader.total("4310") == -120_00


def test_never_more_profit_is_deferred_than_is_owed(trader):
    loan_id = trader.sold()
    trader.pay(loan_id, 1_020_00)  # of 1,120.00: 100.00 are left, of the profit 120.00 was
    assert trader.balances(loan_id, "1300", "1390") == (100_00, -100_00)
    assert trader.total("4310") == -20_00
    second = trader.pay(loan_id, 60_00)
    assert trader.balances(loan_id, "1300", "1390") == (40_00, -40_00)
    trader.go_to(date(2024, 2, 2))
    assert trader.balances(loan_id, "1300", "1390") == (40_00, -40_00)
    trader.take_back(loan_id, second.repayment_id)
    assert trader.balances(loan_id, "1300", "1390") == (100_00, -100_00)
    with pytest.raises(ShariahViolation):
        trader.rebate(loan_id, 100_01)
    trader.rebate(loan_id, 30_00)
    assert trader.balances(loan_id, "1300", "1390") == (70_00, -70_00)
    trader.pay(loan_id, 70_00)
    assert trader.balances(loan_id, "1300", "1390") == (0, 0)
    assert trader.total("4310") == -90_00


def test_a_settling_payment_taken_back_defers_the_profit_again(trader):
    loan_id = trader.sold()
    trader.go_to(date(2024, 2, 20))
    repayment = trader.pay(loan_id, 1_120_00)
    trader.take_back(loan_id, repayment.repayment_id)
    assert trader.balances(loan_id, "1300", "1390") == (1_120_00, -(120_00 - 17_88))
    assert trader.contract(loan_id).next_profit_on == date(2024, 3, 1)
    trader.go_to(date(2024, 3, 2))
    assert trader.total("4310") == -(17_88 + 16_53)


def test_a_rebate_above_the_unearned_profit_or_for_a_new_debt_is_refused(trader):
    loan_id = trader.sold()
    paid_through(trader, loan_id, 6)
    with pytest.raises(ShariahViolation) as refused:
        trader.rebate(loan_id, 33_45)
    assert "REBATE_EXCESS" in codes(refused)
    with pytest.raises(ShariahViolation) as refused:
        trader.rebate(loan_id, 10_00, is_for_new_debt=True)
    assert "REBATE_EXCESS" in codes(refused)
    with pytest.raises(NoAuthority):
        trader.rebate(loan_id, 10_00, user=demo.MAKER)
    trader.rebate(loan_id)
    with pytest.raises(ValidationFailed) as refused:
        trader.rebate(loan_id)
    assert codes(refused) == {"nothing_unearned"}


# What lowers the price later.


def test_a_discount_before_the_sale_lowers_cost_profit_and_price(trader):
    loan_id = trader.possessed()
    contract = trader.discount(loan_id, 50_00)
    assert (contract.cost_minor, contract.profit_minor) == (950_00, 114_00)
    assert trader.balances(loan_id, "1200") == (950_00,)
    trader.sell(loan_id)
    assert trader.owed(loan_id) == 1_064_00


def test_a_discount_after_the_sale_lowers_the_debt_in_proportion(trader):
    loan_id = trader.sold()
    cash = trader.total("1000")
    contract = trader.discount(loan_id, 50_00)
    # 5% of the cost, so 5% of the price: 56.00, of which 6.00 were profit
    assert trader.owed(loan_id) == 1_064_00
    assert trader.balances(loan_id, "1300", "1390") == (1_064_00, -114_00)
    assert contract.released_minor == 6_00
    assert trader.total("1000") == cash + 50_00
    assert trader.total("5300") == 950_00
    trader.earned_through(date(2025, 1, 2))
    assert trader.contract(loan_id).recognised_minor == 114_00


def test_a_discount_on_a_settled_debt_is_owed_to_the_customer(trader, demo_work):
    loan_id = trader.sold()
    trader.pay(loan_id, 1_120_00)
    trader.discount(loan_id, 50_00)
    with demo_work() as uow:
        row = uow.one(
            "select b.balance_minor from ledger.account a join ledger.balance b"
            " using (institution_id, account_id) where a.institution_id = %s and a.code = '2000'"
            " and a.subject = %s and a.asset = 'USD/2'",
            uow.institution_id,
            CUSTOMER,
        )
    assert row == (-56_00,)
    assert trader.loan(loan_id).status is LoanStatus.COMPLETED


def test_a_hidden_defect_is_the_sellers_and_an_allowance_lowers_the_debt(trader):
    loan_id = trader.sold()
    with pytest.raises(ShariahViolation) as refused:
        trader.defect(loan_id, DefectDecision.REJECTED)
    assert codes(refused) == {"MURABAHA_DEFECT"}
    trader.defect(loan_id, DefectDecision.REJECTED, is_from_before_sale=False)
    trader.defect(loan_id, DefectDecision.ACCEPTED)
    assert trader.owed(loan_id) == 1_120_00
    trader.defect(loan_id, DefectDecision.ACCEPTED, allowance=Money(70_00, USD))
    assert trader.owed(loan_id) == 1_050_00
    assert trader.balances(loan_id, "1300", "1390") == (1_050_00, -120_00)


def test_an_allowance_of_the_whole_price_ends_the_loan_with_nothing_earned(trader):
    loan_id = trader.sold()
    trader.defect(loan_id, DefectDecision.ACCEPTED, allowance=Money(1_120_00, USD))
    assert trader.loan(loan_id).status is LoanStatus.COMPLETED
    assert trader.balances(loan_id, "1300", "1390") == (0, 0)
    assert trader.total("4310") == 0


def test_instalments_agreed_anew_leave_price_and_profit_as_they_were(trader):
    loan_id = trader.sold()
    paid_through(trader, loan_id, 2)
    request = Request("extend", "a poor season", instalments=20, frequency=Frequency.MONTHLY)
    with trader.work(demo.CHECKER) as uow:
        rescheduling.agree_anew(uow, loan_id, request)
    assert trader.owed(loan_id) == 1_120_00 - 2 * 93_33
    trader.go_to(date(2024, 3, 2))
    contract = trader.contract(loan_id)
    assert contract.recognised_minor == 17_88 + 16_53
    assert contract.plan_version == 2
    trader.earned_through(date(2026, 1, 2))
    assert trader.contract(loan_id).recognised_minor == 120_00
    assert trader.balances(loan_id, "1390") == (0,)


def test_a_sale_at_cost_defers_no_profit(trader):
    loan_id = trader.sold(replace(TERMS, margin_bp=0))
    assert trader.balances(loan_id, "1300", "1390") == (1_000_00, 0)
    trader.pay(loan_id, 1_000_00)
    assert trader.total("4310") == 0


def test_months_of_grace_move_the_first_instalment_and_add_nothing(trader):
    loan_id = trader.approved(terms=Terms(12, Frequency.MONTHLY, 3))
    trader.purchase(loan_id)
    trader.possess(loan_id)
    trader.sell(loan_id)
    assert trader.loan(loan_id).planned_first_due_on == date(2024, 5, 1)
    assert trader.owed(loan_id) == 1_120_00


def test_what_is_forgiven_is_first_the_profit_nobody_has_earned(trader):
    loan_id = trader.sold()
    paid_through(trader, loan_id, 6)
    with trader.work(demo.CHECKER) as uow:
        asked = Forgiving("the institution's own decision", "fire", Money(100_00, USD))
        forgiving.forgive(uow, loan_id, asked)
    assert trader.balances(loan_id, "1300", "1390") == (460_02, 0)
    assert trader.total("5200") == 100_00 - 33_44
