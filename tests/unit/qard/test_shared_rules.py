"""The rules of every contract and of default, as a qard meets them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from sanduq.qard.facts import QardFacts
from sanduq.qard.rules import CHECKS
from sanduq.shariah.facts import (
    Beneficiary,
    ChargeKind,
    ContractKind,
    DebtMeasure,
    DebtorState,
    DebtRaise,
    DebtRaiseKind,
    TemplateApproval,
)
from sanduq.shariah.model import Resolution
from tests.make.qard_facts import (
    APPROVED,
    LOAN,
    TODAY,
    USD,
    call,
    charge,
    collection,
    condition,
    findings_of,
    insolvent,
    late_charge,
    loan,
    party,
    payment,
)

ENDED = Resolution("res_0", frozenset({"GEN-01"}), date(2025, 3, 1), TODAY)
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
    expected = {rule_id for rule_id in CHECKS if not rule_id.startswith("QRD")}
    assert {rule_id for rule_id, _ in PASSING} == expected
    assert {rule_id for rule_id, *_ in REFUSED} == expected
