"""What findings do to a command."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanduq.shariah.model import (
    CostLine,
    DirectCategory,
    Evaluation,
    Finding,
    Resolution,
    Severity,
    blocking,
    settled,
    worst,
)

FINDING = Finding("QRD-18", "QARD_NET_DISBURSEMENT", Severity.REVIEW, "x", None, None, "m", "s")
RESOLUTION = Resolution("res_1", frozenset({"QRD-18"}), date(2026, 1, 1), date(2027, 1, 1))
severities = st.lists(st.sampled_from(Severity))


def with_severity(severity: Severity) -> Finding:
    return replace(FINDING, severity=severity)


@given(severities)
def test_the_worst_severity_is_as_grave_as_any_finding(found_severities: list[Severity]) -> None:
    gravity = ["warn", "disclose", "review", "block"]
    findings = [with_severity(severity) for severity in found_severities]
    outcome = worst(findings)
    if outcome is None:
        assert not findings
    else:
        assert gravity.index(outcome) == max(gravity.index(s) for s in found_severities)


@given(severities)
def test_what_stops_a_command_is_everything_but_warnings(found_severities: list[Severity]) -> None:
    findings = [with_severity(severity) for severity in found_severities]
    assert len(blocking(findings)) == sum(s is not Severity.WARN for s in found_severities)


def test_an_acknowledged_disclosure_no_longer_stops_the_command() -> None:
    disclose, block = with_severity(Severity.DISCLOSE), with_severity(Severity.BLOCK)
    assert blocking([disclose, block], {"QRD-18"}) == (block,)
    assert blocking([disclose, block], {"QRD-23"}) == (disclose, block)


def test_a_resolution_in_force_settles_a_review() -> None:
    done = settled(FINDING, [RESOLUTION], date(2026, 6, 1))
    assert done.resolution_id == "res_1"
    assert blocking([done]) == ()
    assert worst([done]) is None
    assert Evaluation("QRD-18", (done,)).passed
    assert not Evaluation("QRD-18", (FINDING,)).passed


@pytest.mark.parametrize(
    ("on", "is_settled"),
    [
        (date(2025, 12, 31), False),
        (date(2026, 1, 1), True),
        (date(2026, 12, 31), True),
        (date(2027, 1, 1), False),
    ],
)
def test_a_resolution_stands_from_its_first_day_to_the_day_before_its_end(
    on: date, is_settled: bool
) -> None:
    assert (settled(FINDING, [RESOLUTION], on).resolution_id is not None) is is_settled


def test_a_resolution_on_another_rule_settles_nothing() -> None:
    other = replace(RESOLUTION, rule_ids=frozenset({"QRD-06"}))
    assert settled(FINDING, [other], date(2026, 6, 1)) == FINDING


@given(st.sampled_from([Severity.BLOCK, Severity.WARN, Severity.DISCLOSE]))
def test_no_resolution_lifts_anything_but_a_review(severity: Severity) -> None:
    finding = with_severity(severity)
    assert settled(finding, [RESOLUTION], date(2026, 6, 1)) == finding


@pytest.mark.parametrize("category", [category.value for category in DirectCategory])
def test_a_direct_category_marked_indirect_does_not_count(category: str) -> None:
    assert CostLine(category, "", 100).is_direct
    assert not CostLine(category, "", 100, is_indirect=True).is_direct


@pytest.mark.parametrize("category", ["salary", "rent", "furniture", "transport_fleet", ""])
def test_general_costs_are_not_direct_whatever_they_are_marked(category: str) -> None:
    assert not CostLine(category, "", 100, is_indirect=False).is_direct
