"""DIS-01 and DIS-02: who borrows is told what it costs, and can bear it."""

from __future__ import annotations

from datetime import date

import pytest

from sanduq.kit.money import currency
from sanduq.shariah.facts_disclosure import (
    Affordability,
    Disclosed,
    ProtectionAction,
    ProtectionFacts,
    monthly_minor,
)
from sanduq.shariah.model import Severity
from sanduq.shariah.rules_disclosure import CHECKS, RULES_BY_ACTION, evaluate

ACKNOWLEDGED = frozenset({("DIS-01", "1")})


def facts(**changes) -> ProtectionFacts:
    """170.00 a month of 425.00: two fifths exactly; the disclosure was acknowledged."""
    given = {
        "on": date(2024, 1, 15),
        "asset": currency("USD"),
        "disclosure_version": "1",
        "disclosures_acknowledged": ACKNOWLEDGED,
        "language": "ar",
        "party_language": "ar",
        "affordability": Affordability(17_000, 42_500),
        **changes,
    }
    return ProtectionFacts(**given)


PASSING = [
    ("DIS-01", facts()),
    ("DIS-01", facts(language=None)),
    ("DIS-02", facts()),
    ("DIS-02", facts(affordability=Affordability(0, 0))),
    ("DIS-02", facts(affordability=Affordability(20_000, 40_000, share_max_bp=5_000))),
]
REFUSED = [
    ("DIS-01", facts(disclosures_acknowledged=frozenset()), "disclosure_ack", None, "1"),
    ("DIS-01", facts(disclosure_version="2"), "disclosure_ack", None, "2"),
    ("DIS-01", facts(disclosure_version=None), "disclosure_ack", None, None),
    ("DIS-01", facts(language="en"), "disclosure.language", "en", "ar"),
    (
        "DIS-01",
        facts(shown=frozenset(Disclosed) - {Disclosed.SCHEDULE}),
        "disclosure.schedule",
        None,
        None,
    ),
    (
        "DIS-02",
        facts(affordability=Affordability(17_001, 42_500)),
        "affordability.instalments",
        "170.01",
        "170.00",
    ),
    (
        "DIS-02",
        facts(affordability=Affordability(1, -500)),
        "affordability.instalments",
        "0.01",
        "0.00",
    ),
    ("DIS-02", facts(affordability=None), "affordability.net_income", None, None),
    (
        "DIS-02",
        facts(affordability=Affordability(100, None)),
        "affordability.net_income",
        None,
        None,
    ),
]


@pytest.mark.parametrize(("rule_id", "given"), PASSING)
def test_a_rule_passes_what_it_must(rule_id, given):
    assert CHECKS[rule_id](given) == []


@pytest.mark.parametrize(("rule_id", "given", "field", "observed", "limit"), REFUSED)
def test_a_rule_refuses_what_it_must(rule_id, given, field, observed, limit):
    (finding,) = CHECKS[rule_id](given)
    assert finding.rule_id == rule_id
    assert (finding.field, finding.observed, finding.limit) == (field, observed, limit)


def test_disclosure_waits_for_acknowledgement_and_too_much_debt_is_refused():
    (missing,) = CHECKS["DIS-01"](facts(disclosures_acknowledged=frozenset()))
    (heavy,) = CHECKS["DIS-02"](facts(affordability=Affordability(17_001, 42_500)))
    assert (missing.code, missing.severity) == ("DISCLOSURE_MISSING", Severity.DISCLOSE)
    assert (heavy.code, heavy.severity) == ("OVER_INDEBTEDNESS", Severity.BLOCK)


def test_each_rule_is_asked_at_the_step_it_binds():
    assert {rule for rules in RULES_BY_ACTION.values() for rule in rules} == set(CHECKS)
    asked = {
        action: [each.rule_id for each in evaluate(facts(), action)] for action in ProtectionAction
    }
    assert asked == {
        ProtectionAction.APPLY: ["DIS-02"],
        ProtectionAction.APPROVE: ["DIS-02"],
        ProtectionAction.ACCEPT: ["DIS-01"],
    }


@pytest.mark.parametrize(
    ("instalment_minor", "per_year", "expected"),
    [
        (17_000, 12, 17_000),
        (1_000, 52, 4_334),  # 10.00 a week: 43.333… a month, rounded up
        (1_000, 26, 2_167),
        (0, 52, 0),
    ],
)
def test_an_instalment_weighs_in_a_month_what_is_paid_of_it(instalment_minor, per_year, expected):
    assert monthly_minor(instalment_minor, per_year) == expected
