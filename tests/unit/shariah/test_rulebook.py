"""The rulebook is whole: every rule is there once, and says who keeps it."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from types import ModuleType

import pytest

import sanduq
from sanduq.shariah.model import Severity, ShariahProfile
from sanduq.shariah.rulebook import Implementation, Verified, found, load_rulebook

EXPECTED_COUNT = {
    "GEN": 22, "QRD": 23, "MUR": 22, "SLM": 19, "IJR": 18, "KFL": 13, "CMF": 10, "RHN": 35,
    "ARN": 12, "WDI": 7, "SRF": 21, "WAD": 9, "SCF": 20, "WQF": 15, "SDQ": 4, "ZKT": 8, "CHR": 4,
    "DEF": 21, "DIS": 6,
}  # fmt: skip

# Two rules may refuse the same thing under one code, as their source has it.
SHARED_CODES = {"HJ_FORFEITED", "SALAM_PENALTY", "DISCLOSURE_MISSING"}


def check_modules() -> list[ModuleType]:
    """Every module of Shariah checks, wherever its room lies."""
    names = [
        each.name
        for each in pkgutil.walk_packages(sanduq.__path__, "sanduq.")
        if re.fullmatch(r"rules(_[a-z]+)*", each.name.rpartition(".")[2])
    ]
    return [importlib.import_module(name) for name in names]


def test_every_rule_of_each_section_is_present_once_and_in_order() -> None:
    expected = [
        f"{section}-{number:02d}"
        for section, count in EXPECTED_COUNT.items()
        for number in range(1, count + 1)
    ]
    assert list(load_rulebook()) == expected


def test_error_codes_are_distinct_and_upper_case() -> None:
    codes = [rule.code for rule in load_rulebook().values() if rule.code not in SHARED_CODES]
    assert len(set(codes)) == len(codes)
    assert all(re.fullmatch(r"[A-Z]+(_[A-Z]+[0-9]?)*", code) for code in codes)


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
        for module in check_modules()
        for name, member in inspect.getmembers(module, inspect.isfunction)
        if name.startswith("rule_") and member.__module__ == module.__name__
    }
    assert written == named


def test_every_implemented_rule_is_run_by_some_action() -> None:
    """Each room's table of actions names rules it has a check for, and all of them run."""
    run: set[str] = set()
    for module in check_modules():
        if not hasattr(module, "RULES_BY_ACTION"):
            continue
        named = {rule_id for rules in module.RULES_BY_ACTION.values() for rule_id in rules}
        assert named <= set(module.CHECKS), module.__name__
        run |= named
    implemented = {
        rule.id
        for rule in load_rulebook().values()
        if rule.implementation is Implementation.IMPLEMENTED
    }
    # Kept where recoveries are booked, by that one verb, with no table of actions beside it.
    assert implemented - run == {"DEF-17"}


def test_every_check_runs_the_function_its_rule_names() -> None:
    for module in check_modules():
        for rule_id, check in getattr(module, "CHECKS", {}).items():
            assert load_rulebook()[rule_id].function == f"{check.__module__}.{check.__name__}"


def test_rules_without_a_function_say_why() -> None:
    for rule in load_rulebook().values():
        has_reason = bool(rule.reason)
        assert has_reason is (rule.implementation is not Implementation.IMPLEMENTED), rule.id


def test_no_profile_may_weaken_these_rules_and_no_others() -> None:
    unweakenable = {rule.id for rule in load_rulebook().values() if rule.unweakenable}
    assert unweakenable == {
        "QRD-02", "QRD-03", "DEF-02", "DEF-07", "MUR-01", "SLM-01", "IJR-05", "ZKT-04", "CHR-01",
        "RHN-05", "RHN-20", "RHN-21", "SRF-01", "SRF-02", "SRF-08", "SRF-10",
    }  # fmt: skip
    assert all(load_rulebook()[rule_id].profiles == set(ShariahProfile) for rule_id in unweakenable)


def test_only_what_malaysian_law_asks_is_confined_to_its_profiles() -> None:
    confined = {r.id for r in load_rulebook().values() if r.profiles != set(ShariahProfile)}
    assert confined == {"DEF-18", "ARN-03", "ARN-11", "SRF-20"}
    assert load_rulebook()["DEF-18"].profiles == {ShariahProfile.MY_BNM}
    assert load_rulebook()["SRF-20"].profiles == {ShariahProfile.MY_BNM}
    malaysian = {ShariahProfile.MY_BNM, ShariahProfile.MY_NONBANK}
    assert load_rulebook()["ARN-03"].profiles == load_rulebook()["ARN-11"].profiles == malaysian


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
