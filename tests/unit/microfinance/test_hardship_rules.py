"""The rules of default, write-off and forgiveness, each kept and each broken."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from sanduq.kit.money import currency
from sanduq.microfinance.loans.hardship.facts import Action, HardshipFacts
from sanduq.microfinance.loans.hardship.model import divided
from sanduq.microfinance.loans.hardship.rules import CHECKS, RULES_BY_ACTION, evaluate
from sanduq.shariah.facts import (
    Beneficiary,
    DebtMeasure,
    DebtorState,
    DebtRaise,
    DebtRaiseKind,
    LateCharge,
)
from sanduq.shariah.model import Resolution, Severity, worst
from sanduq.shariah.rulebook import load_rulebook

TODAY = date(2024, 6, 3)
FACTS = HardshipFacts(
    on=TODAY,
    asset=currency("USD"),
    debtor_state=DebtorState.SOLVENT_DELAYING,
    has_assessment=True,
    respond_by_on=date(2024, 6, 2),
)


def facts(**changes: Any) -> HardshipFacts:
    return replace(FACTS, **changes)


def pledge(**changes: Any) -> HardshipFacts:
    base = {
        "measures": (DebtMeasure.CHARITY_PLEDGE,),
        "pledge_account": "2100",
        "is_qard": False,
        "has_charity_clause": True,
    }
    return facts(**{**base, **changes})


KEPT = [
    ("DEF-01", facts()),
    ("DEF-01", facts(debtor_state=DebtorState.INSOLVENT, respond_by_on=None)),
    ("DEF-01", facts(debtor_state=DebtorState.EXCUSED, respond_by_on=None)),
    ("DEF-04", pledge()),
    ("DEF-04", facts(debtor_state=DebtorState.INSOLVENT)),  # nothing pledged
    ("DEF-15", facts(is_claim_kept=True)),
    ("DEF-15", facts(measures=(DebtMeasure.FORGIVE,), authority="board minutes 7")),
    ("DEF-16", facts(is_forgiven_whole=True, guarantees_live_count=0)),
    ("DEF-16", facts(is_forgiven_whole=False, guarantees_live_count=4)),
    ("DEF-19", facts(event="flood of May", is_holiday_given=True)),
]

BROKEN = [
    ("DEF-01", facts(has_assessment=False)),
    ("DEF-01", facts(debtor_state=DebtorState.UNKNOWN)),
    ("DEF-01", facts(respond_by_on=None)),
    ("DEF-01", facts(respond_by_on=TODAY)),  # the whole day is the debtor's
    ("DEF-04", pledge(pledge_account="4900")),
    ("DEF-04", pledge(has_charity_clause=False)),
    ("DEF-04", pledge(debtor_state=DebtorState.UNKNOWN)),
    ("DEF-15", facts(is_claim_kept=False)),
    ("DEF-15", facts(measures=(DebtMeasure.FORGIVE,), authority=None)),
    ("DEF-16", facts(is_forgiven_whole=True, guarantees_live_count=3)),
    ("DEF-19", facts(event="flood of May")),
]


@pytest.mark.parametrize(("rule_id", "known"), KEPT)
def test_a_rule_of_default_is_kept(rule_id: str, known: HardshipFacts) -> None:
    assert CHECKS[rule_id](known) == []


@pytest.mark.parametrize(("rule_id", "known"), BROKEN)
def test_a_rule_of_default_is_broken(rule_id: str, known: HardshipFacts) -> None:
    findings = CHECKS[rule_id](known)
    assert findings
    assert {finding.code for finding in findings} == {load_rulebook()[rule_id].code}


def test_a_late_fee_never_goes_to_the_creditor() -> None:
    """T28: a late fee to income is LATE_FEE_TO_CREDITOR under AAOIFI."""
    fee = LateCharge("1 % a month", Beneficiary.INSTITUTION)
    found = [f for e in evaluate(facts(late_charges=(fee,)), Action.CHARGE) for f in e.findings]
    assert [finding.code for finding in found] == ["LATE_FEE_TO_CREDITOR"]
    assert worst(found) is Severity.BLOCK


def test_an_insolvent_debtor_is_not_held_to_a_pledge() -> None:
    """T29: debtor insolvent, charity pledge applied: INSOLVENT_CHARGED."""
    insolvent = pledge(
        debtor_state=DebtorState.INSOLVENT,
        debt_raises=(DebtRaise(DebtRaiseKind.CHARITY_PLEDGE, 500),),
    )
    codes = {f.code for e in evaluate(insolvent, Action.PLEDGE) for f in e.findings}
    assert "INSOLVENT_CHARGED" in codes


def test_a_pledge_on_a_qard_waits_for_a_ruling_and_one_on_a_sale_does_not() -> None:
    charge = LateCharge("a pledge for delay", Beneficiary.CHARITY)
    on_qard = pledge(is_qard=True, late_charges=(charge,))
    on_sale = pledge(late_charges=(charge,))
    assert worst(f for e in evaluate(on_qard, Action.PLEDGE) for f in e.findings) is Severity.REVIEW
    ruling = Resolution("res_1", frozenset({"DEF-05"}), date(2024, 1, 1))
    ruled = replace(on_qard, resolutions=(ruling,))
    assert all(each.passed for each in evaluate(ruled, Action.PLEDGE))
    assert all(each.passed for each in evaluate(on_sale, Action.PLEDGE))


def test_every_rule_named_for_an_act_has_a_check() -> None:
    assert {rule for rules in RULES_BY_ACTION.values() for rule in rules} == set(CHECKS)


@pytest.mark.parametrize(
    ("amount", "expected"),
    [(0, (0, 0)), (30, (0, 30)), (40, (0, 40)), (41, (1, 40)), (140, (100, 40))],
)
def test_what_is_given_up_is_the_fee_before_the_principal(
    amount: int, expected: tuple[int, int]
) -> None:
    assert divided(amount, 100, 40) == expected
