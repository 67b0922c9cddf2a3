"""The rulebook is whole: every rule is there once, and says who keeps it."""

from __future__ import annotations

import importlib
import inspect
import re

import pytest

from sanduq.qard import rules, rules_fee
from sanduq.shariah import rules_default, rules_general
from sanduq.shariah.model import Severity, ShariahProfile
from sanduq.shariah.rulebook import Implementation, Verified, found, load_rulebook

CHECK_MODULES = (rules_general, rules, rules_fee, rules_default)
EXPECTED_COUNT = {"GEN": 22, "QRD": 23, "DEF": 21}


def test_every_rule_of_each_section_is_present_once_and_in_order() -> None:
    expected = [
        f"{section}-{number:02d}"
        for section, count in EXPECTED_COUNT.items()
        for number in range(1, count + 1)
    ]
    assert list(load_rulebook()) == expected


def test_error_codes_are_distinct_and_upper_case() -> None:
    codes = [rule.code for rule in load_rulebook().values()]
    assert len(set(codes)) == len(codes)
    assert all(re.fullmatch(r"[A-Z]+(_[A-Z]+)*", code) for code in codes)


def test_every_implemented_rule_names_a_function_that_exists() -> None:
    for rule in load_rulebook().values():
        if rule.implementation is not Implementation.IMPLEMENTED:
            continue
        assert rule.function is not None
        module, _, name = rule.function.rpartition(".")
        assert callable(getattr(importlib.import_module(module), name)), rule.id
        assert name == "rule_" + rule.id.lower().replace("-", "_")


def test_every_check_function_is_named_by_the_rulebook() -> None:
    named = {rule.function for rule in load_rulebook().values() if rule.function}
    written = {
        f"{module.__name__}.{name}"
        for module in CHECK_MODULES
        for name, member in inspect.getmembers(module, inspect.isfunction)
        if name.startswith("rule_") and member.__module__ == module.__name__
    }
    assert written == named


def test_every_implemented_rule_is_run_by_some_action() -> None:
    implemented = {
        rule.id
        for rule in load_rulebook().values()
        if rule.implementation is Implementation.IMPLEMENTED
    }
    assert frozenset().union(*rules.RULES_BY_ACTION.values()) == implemented
    assert list(rules.CHECKS) == [rule_id for rule_id in load_rulebook() if rule_id in implemented]


def test_every_check_runs_the_function_its_rule_names() -> None:
    for rule_id, check in rules.CHECKS.items():
        assert load_rulebook()[rule_id].function == f"{check.__module__}.{check.__name__}"


def test_rules_without_a_function_say_why() -> None:
    for rule in load_rulebook().values():
        has_reason = bool(rule.reason)
        assert has_reason is (rule.implementation is not Implementation.IMPLEMENTED), rule.id


def test_no_profile_may_weaken_these_rules_and_no_others() -> None:
    unweakenable = {rule.id for rule in load_rulebook().values() if rule.unweakenable}
    assert unweakenable == {"QRD-02", "QRD-03", "DEF-02", "DEF-07"}
    assert all(load_rulebook()[rule_id].profiles == set(ShariahProfile) for rule_id in unweakenable)


def test_only_the_compensation_cap_is_confined_to_one_profile() -> None:
    confined = {r.id for r in load_rulebook().values() if r.profiles != set(ShariahProfile)}
    assert confined == {"DEF-18"}
    assert load_rulebook()["DEF-18"].profiles == {ShariahProfile.MY_BNM}


@pytest.mark.parametrize(
    ("rule_id", "severity"),
    [
        ("QRD-03", Severity.BLOCK),
        ("QRD-06", Severity.REVIEW),
        ("QRD-11", Severity.WARN),
        ("QRD-14", Severity.WARN),
        ("QRD-18", Severity.REVIEW),
        ("QRD-23", Severity.DISCLOSE),
        ("DEF-05", Severity.REVIEW),
        ("GEN-07", Severity.REVIEW),
        ("GEN-18", Severity.WARN),
    ],
)
def test_severities_are_those_of_the_rule(rule_id: str, severity: Severity) -> None:
    assert load_rulebook()[rule_id].severity is severity


def test_a_source_says_how_far_it_was_checked() -> None:
    rule = load_rulebook()["QRD-03"]
    assert [(s.clause, s.verified) for s in rule.sources] == [
        ("AAOIFI SS 19 9/1", Verified.READ),
        ("IIFA resolution 13 (1/3)", Verified.UNVERIFIED),
        ("Published microfinance API", Verified.VENDOR),
    ]
    assert all(rule.sources for rule in load_rulebook().values())


def test_the_rulebook_cannot_be_changed_by_its_readers() -> None:
    with pytest.raises(TypeError):
        load_rulebook()["QRD-03"] = load_rulebook()["QRD-02"]  # type: ignore[index]


def test_a_finding_takes_its_code_severity_and_source_from_the_rulebook() -> None:
    finding = found("GEN-12", "charges", "too much", observed="5.00", limit="4.00")
    assert finding.as_details() == {
        "rule_id": "GEN-12",
        "code": "DOC_FEE_EXCEEDS_COST",
        "severity": "block",
        "field": "charges",
        "observed": "5.00",
        "limit": "4.00",
        "message": "too much",
        "source": "AAOIFI SS 8 2/4/3; AAOIFI SS 18 4/2/2",
        "resolution_id": None,
    }
