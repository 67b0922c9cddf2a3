"""Each rule of the common fund passes what it must and refuses what it must."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from sanduq.kit.money import currency
from sanduq.microfinance.common_fund.facts import (
    Action,
    BylawFacts,
    CommonFundFacts,
    LoanFacts,
    PaymentFacts,
    SurplusFacts,
)
from sanduq.microfinance.common_fund.rules import CHECKS, RULES_BY_ACTION, evaluate
from sanduq.shariah.model import Severity
from sanduq.shariah.rulebook import Implementation, load_rulebook

FACTS = CommonFundFacts(on=date(2024, 1, 15), asset=currency("USD"))
LAWS = BylawFacts(
    basis="TABARRU",
    document="By-laws",
    uses=frozenset({"cover_call", "help_death_illness", "return_on_leaving", "costs"}),
    cover_nature="gift",
    surplus_modes=frozenset({"charity", "return_to_members"}),
    exit_share_bps=5_000,
    contribution_minor=50_00,
)
HELP = PaymentFacts(
    use="help_death_illness",
    amount_minor=30_00,
    allowed_uses=LAWS.uses,
    allowed_modes=LAWS.surplus_modes,
    cover_nature="gift",
    beneficiary_id="cpty_d",
    signer_ids=("cpty_a", "cpty_b"),
    officer_ids=frozenset({"cpty_a", "cpty_b", "cpty_c"}),
)
SURPLUS = SurplusFacts(mode="charity", surplus_minor=100_00)
OWN_USE = frozenset({"return_on_leaving"})


def laws(**changes):
    return replace(FACTS, bylaws=replace(LAWS, **changes))


def owned(basis="MEMBER_DEPOSIT", **changes):
    without = {"uses": OWN_USE, "cover_nature": None, "surplus_modes": frozenset()}
    return laws(**{"basis": basis, "exit_share_bps": 0, **without, **changes})


def pay(**changes):
    return replace(FACTS, payment=replace(HELP, **changes))


def leave(amount=25_00, due=25_00, **changes):
    return pay(use="return_on_leaving", amount_minor=amount, exit_minor=due, **changes)


def surplus(amount=100_00, is_owned=False, **changes):
    of = replace(SURPLUS, **changes)
    return pay(use="surplus", amount_minor=amount, is_owned=is_owned, surplus=of)


def loan(lent=80_00, charge=0, repaid=0):
    return replace(FACTS, loan=LoanFacts(lent, charge, repaid))


PASSING = [
    ("CMF-01", laws()),
    ("CMF-01", owned()),
    ("CMF-01", owned("TRUST_SAVINGS")),
    ("CMF-02", pay()),
    ("CMF-03", laws(is_mandatory_for_loan=True)),
    ("CMF-03", laws(custodian_use="lender")),
    ("CMF-04", laws()),
    ("CMF-04", laws(cover_nature="qard")),
    ("CMF-04", laws(uses=frozenset({"costs"}), cover_nature=None)),
    ("CMF-04", pay()),
    ("CMF-04", pay(use="cover_call")),
    ("CMF-04", pay(use="repay_loan", nature="due")),
    # what is his own he takes along, whether the by-laws say so or not
    ("CMF-04", leave(is_owned=True, allowed_uses=frozenset())),
    ("CMF-05", loan()),
    ("CMF-05", loan(80_00, repaid=80_00)),
    ("CMF-06", surplus()),
    ("CMF-06", surplus(mode="return_to_members", is_to_members=True)),
    ("CMF-06", surplus(250_00, is_winding_up=True, mode=None)),
    ("CMF-06", surplus(250_00, is_owned=True, is_winding_up=True, is_to_members=True)),
    ("CMF-07", leave()),
    ("CMF-07", leave(50_00, 50_00, is_owned=True)),
    ("CMF-08", laws()),
    ("CMF-09", laws()),
    ("CMF-09", pay()),
    ("CMF-10", laws()),
    ("CMF-10", laws(placement="a", is_placement_screened=True, is_income_of_fund=True)),
]

REFUSING = [
    ("CMF-01", laws(basis=None)),
    ("CMF-01", laws(basis="MIXED")),
    ("CMF-01", laws(document=None)),
    ("CMF-01", owned(uses=OWN_USE | {"costs"})),
    ("CMF-01", owned("TRUST_SAVINGS", surplus_modes=frozenset({"charity"}))),
    ("CMF-02", pay(is_to_institution=True)),
    ("CMF-03", laws(custodian_use="lender", is_mandatory_for_loan=True)),
    ("CMF-04", laws(cover_nature=None)),
    ("CMF-04", pay(allowed_uses=OWN_USE)),
    ("CMF-04", pay(use="cover_call", nature="qard")),
    ("CMF-04", leave(allowed_uses=frozenset())),
    ("CMF-05", loan(charge=1)),
    ("CMF-05", loan(80_00, repaid=80_01)),
    ("CMF-06", surplus(mode="reserves")),
    ("CMF-06", surplus(mode=None)),
    ("CMF-06", surplus(100_01)),
    ("CMF-06", surplus(owed_minor=1)),
    ("CMF-06", surplus(is_to_members=True)),
    ("CMF-06", surplus(shared_by="loans")),
    ("CMF-06", surplus(is_winding_up=True, is_to_members=True)),
    ("CMF-07", leave(25_01)),
    ("CMF-07", leave(24_99)),
    ("CMF-07", leave(49_99, 50_00, is_owned=True)),
    ("CMF-08", laws(return_rate="3% a year")),
    ("CMF-08", laws(missed_fee_minor=0)),
    ("CMF-09", laws(contribution_minor=0)),
    ("CMF-09", laws(has_frequency=False)),
    ("CMF-09", pay(signer_ids=("cpty_a",))),
    ("CMF-09", pay(signer_ids=("cpty_a", "cpty_a"))),
    ("CMF-09", pay(signer_ids=("cpty_a", "cpty_e"))),
    ("CMF-09", pay(beneficiary_id="cpty_a")),
    ("CMF-10", laws(placement="a", is_income_of_fund=True)),
    ("CMF-10", laws(placement="a", is_placement_screened=True)),
]


@pytest.mark.parametrize(("rule_id", "facts"), PASSING)
def test_what_a_rule_must_let_through(rule_id, facts):
    assert CHECKS[rule_id](facts) == []


@pytest.mark.parametrize(("rule_id", "facts"), REFUSING)
def test_what_a_rule_must_refuse(rule_id, facts):
    findings = CHECKS[rule_id](facts)
    assert findings
    for finding in findings:
        assert (finding.rule_id, finding.severity) == (rule_id, Severity.BLOCK)
        assert finding.message


def test_every_rule_of_the_section_is_kept_by_code_and_asked_at_some_action():
    section = {one for one in load_rulebook() if one.startswith("CMF-")}
    assert section == set(CHECKS) == {rule for rules in RULES_BY_ACTION.values() for rule in rules}
    assert {rule for rule, _ in PASSING} == {rule for rule, _ in REFUSING} == section
    for rule_id in section:
        assert load_rulebook()[rule_id].implementation is Implementation.IMPLEMENTED


def test_an_action_asks_its_own_rules_and_reports_each_of_them():
    outcomes = {one.rule_id: one.findings for one in evaluate(pay(signer_ids=()), Action.PAY)}
    assert set(outcomes) == RULES_BY_ACTION[Action.PAY]
    assert [rule for rule, findings in outcomes.items() if findings] == ["CMF-09"]
    assert not any(one.findings for one in evaluate(pay(signer_ids=()), Action.ASK))
