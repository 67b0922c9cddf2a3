"""Each rule of sadaqah passes what it must and refuses what it must."""

from __future__ import annotations

from datetime import date

import pytest

from sanduq.funds.donations.facts import (
    Action,
    CostBorne,
    DebtBorne,
    DonationFacts,
    PurposeTerms,
    RestrictionChange,
)
from sanduq.funds.donations.rules import CHECKS, RULES_BY_ACTION, evaluate
from sanduq.funds.purposes.model import STANDARD_PURPOSES, FundUse
from sanduq.funds.spending.model import SpendingUse
from sanduq.kit.money import currency
from sanduq.shariah.facts import DebtorState
from sanduq.shariah.model import Resolution, Severity, blocking

ON = date(2024, 1, 15)
RULING = Resolution("res_1", frozenset({"SDQ-01"}), date(2024, 1, 1), date(2024, 2, 1))
LAPSED = Resolution("res_2", frozenset({"SDQ-01"}), date(2023, 1, 1), date(2024, 1, 15))
ELSEWHERE = Resolution("res_3", frozenset({"ZKT-06"}), date(2024, 1, 1))
RELIEF = PurposeTerms("debt_relief", frozenset({"absorb_default"}))
SCHOOL = PurposeTerms("education.cpty_school", frozenset({"grant"}), "cpty_school")
CHANGE = RestrictionChange("education", "water")


def facts(**changes):
    return DonationFacts(**{"on": ON, "asset": currency("USD"), **changes})


def debt(state=DebtorState.INSOLVENT, **changes):
    named = {"payer": "sadaqah:debt_relief", "debt_id": "mfl_1", "debtor_id": "cpty_1"}
    return facts(debt=DebtBorne(**{**named, "debtor_state": state, **changes}))


PASSING = [
    ("SDQ-01", facts()),
    ("SDQ-01", facts(purpose=RELIEF, use="absorb_default")),
    ("SDQ-01", facts(purpose=SCHOOL, use="grant", beneficiaries=frozenset({"cpty_school"}))),
    ("SDQ-01", facts(change=RestrictionChange("education", "water", "letter of 3 January"))),
    ("SDQ-01", facts(change=CHANGE, resolutions=(ELSEWHERE, RULING))),
    ("SDQ-02", facts()),
    ("SDQ-02", debt()),
    ("SDQ-02", debt(closing_status="SETTLED_BY_THIRD_PARTY")),
    ("SDQ-03", facts()),
    ("SDQ-03", facts(cost=CostBorne(4_000, 1_000, 3_000))),
    ("SDQ-03", facts(cost=CostBorne(4_000, 5_000, 0))),
    ("SDQ-04", facts()),
    ("SDQ-04", debt()),
    ("SDQ-04", debt(DebtorState.EXCUSED)),
]
REFUSED = [
    ("SDQ-01", facts(purpose=RELIEF, use="grant"), "grant"),
    ("SDQ-01", facts(purpose=SCHOOL, use="grant", beneficiaries=frozenset({"cpty_2"})), "cpty_2"),
    ("SDQ-01", facts(purpose=SCHOOL, use="grant"), None),
    ("SDQ-01", facts(change=CHANGE), "water"),
    ("SDQ-01", facts(change=CHANGE, resolutions=(LAPSED, ELSEWHERE)), "water"),
    ("SDQ-02", debt(payer=None), None),
    ("SDQ-02", debt(debt_id=""), None),
    ("SDQ-02", debt(debtor_id=None), None),
    ("SDQ-02", debt(closing_status="COMPLETED"), "COMPLETED"),
    ("SDQ-03", facts(cost=CostBorne(4_000, 1_000, 3_001)), "30.01"),
    ("SDQ-03", facts(cost=CostBorne(4_000, 5_000, 1)), "0.01"),
    ("SDQ-04", debt(DebtorState.SOLVENT_DELAYING), "solvent_delaying"),
    ("SDQ-04", debt(None), None),
]


@pytest.mark.parametrize(("rule_id", "given"), PASSING)
def test_a_rule_passes_what_it_permits(rule_id, given):
    assert CHECKS[rule_id](given) == []


@pytest.mark.parametrize(("rule_id", "given", "observed"), REFUSED)
def test_a_rule_names_what_it_refuses(rule_id, given, observed):
    (finding,) = CHECKS[rule_id](given)
    assert (finding.rule_id, finding.observed) == (rule_id, observed)


def test_a_subsidy_leaves_only_the_rest_of_the_cost_to_charge():
    # 40.00 of direct cost, 10.00 of it from donors: 30.00 may be charged (SDQ-03)
    (finding,) = CHECKS["SDQ-03"](facts(cost=CostBorne(4_000, 1_000, 4_000)))
    assert (finding.observed, finding.limit) == ("40.00", "30.00")
    assert finding.code == "COST_DOUBLE_RECOVERED"


def test_relief_of_a_debtor_who_delays_is_a_warning_that_lets_it_through():
    found = [f for e in evaluate(debt(DebtorState.SOLVENT_DELAYING), Action.SPEND_WAQF)
             for f in e.findings]  # fmt: skip
    assert [(f.code, f.severity) for f in found] == [("ABSORB_WRONG_STATE", Severity.WARN)]
    assert blocking(found) == ()


def test_every_rule_is_run_by_some_action():
    assert set().union(*RULES_BY_ACTION.values()) == set(CHECKS)


def test_every_use_of_a_fund_is_one_a_purpose_may_allow():
    assert {str(use) for use in SpendingUse} | {"qard"} == {str(use) for use in FundUse}
    assert len({each.code for each in STANDARD_PURPOSES}) == len(STANDARD_PURPOSES)
