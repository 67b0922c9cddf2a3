"""A lawful qard, and ways to bend it.

The loan is 2,000.00 with a fee of 40.00, repaid in twelve instalments of 170.00, under a cost
study that finds 41.20 of direct cost per loan.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from sanduq.kit.money import currency
from sanduq.qard.facts import (
    Action,
    FeePeriod,
    FeeSample,
    Prerequisite,
    PrerequisiteKind,
    QardFacts,
)
from sanduq.qard.model import AllocationMethod, CostStudy
from sanduq.qard.rules import CHECKS, evaluate
from sanduq.shariah.facts import (
    Acceleration,
    Beneficiary,
    Charge,
    ChargeKind,
    Condition,
    ContractKind,
    DebtorState,
    LateCharge,
    PartyCapacity,
    PaymentTerms,
    TemplateApproval,
)
from sanduq.shariah.model import (
    CostLine,
    Finding,
    Resolution,
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


POOL = study(allocation_method=AllocationMethod.POOL_PRO_RATA)
SPREAD = [(fee, 100_000 + 20_000 * n) for n, fee in enumerate([4_000] * 20)]
TWO_PERCENT = [(principal // 50, principal) for _, principal in SPREAD]
