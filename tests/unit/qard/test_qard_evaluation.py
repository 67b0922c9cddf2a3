"""The rules of a qard together: the agreed examples, the order, and what resolutions settle."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanduq.qard.facts import (
    Action,
    PrerequisiteKind,
    QardFacts,
    VoluntaryExcess,
)
from sanduq.qard.rules import CHECKS, RULES_BY_ACTION, evaluate
from sanduq.shariah.facts import (
    Beneficiary,
    ChargeKind,
    DebtMeasure,
    DebtRaise,
    DebtRaiseKind,
)
from sanduq.shariah.model import (
    CostLine,
    Resolution,
    Severity,
    ShariahProfile,
    blocking,
)
from tests.make.qard_facts import (
    LOAN,
    POOL,
    STUDY,
    TODAY,
    TWO_PERCENT,
    USD,
    call,
    charge,
    codes,
    findings_of,
    insolvent,
    late_charge,
    lately,
    loan,
    requirement,
    study,
)


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


def test_a_product_is_checked_before_any_amount_is_known() -> None:
    product = QardFacts(on=TODAY, asset=USD, cost_study=STUDY, fee_formula="direct_cost")
    assert codes(product, Action.SAVE_PRODUCT) == set()
    assert codes(replace(product, may_prepay=False), Action.SAVE_PRODUCT) == {"PREPAYMENT_CHARGE"}


def test_facts_that_are_not_known_permit_nothing() -> None:
    unknown = QardFacts(on=TODAY, asset=USD)
    assert codes(unknown, Action.DISBURSE) == {
        "SSB_APPROVAL_MISSING",
        "PURPOSE_PROHIBITED",
        "PARTY_CAPACITY",
        "ONLINE_IDENTITY_UNVERIFIED",
        "SCHEDULE_SUM_MISMATCH",
        "QARD_SUBJECT_INVALID",
        "QARD_FEE_CHANGED",
        "QARD_NET_DISBURSEMENT",
        "QARD_TOTAL_MISMATCH",
        "POOL_USE_NOT_PERMITTED",
        "DISCLOSURE_MISSING",
    }
