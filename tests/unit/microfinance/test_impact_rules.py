"""DIS-06: nobody's answers are used without consent, and no figure tells on a few people."""

from __future__ import annotations

from datetime import date

import pytest

from sanduq.microfinance.programs.impact.facts import (
    Action,
    CellFact,
    ConsentFact,
    ImpactFacts,
)
from sanduq.microfinance.programs.impact.rules import CHECKS, RULES_BY_ACTION, evaluate
from sanduq.shariah.model import Severity

TODAY = date(2024, 1, 15)


def consent(**changes) -> ImpactFacts:
    given = {"is_given": True, "given_on": TODAY, "collected_on": TODAY, **changes}
    return ImpactFacts(TODAY, consents=(ConsentFact("consent", **given),))


def cell(respondents: int | None, *, is_suppressed: bool = False, **more) -> ImpactFacts:
    return ImpactFacts(TODAY, cells=(CellFact("cell", respondents, is_suppressed),), **more)


@pytest.mark.parametrize(
    "facts",
    [
        consent(),
        consent(given_on=date(2023, 6, 1)),
        cell(5),
        cell(0),  # nobody is told on by nobody
        cell(1, is_suppressed=True),
        cell(None, is_suppressed=True),
        cell(3, cell_minimum=3),
        ImpactFacts(TODAY),
    ],
)
def test_dis_06_lets_through_consent_given_before_and_figures_of_many(facts):
    assert CHECKS["DIS-06"](facts) == []


@pytest.mark.parametrize(
    ("facts", "field", "observed", "limit"),
    [
        (consent(is_given=False), "consent.given", "false", None),
        (consent(given_on=None), "consent.on", None, "2024-01-15"),
        (consent(given_on=date(2024, 1, 16)), "consent.on", "2024-01-16", "2024-01-15"),
        (cell(4), "cell.n", "4", "5"),
        (cell(1), "cell.n", "1", "5"),
        (cell(None), "cell.n", None, None),
    ],
)
def test_dis_06_refuses_answers_without_consent_and_figures_of_few(facts, field, observed, limit):
    (finding,) = CHECKS["DIS-06"](facts)
    assert (finding.rule_id, finding.code) == ("DIS-06", "IMPACT_PRIVACY")
    assert finding.severity is Severity.BLOCK
    assert (finding.field, finding.observed, finding.limit) == (field, observed, limit)


def test_the_privacy_rule_binds_collecting_recording_and_publishing():
    assert {rule for rules in RULES_BY_ACTION.values() for rule in rules} == set(CHECKS)
    for action in Action:
        assert [each.rule_id for each in evaluate(cell(4), action)] == ["DIS-06"]
