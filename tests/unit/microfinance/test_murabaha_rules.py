"""Each rule of a murabaha passes what it must and refuses what it must."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from sanduq.kit.errors import ValidationFailed
from sanduq.microfinance.loans.murabaha.facts import (
    Action,
    Agent,
    CostItem,
    Defect,
    Discount,
    MarginUse,
    Possession,
    Promise,
    Rebate,
    Reclaim,
    Relation,
    Supplier,
)
from sanduq.microfinance.loans.murabaha.model import (
    Clauses,
    Refinancing,
    Stage,
    Step,
    is_allowed,
    price_reduction_minor,
    profit_minor_of,
    settle_margin,
    stage_after_decline,
    steps_of,
)
from sanduq.microfinance.loans.murabaha.rules import (
    CHECKS,
    RULES_BY_ACTION,
    evaluate,
    evaluate_clauses,
)
from sanduq.shariah.facts import DebtRaise, DebtRaiseKind
from sanduq.shariah.model import Resolution, Severity, ShariahProfile
from sanduq.shariah.rulebook import load_rulebook
from tests.make.murabaha_facts import (
    CARRIER,
    CUSTOMER,
    DAY,
    LAWFUL,
    PRICE_ITEM,
    SUPPLIER,
    USD,
    at,
    bought,
    clause,
    deal,
    findings_at,
    findings_of,
    sold,
)

OLD_DEBT = Refinancing(
    loan_id="mfl_1",
    is_asked_by_customer=True,
    is_unconditional=True,
    are_goods_kept=True,
    is_profit_usual=True,
    is_customer_solvent=True,
    proceeds_free_on=date(2024, 1, 16),
    settles_on=date(2024, 1, 18),
)
MY_BNM = ShariahProfile.MY_BNM


def supplier(**changes):
    return deal(supplier=replace(Supplier(False, False, 0, Relation.NONE), **changes))


def possession(**changes):
    return deal(possession=replace(Possession(at(9), "doc_goods_received"), **changes))


def items(*changed):
    return bought(cost_items=(PRICE_ITEM, *changed))


def binding(binds, has_option=False):
    return deal(promise=Promise(at(8), binds, has_option))


def margin(kept, loss, is_promised=True):
    return deal(margin_use=MarginUse(kept, loss, is_promised))


PASSING = [
    ("MUR-01", LAWFUL),
    ("MUR-01", deal(sale=None, possession=None, possession_day=None)),
    ("MUR-01", bought(invoice_on=date(2024, 1, 10))),  # the day of the request itself
    ("MUR-02", LAWFUL),
    ("MUR-02", deal(purchase=None)),
    ("MUR-03", supplier(customer_share_bp=5_000)),
    ("MUR-03", deal(supplier=None)),
    ("MUR-04", LAWFUL),
    ("MUR-05", deal(asset_category="goods")),
    ("MUR-06", binding("customer")),
    ("MUR-06", binding("both", has_option=True)),
    ("MUR-07", margin(50_00, 50_00)),
    ("MUR-07", margin(0, 0, is_promised=False)),
    ("MUR-08", bought(agent=Agent.THIRD_PARTY)),
    ("MUR-09", LAWFUL),
    ("MUR-09", deal(
        purchase=replace(LAWFUL.purchase, agent=Agent.THIRD_PARTY),
        sale=replace(LAWFUL.sale, agent_notice_at=at(10, 30)),
    )),
    ("MUR-10", LAWFUL),
    ("MUR-11", items(CostItem("transport", "lorry", 20_00, CARRIER))),
    ("MUR-12", deal(discount=Discount(50_00, 1_000_00, 1_120_00, 56_00))),
    ("MUR-13", LAWFUL),
    ("MUR-14", deal(instalment_total_minor=500_00, outstanding_minor=500_00)),
    ("MUR-14", deal(debt_raises=(DebtRaise(DebtRaiseKind.ACTUAL_COST_RECOVERY, 5_00),))),
    ("MUR-15", deal(is_declined=True, margin_use=MarginUse(10_00, 10_00, True))),
    ("MUR-16", LAWFUL),
    ("MUR-17", LAWFUL),
    ("MUR-17", replace(clause(has_rebate_clause=True), profile=MY_BNM)),
    ("MUR-18", deal(rebate=Rebate(33_44, 33_44))),
    ("MUR-19", deal(defect=Defect(True, True, is_rejected=False))),
    ("MUR-19", replace(clause(defects="disclaimed"), defect=Defect(True, False, True))),
    ("MUR-19", deal(defect=Defect(False, False, is_rejected=True))),
    ("MUR-20", deal(asset_category="equipment")),
    ("MUR-21", sold(cash_price_minor=1_000_00, last_due_on=date(2025, 1, 1))),
    ("MUR-21", sold(cash_price_minor=None)),
    ("MUR-22", deal(reclaim=Reclaim(True, 0, is_option_shown=True))),
    ("MUR-22", deal(reclaim=Reclaim(True, 1, is_option_shown=False))),
    ("MUR-22", deal(reclaim=Reclaim(False, 0, is_option_shown=False))),
    ("DEF-03", clause(charity_pledge="1% of the instalment, to charity")),
    ("DEF-10", LAWFUL),
    ("DEF-11", LAWFUL),
]  # fmt: skip

# rule, facts, field, observed, limit
REFUSED = [
    ("MUR-01", bought(invoice_on=date(2024, 1, 9)), "invoice.date", "2024-01-09", "2024-01-10"),
    ("MUR-01", deal(possession_day=date(2024, 1, 11)), "possessed_at", "2024-01-11", "2024-01-12"),
    ("MUR-01", deal(possession=None), "possession", None, None),
    ("MUR-01", deal(purchase=None), "purchase", None, None),
    ("MUR-01", sold(offered_at=at(9)), "offered_at", str(at(9)), str(at(9))),
    ("MUR-01", sold(accepted_at=at(10)), "accepted_at", str(at(10)), str(at(10))),
    ("MUR-02", bought(is_addressed_to_institution=False), "invoice.addressed_to", None,
     "institution"),
    ("MUR-02", bought(customer_deposit_minor=1), "customer_deposit", "0.01", "0.00"),
    ("MUR-02", bought(is_quote_accepted_by_customer=True), "quote_accepted_by_customer", "true",
     None),
    ("MUR-03", supplier(is_customer=True), "supplier_id", "customer", None),
    ("MUR-03", supplier(is_customer_agent=True), "supplier.is_customer_agent", "true", None),
    ("MUR-03", supplier(customer_share_bp=5_001), "supplier.customer_share", "50.01%", "50%"),
    ("MUR-03", supplier(customer_share_bp=None), "supplier.customer_share", None, "50%"),
    ("MUR-04", supplier(relation=Relation.KIN), "supplier.relation", "kin", None),
    ("MUR-04", supplier(relation=Relation.SPOUSE), "supplier.relation", "spouse", None),
    ("MUR-05", deal(asset_category="gold"), "asset_category", "gold", None),
    ("MUR-05", deal(asset_category=" Silver"), "asset_category", "silver", None),
    ("MUR-05", deal(asset_category=None), "asset_category", None, None),
    ("MUR-06", binding("both"), "binds", "both", None),
    ("MUR-06", clause(promise_binds="both"), "clauses.promise_binds", "both", None),
    ("MUR-07", margin(50_01, 50_00), "security_margin", "50.01", "50.00"),
    ("MUR-07", margin(1, 50_00, is_promised=False), "security_margin", "0.01", "0.00"),
    ("MUR-07", clause(margin_keeps="all"), "clauses.margin_keeps", "all", "actual_loss"),
    ("MUR-08", bought(agent=Agent.CUSTOMER, agency_reason="no other buyer can reach the market"),
     "agent", "customer: no other buyer can reach the market", None),
    ("MUR-08", clause(buying_agent="customer"), "clauses.buying_agent", "customer", None),
    ("MUR-09", bought(payee_id=CUSTOMER), "payee_id", CUSTOMER, SUPPLIER),
    ("MUR-09", bought(cost_items=(replace(PRICE_ITEM, payee_id=CARRIER),)), "payee_id", CARRIER,
     SUPPLIER),
    ("MUR-09", bought(has_sale_documents=False), "invoice.document", None, None),
    ("MUR-09", bought(agent=Agent.THIRD_PARTY), "agent_notice_at", None, str(at(11))),
    ("MUR-10", possession(insured_by="customer"), "insurance.paid_by", "customer", "institution"),
    ("MUR-10", possession(hazards_by="customer"), "hazards_borne_by", "customer", "institution"),
    ("MUR-10", possession(evidence=None), "evidence", None, None),
    ("MUR-10", clause(risk_before_sale="customer"), "clauses.risk_before_sale", "customer",
     "institution"),
    ("MUR-11", items(CostItem("transport", "own driver", 20_00, "user_driver")),
     "cost_items.1.payee_id", "user_driver", None),
    ("MUR-11", items(CostItem("transport", "carried home", 20_00, CUSTOMER)),
     "cost_items.1.payee_id", CUSTOMER, None),
    ("MUR-11", items(CostItem("staff_wage", "a day of our clerk", 20_00, CARRIER)),
     "cost_items.1.kind", "staff_wage 20.00", None),
    ("MUR-11", sold(disclosed_cost_minor=999_99), "disclosed.cost", "999.99", "1000.00"),
    ("MUR-11", sold(disclosed_profit_minor=None), "disclosed.profit", None, "120.00"),
    ("MUR-11", sold(is_acknowledged=False), "disclosure_acknowledged", "false", None),
    ("MUR-12", deal(discount=Discount(50_00, 1_000_00, 1_120_00, 55_99)), "passed_on", "55.99",
     "56.00"),
    ("MUR-12", clause(supplier_discount="kept"), "clauses.supplier_discount", "kept",
     "passed_on"),
    ("MUR-13", sold(benchmark="KLIBOR + 3%"), "benchmark", "KLIBOR + 3%", None),
    ("MUR-13", sold(disclosed_price_minor=1_120_01), "disclosed.price", "1120.01", "1120.00"),
    ("MUR-13", clause(price="benchmark"), "clauses.price", "benchmark", "fixed"),
    ("MUR-14", deal(instalment_total_minor=500_01, outstanding_minor=500_00), "instalments",
     "500.01", "500.00"),
    ("MUR-14", deal(debt_raises=(DebtRaise(DebtRaiseKind.DEFERRAL, 5_00),)), "debt_raises", "5.00",
     "0.00"),
    ("MUR-14", clause(reschedule="with_increase"), "clauses.reschedule", "with_increase",
     "without_increase"),
    ("MUR-15", deal(is_decline_refused=True), "decline", None, None),
    ("MUR-15", margin(120_00, 50_00), "security_margin", "120.00", "50.00"),
    ("MUR-15", clause(may_customer_decline=False), "clauses.may_customer_decline", "false", "true"),
    ("MUR-16", sold(title_holder="institution"), "title_holder", "institution", "customer"),
    ("MUR-16", clause(title_passes="at_payment"), "clauses.title_passes", "at_payment", "at_sale"),
    ("MUR-17", clause(has_rebate_clause=True), "clauses.has_rebate_clause", "true", "false"),
    ("MUR-17", deal(profile=MY_BNM), "clauses.has_rebate_clause", "false", "true"),
    ("MUR-18", deal(rebate=Rebate(33_45, 33_44)), "amount", "33.45", "33.44"),
    ("MUR-18", deal(rebate=Rebate(10_00, 33_44, is_for_new_debt=True)), "for_new_debt", "true",
     None),
    ("MUR-19", deal(defect=Defect(True, False, is_rejected=True)), "decision", "rejected", None),
    ("MUR-19", replace(clause(defects="disclaimed"), defect=Defect(True, True, True)), "decision",
     "rejected", None),
    ("MUR-19", clause(defects="delivery_disclaimed"), "clauses.defects", "delivery_disclaimed",
     None),
    ("MUR-20", deal(asset_category="wages"), "asset_category", "wages", None),
    ("MUR-20", deal(asset_category="debt"), "asset_category", "debt", None),
    ("MUR-20", deal(asset_category="rent"), "asset_category", "rent", None),
    # 120 on 1,000 in half a year less two days: 365/180 of 12% is 24.33% a year
    ("MUR-21", replace(
        clause(cash_price_premium_max="0.2"),
        sale=replace(LAWFUL.sale, cash_price_minor=1_000_00, last_due_on=date(2024, 7, 13)),
    ), "cash_price", "24.33% a year", "20.00% a year"),
    ("MUR-22", deal(reclaim=Reclaim(True, 0, is_option_shown=False)), "reclaim_option", "hidden",
     None),
    ("DEF-03", clause(late_fee="5.00 a week"), "late_charges", "5.00 a week", None),
    ("DEF-10", deal(earlier_financings=("mur_1",)), "asset_reference", "mur_1", None),
    ("DEF-11", deal(refinancing=OLD_DEBT, business_days_free=1), "refinances", "mfl_1", None),
    ("DEF-11", deal(refinancing=OLD_DEBT), "refinances.settles_on", None, None),
    ("DEF-11", deal(refinancing=replace(OLD_DEBT, is_customer_solvent=False), business_days_free=1),
     "refinances.customer_is_solvent", None, None),
]  # fmt: skip


@pytest.mark.parametrize(("rule_id", "facts"), PASSING)
def test_a_rule_passes_what_it_must(rule_id, facts):
    assert findings_of(rule_id, facts) == []


@pytest.mark.parametrize(("rule_id", "facts", "field", "observed", "limit"), REFUSED)
def test_a_rule_refuses_what_it_must(rule_id, facts, field, observed, limit):
    (finding,) = findings_of(rule_id, facts)
    assert (finding.rule_id, finding.field) == (rule_id, field)
    assert (finding.observed, finding.limit) == (observed, limit)
    assert finding.source == load_rulebook()[rule_id].source


def test_every_rule_of_the_section_is_tried_both_ways():
    section = {rule_id for rule_id in load_rulebook() if rule_id.startswith("MUR")}
    assert len(section) == 22
    assert section <= {case[0] for case in PASSING}
    assert section <= {case[0] for case in REFUSED}


def test_every_check_is_the_one_its_rule_names_and_is_run_by_some_action():
    for rule_id, check in CHECKS.items():
        assert load_rulebook()[rule_id].function == f"{check.__module__}.{check.__name__}"
    assert frozenset().union(*RULES_BY_ACTION.values()) == set(CHECKS)
    assert list(CHECKS) == [rule_id for rule_id in load_rulebook() if rule_id in CHECKS]


def test_a_lawful_murabaha_passes_every_rule_of_every_step():
    facts = deal(
        parties=(), instalment_total_minor=1_120_00, contract_amount_minor=1_120_00,
        purpose_code="small_business",
    )  # fmt: skip
    kept_elsewhere = {"GEN-01", "GEN-04", "GEN-14", "DEF-09"}  # product, parties and debt
    for action in Action:
        found = [f for f in findings_at(action, facts) if f.rule_id not in kept_elsewhere]
        assert found == [], action


# The published test vectors of the rule book.


def test_t21_a_sale_accepted_before_possession_is_refused():
    facts = deal(sale=replace(LAWFUL.sale, offered_at=at(7), accepted_at=at(8)))
    assert "MURABAHA_SALE_BEFORE_POSSESSION" in {f.code for f in findings_at(Action.SELL, facts)}


def test_t22_a_cost_that_holds_a_wage_of_our_own_is_refused():
    facts = items(CostItem("staff_wage", "a day of our clerk", 20_00, "user_clerk"))
    assert {f.code for f in findings_of("MUR-11", facts)} == {"MURABAHA_COST_DISCLOSURE"}


@pytest.mark.parametrize(
    ("profile", "has_clause", "code"),
    [
        (ShariahProfile.AAOIFI, True, "REBATE_STIPULATED"),
        (ShariahProfile.AAOIFI, False, None),
        (ShariahProfile.MY_NONBANK, True, "REBATE_STIPULATED"),
        (MY_BNM, False, "IBRA_CLAUSE_MISSING"),
        (MY_BNM, True, None),
    ],
)
def test_t23_a_rebate_is_agreed_exactly_where_the_profile_asks_for_it(profile, has_clause, code):
    found = evaluate_clauses(profile, {"has_rebate_clause": has_clause}, DAY, USD)
    assert [f.code for each in found for f in each.findings] == ([code] if code else [])


def test_t28_a_late_fee_for_the_institution_is_refused_in_the_product():
    found = evaluate_clauses(ShariahProfile.AAOIFI, {"late_fee": "5.00 a week"}, DAY, USD)
    assert [f.code for each in found for f in each.findings] == ["LATE_FEE_TO_CREDITOR"]


def test_a_review_waits_for_a_resolution_and_passes_with_it():
    ruling = Resolution("res_1", frozenset({"MUR-04"}), date(2024, 1, 1))
    kin = supplier(relation=Relation.KIN)
    for facts, passes in ((kin, False), (replace(kin, resolutions=(ruling,)), True)):
        (found,) = [e for e in evaluate(facts, Action.PURCHASE) if e.rule_id == "MUR-04"]
        assert found.passed is passes


def test_no_resolution_lets_a_customer_buy_as_agent_without_a_reason():
    (finding,) = findings_of("MUR-08", bought(agent=Agent.CUSTOMER))
    assert finding.severity is Severity.BLOCK


@pytest.mark.parametrize(
    ("clauses", "code"),
    [
        ({"interest": "yes"}, "unknown_clause"),
        ({"price": 4}, "wrong_kind"),
        ({"has_rebate_clause": "yes"}, "wrong_kind"),
        ({"price": "sometimes"}, "unknown_value"),
        ({"cash_price_premium_max": "half"}, "not_a_number"),
    ],
)
def test_clauses_nobody_knows_are_refused(clauses, code):
    with pytest.raises(ValidationFailed) as refused:
        Clauses.read(clauses)
    assert refused.value.details[0]["code"] == code


def test_clauses_are_read_back_as_they_were_written():
    clauses = Clauses(has_rebate_clause=True, charity_pledge="1% of the instalment")
    assert Clauses.read(clauses.as_mapping()) == clauses


# Pure decisions of the model.


@pytest.mark.parametrize(
    ("cost", "margin_bp", "profit"),
    # half a cent goes to the even neighbour: 12.5 -> 12, 37.5 -> 38
    [(45_000_00, 800, 3_600_00), (1_000_00, 1_200, 120_00), (1_25, 1_000, 12), (3_75, 1_000, 38)],
)
def test_the_profit_is_the_margin_on_cost_rounded_half_even(cost, margin_bp, profit):
    assert profit_minor_of(cost, margin_bp) == profit


@pytest.mark.parametrize(
    ("discount", "cost", "price", "less"),
    [(50_00, 1_000_00, 1_120_00, 56_00), (1, 1_000_00, 1_120_00, 2), (0, 10, 11, 0)],
)
def test_a_discount_lowers_the_price_by_its_share_and_never_by_less(discount, cost, price, less):
    assert price_reduction_minor(discount, cost_minor=cost, price_minor=price) == less


@pytest.mark.parametrize(
    ("held", "cost", "resale", "is_promised", "kept", "returned"),
    [
        (100_00, 1_000_00, 950_00, True, 50_00, 50_00),
        (100_00, 1_000_00, 800_00, True, 100_00, 0),  # the loss is 200, the margin was 100
        (100_00, 1_000_00, 1_050_00, True, 0, 100_00),
        (100_00, 1_000_00, 950_00, False, 0, 100_00),
    ],
)
def test_of_a_margin_only_the_actual_loss_is_kept(held, cost, resale, is_promised, kept, returned):
    settled = settle_margin(
        margin_held_minor=held, cost_minor=cost, resale_minor=resale, is_promised=is_promised
    )
    assert (settled.kept_minor, settled.returned_minor) == (kept, returned)


def test_the_customer_may_decline_at_every_stage_before_the_sale_and_at_none_after():
    may = {stage for stage in Stage if is_allowed(Step.DECLINE, stage)}
    assert may == {Stage.REQUESTED, Stage.PROMISED, Stage.PURCHASED, Stage.POSSESSED}
    assert stage_after_decline(Stage.PROMISED) is Stage.CANCELLED
    assert stage_after_decline(Stage.POSSESSED) is Stage.DECLINED
    assert steps_of(Stage.CANCELLED) == steps_of(Stage.RESOLD) == []
