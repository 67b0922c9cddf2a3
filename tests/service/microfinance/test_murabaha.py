"""A murabaha step by step: in order, honestly bought, disclosed, and kept as facts."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import psycopg
import pytest

from sanduq import demo
from sanduq.access import service as access
from sanduq.events import service as outbox
from sanduq.kit.errors import Conflict, LimitExceeded, NotFound, Refusal, ValidationFailed
from sanduq.kit.money import Money
from sanduq.kit.pages import PageRequest
from sanduq.microfinance.loans import service
from sanduq.microfinance.loans.errors import ApproverMayNotDisburse, StepOutOfOrder
from sanduq.microfinance.loans.model import LoanStatus
from sanduq.microfinance.loans.murabaha import purchasing, store
from sanduq.microfinance.loans.murabaha.errors import StepRefused
from sanduq.microfinance.loans.murabaha.facts import CostItem, Relation
from sanduq.microfinance.loans.murabaha.model import Refinancing, Stage, Step
from sanduq.microfinance.loans.murabaha.model_steps import (
    Decline,
)
from sanduq.shariah.errors import ShariahViolation
from tests.coherent import assert_coherent
from tests.make.murabaha import CARRIER, CUSTOMER, SUPPLIER, TERMS, USD, Trader


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
