"""Each rule of a qard passes what it must and refuses what it must."""

from __future__ import annotations

from datetime import date

import pytest

from sanduq.kit.money import Asset
from sanduq.qard.facts import (
    Benefit,
    FeePeriod,
    PrerequisiteKind,
    QardFacts,
    VoluntaryExcess,
)
from sanduq.qard.rules import CHECKS
from sanduq.shariah.facts import (
    ChargeKind,
    ContractKind,
)
from sanduq.shariah.model import (
    CostLine,
)
from tests.make.qard_facts import (
    EUR,
    LOAN,
    POOL,
    SPREAD,
    STUDY,
    TODAY,
    TWO_PERCENT,
    charge,
    condition,
    findings_of,
    lately,
    loan,
    requirement,
    study,
)

PASSING = [
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
    # principals 100,000 ± 20% exactly: they do not vary enough
    ("QRD-11", loan(recent_loans=lately([(1_600, 80_000), (2_400, 120_000)] * 10))),
    # ratios 2% ± 2% exactly (1.96% and 2.04%): they vary enough
    ("QRD-11", loan(recent_loans=lately([(980, 50_000), (3_060, 150_000)] * 10))),
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
]

# rule, facts, field, observed, limit
REFUSED = [
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
        "QRD-11",  # 1.98% and 2.02% on principals 100,000 ± 50%
        loan(recent_loans=lately([(990, 50_000), (3_030, 150_000)] * 10)),
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
    expected = {rule_id for rule_id in CHECKS if rule_id.startswith("QRD")}
    assert {rule_id for rule_id, _ in PASSING} == expected
    assert {rule_id for rule_id, *_ in REFUSED} == expected
