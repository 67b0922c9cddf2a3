"""Each rule of a qard passes what it must and refuses what it must.

The loan is 2,000.00 with a fee of 40.00, repaid in twelve instalments of 170.00, under a cost
study that finds 41.20 of direct cost per loan, unless a test says otherwise.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanduq.kit.money import Asset, currency
from sanduq.qard.facts import (
    Action,
    Benefit,
    FeePeriod,
    FeeSample,
    Prerequisite,
    PrerequisiteKind,
    QardFacts,
    VoluntaryExcess,
)
from sanduq.qard.model import AllocationMethod, CostStudy
from sanduq.qard.rules import CHECKS, RULES_BY_ACTION, evaluate
from sanduq.shariah.facts import (
    Acceleration,
    Beneficiary,
    Charge,
    ChargeKind,
    Condition,
    ContractKind,
    DebtMeasure,
    DebtorState,
    DebtRaise,
    DebtRaiseKind,
    LateCharge,
    PartyCapacity,
    PaymentTerms,
    TemplateApproval,
)
from sanduq.shariah.model import (
    CostLine,
    Finding,
    Resolution,
    Severity,
    ShariahProfile,
    blocking,
)

TODAY = date(2026, 3, 1)
USD, EUR = currency("USD"), currency("EUR")
APPROVED = Resolution("res_1", frozenset({"GEN-01"}), date(2026, 1, 1), date(2027, 1, 1))
BORROWER = PartyCapacity("borrower", date(1990, 5, 17), 18)
STUDY = CostStudy(
    cost_study_id="cst_1",
    product_id="prd_1",
    asset=USD,
    study_on=date(2026, 1, 10),
    loan_count=100,
    lines=(
        CostLine("field_visit_third_party", "visit to the workshop", 300_000),
        CostLine("bureau_query", "credit register", 112_000),
    ),
    finance_approved=True,
    shariah_approved=True,
)
LOAN = QardFacts(
    on=TODAY,
    asset=USD,
    approval=TemplateApproval(APPROVED, "hash-1", "hash-1"),
    purpose_code="small_business",
    prohibited_codes=frozenset({"alcohol", "gambling"}),
    parties=(BORROWER,),
    kyc_rank=2,
    kyc_rank_min=2,
    instalment_total_minor=12 * 17_000,
    contract_amount_minor=204_000,
    outstanding_minor=204_000,
    payment=PaymentTerms(USD, TODAY),
    product_id="prd_1",
    principal_minor=200_000,
    principal_scheduled_minor=200_000,
    fee_minor=4_000,
    fee_formula="direct_cost",
    fee_approved_minor=4_000,
    total_repayable_minor=204_000,
    cost_study=STUDY,
    fee_period=FeePeriod(fees_minor=4_000, direct_cost_minor=4_120),
    net_disbursed_minor=200_000,
    disbursed_on=TODAY,
    is_disbursement_confirmed=True,
    is_schedule_active=True,
    first_due_on=date(2026, 4, 1),
    pool_uses=frozenset({"qard"}),
    disclosure_version="2",
    disclosures_acknowledged=frozenset({("QRD-23", "2")}),
)


def loan(**changes: Any) -> QardFacts:
    return replace(LOAN, **changes)


def study(**changes: Any) -> CostStudy:
    return replace(STUDY, **changes)


def findings_of(rule_id: str, facts: QardFacts) -> list[Finding]:
    return CHECKS[rule_id](facts)


def codes(facts: QardFacts, action: Action) -> set[str]:
    return {f.code for evaluation in evaluate(facts, action) for f in evaluation.findings}


def lately(fees_and_principals: list[tuple[int, int]]) -> tuple[FeeSample, ...]:
    return tuple(FeeSample(principal, fee) for fee, principal in fees_and_principals)


def charge(kind: ChargeKind, amount_minor: int, evidence_minor: int | None = None) -> QardFacts:
    return loan(charges=(Charge(kind, amount_minor, evidence_minor),))


def condition(source: ContractKind, target: ContractKind, **changes: Any) -> QardFacts:
    return loan(conditions=(Condition(source, target, **changes),))


def party(**changes: Any) -> QardFacts:
    return loan(parties=(replace(BORROWER, **changes),))


def payment(**changes: Any) -> QardFacts:
    terms = PaymentTerms(EUR, TODAY, agreed_on=TODAY, rate_on=TODAY)
    return loan(payment=replace(terms, **changes))


def call(**changes: Any) -> QardFacts:
    terms = Acceleration(has_clause=True, notice_on=date(2026, 2, 15))  # 14 days end 1 March
    return loan(acceleration=replace(terms, **changes))


def requirement(kind: PrerequisiteKind, amount: int, cost: int = 0, **changes: Any) -> QardFacts:
    return loan(prerequisites=(Prerequisite(kind, amount, cost, **changes),))


def insolvent(**changes: Any) -> QardFacts:
    return loan(debtor_state=DebtorState.INSOLVENT, **changes)


def collection(state: DebtorState, amount: int, receipts: int | None) -> QardFacts:
    costs = (Charge(ChargeKind.COLLECTION_ACTUAL, amount, receipts),)
    return loan(charges=costs, debtor_state=state)


def late_charge(beneficiary: Beneficiary) -> QardFacts:
    return loan(late_charges=(LateCharge("5.00 a week", beneficiary),))


ENDED = Resolution("res_0", frozenset({"GEN-01"}), date(2025, 3, 1), TODAY)
POOL = study(allocation_method=AllocationMethod.POOL_PRO_RATA)
SPREAD = [(fee, 100_000 + 20_000 * n) for n, fee in enumerate([4_000] * 20)]
TWO_PERCENT = [(principal // 50, principal) for _, principal in SPREAD]

PASSING = [
    ("GEN-01", loan(approval=TemplateApproval(replace(APPROVED, valid_until_on=None), "h", "h"))),
    ("GEN-03", loan(commodity_code="flour", asset_use_code="bakery")),
    ("GEN-04", party(birth_on=date(2008, 3, 1))),  # eighteen today
    ("GEN-04", party(has_representative=True, authority_document_id="doc_1")),
    ("GEN-05", condition(ContractKind.QARD, ContractKind.RAHN)),
    ("GEN-05", condition(ContractKind.QARD, ContractKind.KAFALAH)),
    ("GEN-05", condition(ContractKind.QARD, ContractKind.DOCUMENTATION_ACTUAL)),
    ("GEN-05", condition(ContractKind.QARD, ContractKind.SALE, has_same_parties=False)),
    ("GEN-05", condition(ContractKind.SALE, ContractKind.RAHN)),
    ("GEN-08", loan(debt_raises=(DebtRaise(DebtRaiseKind.ACTUAL_COST_RECOVERY, 500),))),
    ("GEN-09", LOAN),
    ("GEN-10", LOAN),
    ("GEN-10", payment()),
    ("GEN-11", charge(ChargeKind.SERVICE_FEE_ACTUAL, 4_000)),
    ("GEN-12", charge(ChargeKind.DOCUMENTATION_ACTUAL, 500, 500)),
    ("GEN-14", loan(kyc_rank=3, is_signature_recognised=True)),
    ("GEN-20", LOAN),
    ("QRD-01", loan(principal_minor=1)),
    ("QRD-01", loan(asset=Asset("XAU", 0), fineness_bp=9_160)),
    ("QRD-02", charge(ChargeKind.SERVICE_FEE_ACTUAL, 4_000)),
    ("QRD-02", charge(ChargeKind.CUSTODY_ACTUAL, 300, 300)),
    ("QRD-02", loan(term_names=frozenset({"service_fee", "tenure"}))),
    ("QRD-03", loan(fee_minor=4_120)),
    ("QRD-03", loan(fee_minor=0, cost_study=None)),
    ("QRD-04", LOAN),
    ("QRD-05", loan(fee_formula="direct_cost + page_count * 0.10")),
    ("QRD-05", loan(fee_formula=None)),
    ("QRD-06", LOAN),
    ("QRD-07", loan(fee_minor=3_999)),
    ("QRD-08", loan(added_fee_minor=300, added_fee_evidence_minor=300, tranches_with_fee_count=1)),
    ("QRD-09", LOAN),
    ("QRD-09", loan(fee_minor=0, cost_study=None)),
    ("QRD-10", loan(fee_period=FeePeriod(5_000, 4_120, refunded_minor=800, to_charity_minor=80))),
    ("QRD-11", loan(recent_loans=lately(SPREAD))),  # one fee for all: not a rate
    ("QRD-11", loan(recent_loans=lately(TWO_PERCENT[:19]))),  # too few to tell
    ("QRD-11", loan(recent_loans=lately([(4_000, 200_000)] * 20))),  # all alike
    ("QRD-11", loan(recent_loans=lately([(0, p) for _, p in SPREAD]))),
    ("QRD-12", loan(benefits=(Benefit("dates at Eid, as every year", True),))),
    ("QRD-13", requirement(PrerequisiteKind.TRAINING, 500, 500, is_paid_to_lender=True)),
    ("QRD-13", requirement(PrerequisiteKind.PURCHASE, 500)),
    ("QRD-14", loan(excess=VoluntaryExcess(100, True, 100, 5))),
    ("QRD-15", loan(due_on=TODAY)),
    ("QRD-15", loan(due_on=None)),
    ("QRD-16", LOAN),
    ("QRD-17", LOAN),
    ("QRD-17", loan(is_disbursement_confirmed=False, is_schedule_active=False)),
    ("QRD-18", LOAN),
    ("QRD-19", LOAN),
    ("QRD-20", charge(ChargeKind.REMITTANCE_ACTUAL, 200, 200)),
    ("QRD-21", condition(ContractKind.QARD, ContractKind.KAFALAH)),
    ("QRD-22", loan(pool_uses=frozenset({"qard", "murabaha"}))),
    ("QRD-23", LOAN),
    ("DEF-02", insolvent(measures=(DebtMeasure.GRACE, DebtMeasure.FORGIVE))),
    ("DEF-02", loan(measures=(DebtMeasure.ACCELERATE,))),
    ("DEF-03", late_charge(Beneficiary.CHARITY)),
    ("DEF-05", late_charge(Beneficiary.INSTITUTION)),
    ("DEF-07", collection(DebtorState.SOLVENT_DELAYING, 900, 900)),
    ("DEF-08", call()),
    ("DEF-09", LOAN),
]

# rule, facts, field, observed, limit
REFUSED = [
    ("GEN-01", loan(approval=None), "product.resolution_id", None, None),
    (
        "GEN-01",
        loan(approval=TemplateApproval(ENDED, "h", "h")),
        "product.resolution_id",
        "2026-03-01",
        "2025-03-01 to before 2026-03-01",
    ),
    (
        "GEN-01",
        loan(approval=TemplateApproval(APPROVED, "h1", "h2")),
        "product.template_hash",
        "h2",
        "h1",
    ),
    ("GEN-03", loan(purpose_code=" Alcohol "), "purpose_code", " Alcohol ", None),
    ("GEN-03", loan(asset_use_code="gambling"), "asset_use_code", "gambling", None),
    ("GEN-03", loan(purpose_code=None), "purpose_code", None, None),
    ("GEN-04", party(birth_on=date(2008, 3, 2)), "borrower.birth_on", "17", "18"),
    ("GEN-04", party(birth_on=None), "borrower.birth_on", None, None),
    ("GEN-04", party(is_interdicted=True), "borrower.is_interdicted", "true", None),
    ("GEN-04", party(has_representative=True), "borrower.authority_document_id", None, None),
    ("GEN-04", loan(parties=()), "parties", None, None),
    (
        "GEN-05",
        condition(ContractKind.QARD, ContractKind.SARF),
        "conditions",
        "qard on sarf",
        None,
    ),
    (
        "GEN-05",
        condition(ContractKind.PAID_SERVICE, ContractKind.QARD),
        "conditions",
        "paid_service on qard",
        None,
    ),
    (
        "GEN-08",
        loan(debt_raises=(DebtRaise(DebtRaiseKind.DEFERRAL, 500),)),
        "debt_raises",
        "5.00",
        "0.00",
    ),
    ("GEN-09", loan(indexation="consumer prices"), "indexation", "consumer prices", None),
    (
        "GEN-10",
        payment(rate_on=date(2026, 2, 28)),
        "payment.rate_on",
        "2026-02-28",
        "2026-03-01",
    ),
    ("GEN-10", payment(agreed_on=None), "payment.agreed_on", None, "2026-03-01"),
    ("GEN-10", payment(residue_minor=1), "payment.residue_minor", "0.01", "0.00"),
    (
        "GEN-10",
        payment(asset=USD, has_prior_clause=True),
        "payment.has_prior_clause",
        "true",
        None,
    ),
    ("GEN-10", loan(payment=None), "payment", None, None),
    ("GEN-11", charge(ChargeKind.COMMITMENT, 100), "charges", "1.00", "0.00"),
    ("GEN-11", charge(ChargeKind.FACILITY, 100), "charges", "1.00", "0.00"),
    ("GEN-11", charge(ChargeKind.NON_UTILISATION, 100), "charges", "1.00", "0.00"),
    ("GEN-12", charge(ChargeKind.DOCUMENTATION_ACTUAL, 501, 500), "charges", "5.01", "5.00"),
    ("GEN-12", charge(ChargeKind.DOCUMENTATION_ACTUAL, 500), "charges", "5.00", "0.00"),
    ("GEN-14", loan(kyc_rank=1), "kyc_rank", "1", "2"),
    ("GEN-14", loan(kyc_rank=None), "kyc_rank", None, "2"),
    (
        "GEN-14",
        loan(is_signature_recognised=False),
        "is_signature_recognised",
        "false",
        None,
    ),
    ("GEN-20", loan(instalment_total_minor=204_001), "instalments", "2040.01", "2040.00"),
    ("GEN-20", loan(instalment_total_minor=203_999), "instalments", "2039.99", "2040.00"),
    ("GEN-20", loan(instalment_total_minor=None), "instalments", None, "2040.00"),
    ("QRD-01", loan(principal_minor=0), "principal", "0.00", "0.01"),
    ("QRD-01", loan(principal_minor=None), "principal", None, "0.01"),
    ("QRD-01", loan(asset=Asset("XAU", 0)), "fineness_bp", None, "10000"),
    (
        "QRD-01",
        loan(asset=Asset("XAU", 0), fineness_bp=10_001),
        "fineness_bp",
        "10001",
        "10000",
    ),
    ("QRD-02", charge(ChargeKind.OTHER, 1), "charges", "0.01", "0.00"),
    ("QRD-02", charge(ChargeKind.SERVICE_FEE_ACTUAL, 4_001), "charges", "40.01", "40.00"),
    ("QRD-02", charge(ChargeKind.CUSTODY_ACTUAL, 301, 300), "charges", "3.01", "3.00"),
    (
        "QRD-02",
        loan(term_names=frozenset({"profit_rate"})),
        "profit_rate",
        "profit_rate",
        None,
    ),
    (
        "QRD-02",
        loan(principal_scheduled_minor=200_100),
        "instalments",
        "2001.00",
        "2000.00",
    ),
    ("QRD-03", loan(fee_minor=4_121), "service_fee", "41.21", "41.20"),
    ("QRD-03", loan(cost_study=None), "service_fee", "40.00", "0.00"),
    (
        "QRD-04",
        loan(cost_study=study(lines=(*STUDY.lines, CostLine("salary", "loan officers", 9)))),
        "cost_study.lines",
        "salary",
        None,
    ),
    (
        "QRD-04",
        loan(cost_study=study(lines=(CostLine("courier", "own vans", 9, is_indirect=True),))),
        "cost_study.lines",
        "courier",
        None,
    ),
    ("QRD-05", loan(fee_formula="3 * months"), "fee_formula", "3 * months", None),
    ("QRD-05", loan(fee_formula="2%"), "fee_formula", "2%", None),
    ("QRD-05", loan(fee_formula="loan_size / 50"), "fee_formula", "loan_size / 50", None),
    (
        "QRD-06",
        loan(cost_study=POOL, pool_fee_minor_total=412_000),
        "cost_study.allocation_method",
        "pool_pro_rata",
        None,
    ),
    ("QRD-07", loan(fee_minor=4_001), "service_fee", "40.01", "40.00"),
    ("QRD-07", loan(fee_approved_minor=None), "service_fee", "40.00", None),
    (
        "QRD-08",
        loan(added_fee_minor=301, added_fee_evidence_minor=300),
        "added_fee",
        "3.01",
        "3.00",
    ),
    ("QRD-08", loan(tranches_with_fee_count=2), "tranches", "2", "1"),
    ("QRD-09", loan(cost_study=None), "cost_study_id", None, None),
    (
        "QRD-09",
        loan(cost_study=study(finance_approved=False)),
        "cost_study.finance_approved",
        "cst_1",
        None,
    ),
    (
        "QRD-09",
        loan(cost_study=study(shariah_approved=False)),
        "cost_study.shariah_approved",
        "cst_1",
        None,
    ),
    (
        "QRD-09",
        loan(cost_study=study(study_on=date(2025, 2, 28))),
        "cost_study.study_on",
        "cst_1",
        None,
    ),
    ("QRD-09", loan(product_id="prd_2"), "cost_study.product_id", "cst_1", None),
    ("QRD-09", loan(asset=EUR), "cost_study.asset", "cst_1", None),
    (
        "QRD-10",
        loan(fee_period=FeePeriod(5_000, 4_120, refunded_minor=800)),
        "fee_period",
        "0.80",
        "0.00",
    ),
    ("QRD-10", loan(fee_period=None), "fee_period", None, None),
    (
        "QRD-11",
        loan(recent_loans=lately(TWO_PERCENT)),
        "service_fee",
        "200 basis points",
        None,
    ),
    (
        "QRD-12",
        loan(benefits=(Benefit("use of a car", False),)),
        "benefits",
        "use of a car",
        None,
    ),
    (
        "QRD-13",
        requirement(PrerequisiteKind.MEMBERSHIP, 600, 500, is_paid_to_lender=True),
        "prerequisites",
        "6.00",
        "5.00",
    ),
    (
        "QRD-13",
        requirement(PrerequisiteKind.PURCHASE, 500, 500, is_paid_to_lender=True),
        "prerequisites",
        "5.00",
        "0.00",
    ),
    (
        "QRD-14",
        loan(excess=VoluntaryExcess(100, False)),
        "excess.has_statement",
        "1.00",
        None,
    ),
    (
        "QRD-14",
        loan(excess=VoluntaryExcess(100, True, 100, 6)),
        "excess",
        "6 of 100 loans",
        "5% of closed loans",
    ),
    ("QRD-15", loan(due_on=date(2026, 3, 2)), "due_on", "2026-03-01", "2026-03-02"),
    ("QRD-16", charge(ChargeKind.PREPAYMENT, 100), "charges", "1.00", "0.00"),
    ("QRD-16", loan(may_prepay=False), "may_prepay", None, None),
    ("QRD-17", loan(is_disbursement_confirmed=False), "disbursed_on", None, None),
    (
        "QRD-17",
        loan(first_due_on=date(2026, 2, 28)),
        "instalments",
        "2026-02-28",
        "2026-03-01",
    ),
    ("QRD-18", loan(net_disbursed_minor=196_000), "net_disbursed", "1960.00", "2000.00"),
    ("QRD-18", loan(net_disbursed_minor=None), "net_disbursed", None, "2000.00"),
    ("QRD-19", loan(total_repayable_minor=204_001), "total_repayable", "2040.01", "2040.00"),
    ("QRD-19", loan(total_repayable_minor=200_000), "total_repayable", "2000.00", "2040.00"),
    ("QRD-20", charge(ChargeKind.REMITTANCE_ACTUAL, 201, 200), "charges", "2.01", "2.00"),
    (
        "QRD-21",
        condition(ContractKind.QARD, ContractKind.QARD),
        "conditions",
        "qard on qard",
        None,
    ),
    (
        "QRD-21",
        condition(ContractKind.QARD, ContractKind.DEPOSIT_FOR_LENDER_USE),
        "conditions",
        "qard on deposit_for_lender_use",
        None,
    ),
    ("QRD-22", loan(pool_uses=frozenset({"murabaha"})), "funding_pool", "murabaha", "qard"),
    ("QRD-22", loan(pool_uses=frozenset()), "funding_pool", None, "qard"),
    ("QRD-23", loan(disclosure_version="3"), "disclosure_ack", None, "3"),
    ("QRD-23", loan(disclosure_version=None), "disclosure_ack", None, None),
    (
        "DEF-02",
        insolvent(measures=(DebtMeasure.PRESSURE_COLLECTION,)),
        "measures",
        "pressure_collection",
        None,
    ),
    (
        "DEF-02",
        insolvent(debt_raises=(DebtRaise(DebtRaiseKind.ACTUAL_COST_RECOVERY, 500),)),
        "debt_raises",
        "5.00",
        "0.00",
    ),
    ("DEF-03", late_charge(Beneficiary.INSTITUTION), "late_charges", "5.00 a week", None),
    ("DEF-05", late_charge(Beneficiary.CHARITY), "late_charges", "5.00 a week", None),
    ("DEF-07", collection(DebtorState.SOLVENT_DELAYING, 901, 900), "charges", "9.01", "9.00"),
    ("DEF-07", collection(DebtorState.SOLVENT_DELAYING, 900, None), "charges", "9.00", "0.00"),
    (
        "DEF-07",
        collection(DebtorState.UNKNOWN, 900, 900),
        "debtor_state",
        "unknown",
        "solvent_delaying",
    ),
    ("DEF-08", call(has_clause=False), "acceleration.has_clause", "false", None),
    ("DEF-08", call(notice_on=None), "acceleration.notice_on", None, None),
    (
        "DEF-08",
        call(notice_on=date(2026, 2, 16)),
        "acceleration.notice_on",
        "2026-03-01",
        "2026-03-02",
    ),
    ("DEF-08", call(cure_days=0), "acceleration.cure_days", "0", "1"),
    ("DEF-08", call(is_force_majeure=True), "acceleration.is_force_majeure", "true", None),
    (
        "DEF-08",
        replace(call(), debtor_state=DebtorState.INSOLVENT),
        "debtor_state",
        "insolvent",
        None,
    ),
    ("DEF-09", loan(outstanding_minor=203_999), "instalments", "2040.00", "2039.99"),
    ("DEF-09", loan(outstanding_minor=None), "instalments", "2040.00", None),
]


@pytest.mark.parametrize(("rule_id", "facts"), PASSING)
def test_the_rule_passes_what_is_lawful(rule_id: str, facts: QardFacts) -> None:
    assert findings_of(rule_id, facts) == []


@pytest.mark.parametrize(("rule_id", "facts", "field", "observed", "limit"), REFUSED)
def test_the_rule_finds_what_is_not_and_says_where(
    rule_id: str, facts: QardFacts, field: str, observed: str | None, limit: str | None
) -> None:
    findings = findings_of(rule_id, facts)
    assert [(f.rule_id, f.field, f.observed, f.limit) for f in findings] == [
        (rule_id, field, observed, limit)
    ]


def test_every_rule_has_a_passing_and_a_refusing_case() -> None:
    assert {rule_id for rule_id, _ in PASSING} == set(CHECKS)
    assert {rule_id for rule_id, *_ in REFUSED} == set(CHECKS)


class TestVectors:
    def test_t1_a_fee_within_direct_cost_passes_every_rule(self) -> None:
        for action in (Action.CREATE, Action.APPROVE, Action.DISBURSE):
            assert codes(LOAN, action) == set()

    def test_t1_warns_of_a_proportional_fee_only_when_the_portfolio_shows_it(self) -> None:
        facts = loan(recent_loans=lately(TWO_PERCENT))
        assert codes(facts, Action.CREATE) == {"QARD_FEE_LOOKS_PROPORTIONAL"}
        outcomes = [f for e in evaluate(facts, Action.CREATE) for f in e.findings]
        assert blocking(outcomes) == ()

    def test_t2_a_fee_above_direct_cost_is_refused_at_the_cost(self) -> None:
        facts = loan(cost_study=study(lines=(CostLine("courier", "", 315_000),)))
        (finding,) = [f for e in evaluate(facts, Action.CREATE) for f in e.findings]
        assert finding.code == "QARD_FEE_EXCEEDS_COST"
        assert (finding.observed, finding.limit) == ("40.00", "31.50")

    def test_t3_cost_paid_by_a_donor_is_not_charged_again(self) -> None:
        facts = loan(cost_study=study(subsidy_minor_total=200_000))
        (finding,) = [f for e in evaluate(facts, Action.CREATE) for f in e.findings]
        assert finding.code == "QARD_FEE_EXCEEDS_COST"
        assert (finding.observed, finding.limit) == ("40.00", "21.20")

    def test_t4_a_fee_formula_on_the_principal_is_a_rate(self) -> None:
        assert codes(loan(fee_formula="0.02*principal"), Action.CREATE) == {"QARD_FEE_RATE_BASED"}

    def test_t5_a_reschedule_from_1000_to_1010_is_refused(self) -> None:
        facts = loan(
            outstanding_minor=100_000,
            instalment_total_minor=101_000,
            contract_amount_minor=101_000,
        )
        assert codes(facts, Action.RESCHEDULE) == {"RESCHEDULE_INCREASE"}

    def test_t6_a_compulsory_deposit_at_the_lender_is_a_tied_benefit(self) -> None:
        facts = requirement(PrerequisiteKind.SAVING, 20_000, is_usable_by_lender=True)
        for action in (Action.SAVE_PRODUCT, Action.CREATE):
            assert codes(facts, action) == {"QARD_TIED_BENEFIT"}

    @pytest.mark.parametrize("profile", ShariahProfile)
    def test_t28_a_late_fee_to_the_institution_is_refused(self, profile: ShariahProfile) -> None:
        facts = replace(late_charge(Beneficiary.INSTITUTION), profile=profile)
        assert codes(facts, Action.CREATE) == {"LATE_FEE_TO_CREDITOR"}

    def test_t29_a_charity_pledge_is_not_taken_from_an_insolvent_debtor(self) -> None:
        facts = insolvent(measures=(DebtMeasure.CHARITY_PLEDGE,))
        assert codes(facts, Action.CHARGE) == {"INSOLVENT_CHARGED"}


@given(st.integers(0, 10_000), st.integers(0, 10**7), st.integers(0, 10**7))
def test_no_fee_passes_above_what_the_institution_bore_per_loan(
    fee: int, cost: int, subsidy: int
) -> None:
    lines = (CostLine("courier", "", cost),)
    facts = loan(fee_minor=fee, cost_study=study(lines=lines, subsidy_minor_total=subsidy))
    passes = not findings_of("QRD-03", facts)
    assert passes == (fee * STUDY.loan_count <= max(0, cost - subsidy))


@given(st.sampled_from(Action))
def test_outcomes_come_in_the_order_of_the_book_one_for_each_rule(action: Action) -> None:
    outcomes = [evaluation.rule_id for evaluation in evaluate(LOAN, action)]
    assert outcomes == [rule_id for rule_id in CHECKS if rule_id in RULES_BY_ACTION[action]]
    assert all(evaluation.passed for evaluation in evaluate(LOAN, action))


def test_all_findings_are_returned_and_not_only_the_first() -> None:
    facts = loan(purpose_code="alcohol", fee_minor=9_000, fee_formula="days", pool_uses=frozenset())
    assert codes(facts, Action.DISBURSE) == {
        "PURPOSE_PROHIBITED",
        "QARD_FEE_EXCEEDS_COST",
        "QARD_FEE_RATE_BASED",
        "QARD_FEE_CHANGED",
        "QARD_TOTAL_MISMATCH",
        "POOL_USE_NOT_PERMITTED",
    }


def test_a_facility_fee_breaks_both_the_rule_on_fees_and_the_rule_on_increase() -> None:
    facts = charge(ChargeKind.FACILITY, 100)
    assert codes(facts, Action.CREATE) == {"COMMITMENT_FEE", "QARD_INCREASE_STIPULATED"}


@pytest.mark.parametrize(
    ("rule_id", "facts", "action"),
    [
        ("QRD-06", loan(cost_study=POOL, pool_fee_minor_total=412_000), Action.CREATE),
        ("QRD-18", loan(net_disbursed_minor=196_000), Action.DISBURSE),
        ("DEF-05", late_charge(Beneficiary.CHARITY), Action.CREATE),
    ],
)
def test_a_resolution_on_the_rule_lets_a_reviewed_loan_go_on(
    rule_id: str, facts: QardFacts, action: Action
) -> None:
    ruling = Resolution("res_2", frozenset({rule_id}), date(2026, 1, 1))
    waiting = [f for e in evaluate(facts, action) for f in e.findings]
    assert [f.severity for f in blocking(waiting)] == [Severity.REVIEW]
    ruled = [f for e in evaluate(replace(facts, resolutions=(ruling,)), action) for f in e.findings]
    assert blocking(ruled) == ()
    assert [f.resolution_id for f in ruled] == ["res_2"]


def test_no_resolution_lets_a_pool_collect_more_than_its_cost() -> None:
    ruling = Resolution("res_2", frozenset({"QRD-06"}), date(2026, 1, 1))
    facts = loan(cost_study=POOL, pool_fee_minor_total=412_001, resolutions=(ruling,))
    (stopped,) = blocking([f for e in evaluate(facts, Action.CREATE) for f in e.findings])
    assert stopped.code == "QARD_POOL_METHOD_UNAPPROVED"
    assert (stopped.observed, stopped.limit) == ("4120.01", "4120.00")


def test_an_excess_that_has_become_custom_goes_to_the_board() -> None:
    (finding,) = findings_of("QRD-14", loan(excess=VoluntaryExcess(100, True, 100, 6)))
    assert finding.severity is Severity.REVIEW


@pytest.mark.parametrize("rule_id", ["QRD-15", "QRD-21"])
def test_a_demand_under_an_acceleration_is_left_to_its_own_rule(rule_id: str) -> None:
    facts = replace(call(), due_on=date(2026, 9, 1))
    assert findings_of(rule_id, facts) == []


def test_compensation_for_delay_raises_no_debt_under_any_profile() -> None:
    raises = (DebtRaise(DebtRaiseKind.TAWIDH, 100),)
    for profile in ShariahProfile:
        (finding,) = findings_of("GEN-08", loan(debt_raises=raises, profile=profile))
        assert finding.code == "DEBT_INCREASE_FOR_TIME"
