"""Each rule of groups and guarantees passes what it must and refuses what it must."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from sanduq.kit.money import currency
from sanduq.microfinance.groups.guarantees.facts import (
    Action,
    CallFacts,
    ConsentFacts,
    GroupFacts,
    GuaranteeFacts,
    KafalahFacts,
    RecourseFacts,
    ShareFacts,
)
from sanduq.microfinance.groups.guarantees.rules import CHECKS, RULES_BY_ACTION, evaluate
from sanduq.shariah.facts import DebtMeasure, DebtorState
from sanduq.shariah.model import Resolution, Severity, blocking
from sanduq.shariah.rulebook import Implementation, load_rulebook

TODAY = date(2024, 1, 15)
USD = currency("USD")
FACTS = KafalahFacts(on=TODAY, asset=USD)
CONSENT = ConsentFacts("cpty_a", TODAY, "signature", "doc 17", 400_00)
GIVEN = GuaranteeFacts(
    guarantor_id="cpty_a",
    cap_minor=400_00,
    has_scope=True,
    from_on=TODAY,
    to_on=date(2025, 1, 15),
    has_recourse=True,
    consent=CONSENT,
    caps_minor=400_00,
    annual_surplus_minor=400_00,
    largest_call_minor=400_00,
)


def guarantee(**changes):
    return replace(FACTS, guarantee=replace(GIVEN, **changes))


def consent(**changes):
    return guarantee(consent=replace(CONSENT, **changes))


def call(overdue=100_00, *shares, **changes):
    return replace(FACTS, call=CallFacts(overdue, shares=shares, **changes))


def share(amount=100_00, room=400_00, **changes):
    return ShareFacts("cpty_a", amount, room, **changes)


def recourse(paid=60_00, claimed=60_00, recovered=0, charge=0):
    return replace(FACTS, recourse=RecourseFacts(paid, claimed, recovered, charge))


def group(*members, size=3, **changes):
    return replace(FACTS, group=GroupFacts(members, size, **changes))


def lock(until):
    return group(suspended_on=TODAY, suspended_until_on=until, cycle_ends_on=date(2025, 1, 15))


PASSING = [
    ("KFL-01", guarantee(fee_minor=0)),
    ("KFL-01", guarantee(expense_minor=3_00, receipt_minor=3_00)),
    ("KFL-02", guarantee()),
    ("KFL-02", consent(method="thumb")),
    ("KFL-03", FACTS),
    ("KFL-04", call(100_00, share())),
    ("KFL-04", call(100_00, share(40_00), fund_minor=60_00, fund_share_minor=60_00)),
    ("KFL-04", call(100_00, share(), fund_minor=60_00, is_fund_before=False)),
    ("KFL-05", recourse(60_00, 60_00)),
    ("KFL-05", recourse(60_00, 0)),
    ("KFL-06", recourse(recovered=60_00)),
    ("KFL-07", guarantee()),
    ("KFL-07", guarantee(acts_for_institution=True, answers_for_misconduct_only=True)),
    ("KFL-08", guarantee()),
    ("KFL-09", call(100_00, share(100_00))),
    ("KFL-10", lock(date(2025, 1, 15))),
    ("KFL-10", group("cpty_a")),
    ("KFL-11", call(100_00, share(0, state=DebtorState.INSOLVENT))),
    ("KFL-11", call(100_00, share(0, state=DebtorState.INSOLVENT, measures=(DebtMeasure.GRACE,)))),
    ("KFL-11", call(100_00, share(state=DebtorState.SOLVENT_DELAYING))),
    ("KFL-12", guarantee(is_organisation=True)),
    ("KFL-12", guarantee(has_recourse=False)),  # a member may give; he gives what is his
    ("KFL-13", group("cpty_a", "cpty_b", "cpty_c")),
    ("KFL-13", group("cpty_a", staff_ids=frozenset({"cpty_z"}))),
    ("DIS-04", guarantee()),
    ("DIS-04", consent(explained_minor=500_00)),
]
REFUSED = [
    # vector 33: a fee of one per cent of 400.00
    ("KFL-01", guarantee(fee_minor=4_00), "fee", "4.00", "0.00"),
    ("KFL-01", guarantee(expense_minor=5_00, receipt_minor=3_00), "expense", "5.00", "3.00"),
    ("KFL-02", consent(given_by="cpty_chair"), "consent.given_by", "cpty_chair", "cpty_a"),
    ("KFL-02", consent(given_by=None), "consent.given_by", None, "cpty_a"),
    ("KFL-02", consent(given_on=date(2024, 1, 16)), "consent.given_on", None, "2024-01-15"),
    ("KFL-02", consent(method="by the leader"), "consent.method", "by the leader", None),
    ("KFL-02", consent(document=None), "consent.method", "signature", None),
    ("KFL-02", guarantee(cap_minor=0), "cap", None, None),
    ("KFL-02", guarantee(to_on=date(2024, 1, 14)), "to", None, None),
    ("KFL-02", guarantee(to_on=None), "to", None, None),
    ("KFL-02", guarantee(has_scope=False), "scope", None, None),
    ("KFL-02", guarantee(has_recourse=None), "scope", None, None),
    ("KFL-02", FACTS, "consent", None, None),
    ("KFL-03", replace(FACTS, withdrawn_debt_ids=("mfl_1", "mfl_2")), "guarantee",
     "mfl_1, mfl_2", None),
    ("KFL-04", call(0), "loan_id", "0.00", None),
    ("KFL-04", call(100_00, share(), fund_minor=60_00), "rule", "0.00", "60.00"),
    ("KFL-05", recourse(60_00, 60_01), "recourse", "60.01", "60.00"),
    ("KFL-06", recourse(charge=1), "charge", "0.01", "0.00"),
    ("KFL-06", recourse(recovered=60_01), "amount", "60.01", "60.00"),
    ("KFL-07", guarantee(acts_for_institution=True), "guarantor_id", "cpty_a", None),
    ("KFL-08", guarantee(caps_minor=400_01), "annual_surplus", "400.01", "400.00"),
    ("KFL-08", guarantee(annual_surplus_minor=None), "annual_surplus", "400.00", None),
    ("KFL-09", call(100_00, share(100_01)), "amount", "100.01", "100.00"),
    ("KFL-09", call(100_00, share(50_00), asked_minor=100_01), "amount", "100.01", "100.00"),
    ("KFL-09", call(100_00, share(60_00, 50_00)), "shares.cpty_a", "60.00", "50.00"),
    ("KFL-10", lock(None), "until", None, "2025-01-15"),
    ("KFL-10", lock(date(2025, 1, 16)), "until", "2025-01-16", "2025-01-15"),
    ("KFL-11", call(100_00, share(1, state=DebtorState.INSOLVENT)), "shares.cpty_a", "0.01",
     "0.00"),
    ("KFL-11", call(100_00, share(charge_minor=2_00)), "shares.cpty_a", "2.00", "0.00"),
    ("KFL-11", call(100_00, share(0, state=DebtorState.INSOLVENT,
                                  measures=(DebtMeasure.PRESSURE_COLLECTION,))),
     "shares.cpty_a", "pressure_collection", None),
    ("KFL-12", guarantee(is_organisation=True, has_recourse=False), "recourse", "false", None),
    ("KFL-13", group("cpty_a", "cpty_b", "cpty_c", "cpty_d"), "max_members", "4", "3"),
    ("KFL-13", group("cpty_a", "cpty_a"), "party_id", "cpty_a", None),
    ("KFL-13", group("cpty_a", staff_ids=frozenset({"cpty_a"})), "facilitator_id", "cpty_a", None),
    ("KFL-13", guarantee(is_facilitator=True), "guarantor_id", "cpty_a", None),
    ("DIS-04", consent(explained_minor=399_99), "consent.explained_max_call", "399.99", "400.00"),
    ("DIS-04", consent(explained_minor=None), "consent.explained_max_call", None, "400.00"),
]  # fmt: skip


@pytest.mark.parametrize(("rule_id", "facts"), PASSING)
def test_a_rule_lets_through_what_keeps_it(rule_id, facts):
    assert CHECKS[rule_id](facts) == []


@pytest.mark.parametrize(("rule_id", "facts", "field", "observed", "limit"), REFUSED)
def test_a_rule_names_what_breaks_it(rule_id, facts, field, observed, limit):
    (found,) = CHECKS[rule_id](facts)
    rule = load_rulebook()[rule_id]
    assert (found.rule_id, found.code, found.severity) == (rule_id, rule.code, rule.severity)
    assert (found.field, found.observed, found.limit) == (field, observed, limit)


@pytest.mark.parametrize("rule_id", sorted(CHECKS))
def test_a_rule_says_nothing_of_what_it_was_not_told(rule_id):
    assert rule_id == "KFL-02" or CHECKS[rule_id](FACTS) == []


def test_every_rule_of_the_section_is_implemented_and_asked_somewhere():
    rules = {r.id: r for r in load_rulebook().values() if r.section == "kafalah"}
    assert len(rules) == 13
    asked = frozenset[str]().union(*RULES_BY_ACTION.values())
    for rule_id, rule in rules.items():
        assert rule.implementation is Implementation.IMPLEMENTED
        assert rule_id in asked
        assert rule.function == f"{CHECKS[rule_id].__module__}.{CHECKS[rule_id].__name__}"
    assert "DIS-04" in asked


def test_an_organisations_gift_passes_under_a_resolution_that_names_the_rule():
    gift = guarantee(is_organisation=True, has_recourse=False)
    lives = Resolution("res_1", frozenset({"KFL-12"}), date(2024, 1, 1))

    def stopped(facts):
        found = [f for each in evaluate(facts, Action.GUARANTEE) for f in each.findings]
        return [f.rule_id for f in blocking(found)]

    assert stopped(gift) == ["KFL-12"]
    assert stopped(replace(gift, resolutions=(lives,))) == []


def test_overload_and_a_long_lock_warn_and_do_not_stop():
    assert load_rulebook()["KFL-08"].severity is Severity.WARN
    found = CHECKS["KFL-08"](guarantee(caps_minor=10**9)) + CHECKS["KFL-10"](lock(None))
    assert len(found) == 2
    assert blocking(found) == ()


def test_t33_a_member_takes_no_fee_for_answering():
    """T33: a member's guarantee for a fee of 1 %: 4.00 on a cap of 400.00."""
    (found,) = CHECKS["KFL-01"](guarantee(fee_minor=4_00))
    assert (found.code, found.observed, found.limit) == ("GUARANTEE_FEE", "4.00", "0.00")
    assert blocking((found,))
