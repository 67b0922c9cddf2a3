"""A murabaha from the request to the last instalment, in the books as in the worked example."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import psycopg
import pytest

from sanduq import demo
from sanduq.access import service as access
from sanduq.access.errors import NoAuthority
from sanduq.events import service as outbox
from sanduq.kit.errors import Conflict, LimitExceeded, NotFound, Refusal, ValidationFailed
from sanduq.kit.money import Money
from sanduq.kit.pages import PageRequest
from sanduq.microfinance.loans import rescheduling, service
from sanduq.microfinance.loans.errors import ApproverMayNotDisburse, StepOutOfOrder
from sanduq.microfinance.loans.hardship import forgiving
from sanduq.microfinance.loans.hardship.forgiving import Forgiving
from sanduq.microfinance.loans.model import LoanStatus, Terms
from sanduq.microfinance.loans.murabaha import profit, purchasing, store
from sanduq.microfinance.loans.murabaha.errors import GoodsInHand, StepRefused
from sanduq.microfinance.loans.murabaha.facts import CostItem, Relation
from sanduq.microfinance.loans.murabaha.model import Refinancing, Stage, Step
from sanduq.microfinance.loans.murabaha.model_steps import (
    Decline,
    DefectDecision,
    MarginChoice,
)
from sanduq.microfinance.loans.rescheduling import Request
from sanduq.obligations.end_of_day import run_days
from sanduq.obligations.schedule import Frequency
from sanduq.shariah.errors import ShariahViolation
from tests.coherent import assert_coherent
from tests.make.murabaha import CARRIER, CUSTOMER, SUPPLIER, TERMS, USD, Trader

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
    trader.go_to(date(2025, 1, 2))
    assert trader.contract(loan_id).recognised_minor == 110_00
    assert trader.balances(loan_id, "1390") == (0,)


def test_who_settles_early_without_a_rebate_has_the_rest_earned_at_once(trader):
    loan_id = trader.sold()
    trader.go_to(date(2024, 2, 20))
    trader.pay(loan_id, 1_120_00)
    assert trader.total("4310") == -120_00
    assert trader.balances(loan_id, "1300", "1390") == (0, 0)
    assert trader.contract(loan_id).next_profit_on is None


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


# The order of the steps.


def test_a_step_out_of_order_names_the_step_that_is_missing_and_its_rule(trader):
    waiting = trader.applied()
    approved = trader.approved()
    for step, loan_id, missing, rule_id in [
        (trader.promise, waiting, "approve", "MUR-01"),
        (trader.purchase, waiting, "approve", "MUR-01"),
        (trader.possess, approved, "purchase", "MUR-01"),
        (lambda one: trader.rebate(one, 1), approved, "purchase", "MUR-01"),
        (lambda one: trader.discount(one, 1), approved, "purchase", "MUR-01"),
        (lambda one: trader.resell(one, 1), approved, "decline", "MUR-15"),
    ]:
        with pytest.raises(StepOutOfOrder) as refused:
            step(loan_id)
        (detail,) = refused.value.details
        assert (detail["message"], detail["rule_id"]) == (missing, rule_id)
    trader.purchase(approved)
    with pytest.raises(StepRefused) as again:
        trader.purchase(approved)
    assert "possess" in again.value.facts["allowed"]


@pytest.mark.parametrize("stage", ["REQUESTED", "PROMISED", "PURCHASED"])
def test_t21_a_sale_before_possession_is_refused_by_the_rule_itself(trader, stage):
    loan_id = trader.approved()
    if stage == "PROMISED":
        trader.promise(loan_id)
    if stage == "PURCHASED":
        trader.purchase(loan_id)
    with pytest.raises(ShariahViolation) as refused:
        trader.sell(loan_id)
    assert "MURABAHA_SALE_BEFORE_POSSESSION" in codes(refused)
    assert trader.loan(loan_id).status is LoanStatus.APPROVED


def test_a_sale_is_offered_after_possession_and_accepted_after_the_offer(trader):
    loan_id = trader.approved()
    trader.purchase(loan_id)
    before = trader.wait()
    trader.wait()
    possessed = trader.possess(loan_id)
    after = trader.wait()
    for moments in (
        {"offered_at": before},
        {"offered_at": possessed.possessed_at},
        {"offered_at": after, "accepted_at": after},
    ):
        with pytest.raises(ShariahViolation) as refused:
            trader.sell(loan_id, **moments)
        assert "MURABAHA_SALE_BEFORE_POSSESSION" in codes(refused)
    trader.sell(loan_id, offered_at=after)


def test_a_moment_that_has_not_come_is_refused(trader):
    loan_id = trader.possessed()
    with pytest.raises(ValidationFailed) as refused:
        trader.sell(loan_id, offered_at=trader.wait() + timedelta(hours=2))
    assert codes(refused) == {"in_the_future"}


def test_disburse_names_the_step_that_is_due_because_a_murabaha_pays_nothing_out(trader):
    loan_id = trader.approved()
    for step, due in [(None, "purchase"), (trader.purchase, "possess"), (trader.possess, "sell")]:
        if step is not None:
            step(loan_id)
        with trader.work(demo.MAKER) as uow, pytest.raises(StepOutOfOrder) as refused:
            service.disburse(uow, loan_id, is_disclosure_acknowledged=True)
        assert refused.value.facts["missing"] == due


def test_who_approved_may_neither_buy_nor_sell(trader):
    loan_id = trader.approved()
    with pytest.raises(ApproverMayNotDisburse):
        trader.purchase(loan_id, user=demo.CHECKER)
    trader.purchase(loan_id)
    trader.possess(loan_id)
    with pytest.raises(ApproverMayNotDisburse):
        trader.sell(loan_id, user=demo.CHECKER)


# The purchase.


def test_t22_a_wage_of_our_own_is_no_cost_of_the_goods(trader):
    loan_id = trader.approved()
    wage = CostItem("staff_wage", "a day of our clerk", 20_00, "user_field_officer_001")
    with pytest.raises(ShariahViolation) as refused:
        trader.purchase(loan_id, CostItem("price", "machine", 900_00, SUPPLIER), wage)
    assert "MURABAHA_COST_DISCLOSURE" in codes(refused)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"supplier_id": CUSTOMER, "payee_id": CUSTOMER}, "MURABAHA_INAH_SUPPLIER"),
        ({"share_bp": 5_001}, "MURABAHA_INAH_SUPPLIER"),
        ({"share_bp": None}, "MURABAHA_INAH_SUPPLIER"),
        ({"is_agent": True}, "MURABAHA_INAH_SUPPLIER"),
        ({"relation": Relation.KIN}, "MURABAHA_RELATED_SUPPLIER"),
        ({"customer_deposit_minor": 5_00}, "MURABAHA_PRIOR_CONTRACT"),
        ({"is_addressed_to_institution": False}, "MURABAHA_PRIOR_CONTRACT"),
        ({"invoice_on": date(2024, 1, 14)}, "MURABAHA_SALE_BEFORE_POSSESSION"),
        ({"payee_id": CUSTOMER}, "MURABAHA_AGENCY_STEPS"),
    ],
)
def test_a_purchase_that_is_none_is_refused_and_leaves_nothing_behind(trader, changes, code):
    loan_id = trader.approved()
    cash = trader.total("1000")
    with pytest.raises(ShariahViolation) as refused:
        trader.purchase(loan_id, **changes)
    assert code in codes(refused)
    assert trader.contract(loan_id).stage is Stage.REQUESTED
    assert (trader.total("1000"), trader.balances(loan_id, "1200")) == (cash, (0,))


def test_a_related_supplier_passes_under_a_resolution_that_names_the_rule(trader):
    loan_id = trader.approved()
    with trader.work(demo.SHARIAH) as uow:
        trader.resolved(uow, "MUR-04")
    assert trader.purchase(loan_id, relation=Relation.KIN).stage is Stage.PURCHASED


def test_direct_expenses_are_part_of_the_cost_and_the_profit_follows_it(trader):
    loan_id = trader.approved()
    contract = trader.purchase(
        loan_id,
        CostItem("price", "machine", 850_00, SUPPLIER),
        CostItem("transport", "lorry", 50_00, CARRIER),
    )
    # 12% of 900.00
    assert (contract.cost_minor, contract.profit_minor) == (900_00, 108_00)
    trader.possess(loan_id)
    trader.sell(loan_id)
    assert trader.owed(loan_id) == 1_008_00
    assert trader.loan(loan_id).total_repayable == Money(1_008_00, USD)
    assert trader.loan(loan_id).instalment_minor == 84_00


def test_goods_that_cost_more_than_was_approved_are_not_bought(trader):
    loan_id = trader.approved()
    with pytest.raises(LimitExceeded, match="approved"):
        trader.purchase(loan_id, CostItem("price", "machine", 1_000_01, SUPPLIER))


def test_a_supplier_or_a_payee_nobody_knows_is_refused(trader):
    loan_id = trader.approved()
    with pytest.raises(NotFound):
        trader.purchase(loan_id, supplier_id="cpty_nobody", payee_id="cpty_nobody")
    with pytest.raises(NotFound):
        trader.purchase(
            loan_id,
            CostItem("price", "machine", 850_00, SUPPLIER),
            CostItem("transport", "lorry", 50_00, "cpty_nobody"),
        )
    with pytest.raises(ValidationFailed):
        trader.purchase(loan_id, CostItem("transport", "lorry", 50_00, CARRIER))


def test_a_branch_without_cash_buys_nothing(trader):
    with trader.work(demo.MAKER) as uow:
        branch = access.create_branch(uow, name="New branch").branch_id
    loan_id = trader.approved(branch_id=branch)
    with pytest.raises(Refusal) as refused:
        trader.purchase(loan_id)
    assert refused.value.code == "FUNDS_INSUFFICIENT"
    assert trader.contract(loan_id).stage is Stage.REQUESTED


@pytest.mark.parametrize("changes", [{"insured_by": "customer"}, {"hazards_by": "customer"}])
def test_the_risk_before_the_sale_stays_with_the_institution(trader, changes):
    loan_id = trader.approved()
    trader.purchase(loan_id)
    with pytest.raises(ShariahViolation) as refused:
        trader.possess(loan_id, **changes)
    assert codes(refused) == {"MURABAHA_RISK_SHIFTED"}


# The price and its disclosure.


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"disclosed_cost": Money(990_00, USD)}, "MURABAHA_COST_DISCLOSURE"),
        ({"is_acknowledged": False}, "MURABAHA_COST_DISCLOSURE"),
        ({"disclosed_price": Money(1_130_00, USD)}, "MURABAHA_PRICE_UNCERTAIN"),
        ({"benchmark": "prime"}, "MURABAHA_PRICE_UNCERTAIN"),
        ({"title_holder": "institution"}, "MURABAHA_TITLE_RETAINED"),
    ],
)
def test_a_sale_that_hides_something_is_refused(trader, changes, code):
    loan_id = trader.possessed()
    with pytest.raises(ShariahViolation) as refused:
        trader.sell(loan_id, **changes)
    assert code in codes(refused)
    assert trader.balances(loan_id, "1200", "1300") == (1_000_00, 0)


def test_a_price_far_above_the_cash_price_is_sold_and_noted(trader, demo_work):
    loan_id = trader.possessed()
    trader.sell(loan_id, cash_price=Money(600_00, USD))
    with demo_work() as uow:
        (row,) = uow.all(
            "select has_passed, findings::text from shariah.evaluation where institution_id = %s"
            " and subject_id = %s and rule_id = 'MUR-21'",
            uow.institution_id,
            loan_id,
        )
    assert row[0] is False
    assert "MURABAHA_PRICE_OUTLIER" in row[1]


@pytest.mark.parametrize("category", ["gold", "currency", "wages", "debt"])
def test_what_is_no_goods_or_is_money_is_not_even_asked_for(trader, category):
    with pytest.raises(ShariahViolation):
        trader.applied(replace(TERMS, asset_category=category))


def test_the_same_goods_are_not_financed_twice_for_one_customer(trader):
    machine = replace(TERMS, asset_reference="SN-4711")
    trader.sold(machine)
    with pytest.raises(ShariahViolation) as refused:
        trader.applied(machine)
    assert codes(refused) == {"DEBT_ROLLOVER"}
    trader.applied(replace(TERMS, asset_reference="SN-4712"))


def test_goods_that_were_declined_may_be_asked_for_again(trader):
    machine = replace(TERMS, asset_reference="SN-4711")
    trader.decline(trader.approved(machine))
    trader.applied(machine)


def test_a_murabaha_that_may_settle_an_old_debt_waits_for_the_scholars(trader):
    old = Refinancing(
        loan_id="mfl_old", is_asked_by_customer=True, is_unconditional=True, are_goods_kept=True,
        is_profit_usual=True, is_customer_solvent=True,
        proceeds_free_on=date(2024, 1, 16), settles_on=date(2024, 1, 18),
    )  # fmt: skip
    asked = replace(TERMS, refinancing=old)
    with pytest.raises(ShariahViolation) as refused:
        trader.applied(asked)
    assert codes(refused) == {"REFINANCE_CONDITIONS"}
    with trader.work(demo.SHARIAH) as uow:
        trader.resolved(uow, "DEF-11")
    assert trader.contract(trader.applied(asked)).terms.refinancing == old
    too_soon = replace(old, settles_on=date(2024, 1, 16))
    with pytest.raises(ShariahViolation):
        trader.applied(replace(TERMS, refinancing=too_soon))


@pytest.mark.parametrize(
    ("clauses", "code"),
    [
        ({"has_rebate_clause": True}, "REBATE_STIPULATED"),
        ({"late_fee": "5.00 a week"}, "LATE_FEE_TO_CREDITOR"),
        ({"title_passes": "at_payment"}, "MURABAHA_TITLE_RETAINED"),
        ({"promise_binds": "both"}, "MURABAHA_MUWAADAH"),
    ],
)
def test_a_product_with_a_forbidden_clause_is_not_saved(demo_work, clauses, code):
    with pytest.raises(ShariahViolation) as refused:
        Trader(demo_work, **clauses)
    assert code in codes(refused)


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
    trader.go_to(date(2025, 1, 2))
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
    trader.go_to(date(2026, 1, 2))
    assert trader.contract(loan_id).recognised_minor == 120_00
    assert trader.balances(loan_id, "1390") == (0,)


# What is kept and told.


def test_every_step_is_a_fact_with_its_evidence_and_stays_one(trader, demo_work, demo_url):
    loan_id = trader.sold(margin_minor=100_00)
    with demo_work() as uow:
        steps = store.steps_of(uow, trader.contract(loan_id).murabaha_id)
    assert [(each.kind, each.document) for each in steps] == [
        (Step.PROMISE, "doc_promise"),
        (Step.PURCHASE, "doc_invoice"),
        (Step.POSSESS, "doc_goods_received"),
        (Step.SELL, "doc_sale"),
    ]
    assert all(each.recorded_by == demo.MAKER for each in steps)
    for table in ("murabaha_step", "murabaha_profit_plan"):
        with psycopg.connect(demo_url) as owner, pytest.raises(psycopg.Error, match="stays"):
            owner.execute(f"update microfinance.{table} set murabaha_id = 'x'".encode())


def test_each_step_is_told_once_with_the_contract_as_it_is_shown(trader, demo_work):
    loan_id = trader.sold()
    with demo_work() as uow:
        page = outbox.list_events(
            uow, type_name=None, subject_id=loan_id, request=PageRequest(limit=100)
        )
    names = [event.type for event in reversed(page.items)]
    assert [name for name in names if ".murabaha." in name] == [
        "microfinance.murabaha.purchased",
        "microfinance.murabaha.possessed",
        "microfinance.murabaha.sold",
    ]
    assert names.count("microfinance.loan.disbursed") == 1


def test_the_contract_shows_the_option_to_take_goods_back_until_something_is_paid(trader):
    loan_id = trader.sold()
    assert trader.shown(loan_id)["reclaim_option"]["is_open"] is True
    trader.pay(loan_id, 1)
    assert trader.shown(loan_id)["reclaim_option"]["is_open"] is False


def test_a_step_on_what_is_no_murabaha_or_changed_meanwhile_is_refused(trader):
    loan_id = trader.approved()
    stale = trader.loan(loan_id).etag
    trader.promise(loan_id)
    with trader.work(demo.MAKER) as uow, pytest.raises(Conflict):
        purchasing.decline(uow, loan_id, Decline("no", None), etag=stale)
    with trader.work(demo.MAKER) as uow, pytest.raises(NotFound):
        purchasing.decline(uow, "mfl_nobody", Decline("no", None))


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
