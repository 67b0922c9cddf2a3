"""What the rules found is written down, and stops what it must."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanduq.kit.pages import PageRequest
from sanduq.qard.facts import Action
from sanduq.qard.rules import evaluate
from sanduq.shariah import service
from sanduq.shariah.board import Evaluated
from sanduq.shariah.errors import ShariahViolation
from sanduq.shariah.model import Evaluation, Finding, Severity
from tests.make.qard_facts import loan

HIGH_FEE = Finding(
    "QRD-03", "QARD_FEE_EXCEEDS_COST", Severity.BLOCK, "service_fee", "40.00", "31.50",
    "the service fee exceeds the actual direct cost", "AAOIFI SS 19 9/1",
)  # fmt: skip

findings = st.lists(
    st.builds(
        lambda severity, is_settled: replace(
            HIGH_FEE, severity=severity, resolution_id="res_1" if is_settled else None
        ),
        st.sampled_from(Severity),
        st.booleans(),
    ),
    max_size=6,
)


def stops(finding: Finding, is_acknowledged: bool) -> bool:
    return {
        Severity.BLOCK: True,
        Severity.REVIEW: finding.resolution_id is None,
        Severity.DISCLOSE: not is_acknowledged,
        Severity.WARN: False,
    }[finding.severity]


@given(findings, st.booleans())
def test_a_command_stops_exactly_when_a_finding_stops_it(found, is_acknowledged):
    acknowledged = {"QRD-03"} if is_acknowledged else set()
    if any(stops(finding, is_acknowledged) for finding in found):
        with pytest.raises(ShariahViolation) as refused:
            service.enforce(found, acknowledged)
        assert list(refused.value.details) == [finding.as_details() for finding in found]
    else:
        service.enforce(found, acknowledged)


def test_a_violation_says_rule_observed_limit_and_source():
    with pytest.raises(ShariahViolation) as refused:
        service.enforce([HIGH_FEE])
    assert (refused.value.code, refused.value.status) == ("SHARIAH_VIOLATION", 422)
    assert refused.value.details[0] == {
        "rule_id": "QRD-03",
        "severity": "block",
        "code": "QARD_FEE_EXCEEDS_COST",
        "field": "service_fee",
        "observed": "40.00",
        "limit": "31.50",
        "message": "the service fee exceeds the actual direct cost",
        "source": "AAOIFI SS 19 9/1",
        "resolution_id": None,
    }


def test_an_evaluation_keeps_the_findings_and_the_fingerprint_of_its_inputs(work):
    with work() as uow:
        failed, passed = Evaluation("QRD-03", (HIGH_FEE,)), Evaluation("QRD-05", ())
        service.store_evaluations(uow, "mfl_1", "create", [failed, passed], {"b": 2, "a": 1})
        stored = {e.rule_id: e for e in service.list_evaluations(uow, PageRequest()).items}
    # keys sorted, nothing between them: one text per value
    assert stored["QRD-03"].inputs_hash == hashlib.sha256(b'{"a":1,"b":2}').hexdigest()
    assert stored["QRD-03"].findings == (HIGH_FEE.as_details(),)
    assert (stored["QRD-03"].has_passed, stored["QRD-05"].has_passed) == (False, True)
    assert {e.rulebook_version for e in stored.values()} == {"2026.1"}


def test_all_facts_of_a_qard_can_be_fingerprinted(work):
    with work() as uow:
        facts = loan()
        evaluations = evaluate(facts, Action.CREATE)
        service.store_evaluations(uow, "mfl_1", "create", evaluations, facts)
        page = service.list_evaluations(uow, PageRequest(limit=100))
    assert len(page.items) == len(evaluations)
    assert len({e.inputs_hash for e in page.items}) == 1


def test_evaluations_are_found_by_subject_and_by_rule(work):
    rules = ("QRD-02", "QRD-03", "QRD-05")
    subjects = [
        Evaluated(f"mfl_{n}", tuple(Evaluation(rule_id, ()) for rule_id in rules), {"n": n})
        for n in range(3)
    ]
    with work() as uow:
        service.store_evaluations_of(uow, "create", subjects)
        for subject in (None, "mfl_0", "mfl_2", "mfl_9"):
            for rule in (None, "QRD-03", "GEN-01"):
                page = service.list_evaluations(
                    uow, PageRequest(limit=4), subject_id=subject, rule_id=rule
                )
                wanted = [
                    (s.subject_id, e.rule_id)
                    for s in subjects
                    for e in s.evaluations
                    if subject in (None, s.subject_id) and rule in (None, e.rule_id)
                ]
                assert page.has_more == (len(wanted) > 4)
                assert {(e.subject_id, e.rule_id) for e in page.items} <= set(wanted)
                assert len(page.items) == min(4, len(wanted))


def test_nothing_is_stored_when_no_rule_ran(work):
    with work() as uow:
        service.store_evaluations(uow, "mfl_1", "create", [], {})
        assert service.list_evaluations(uow, PageRequest()).items == []


def test_nobody_edits_an_evaluation(work):
    with work() as uow:
        service.store_evaluations(uow, "mfl_1", "create", [Evaluation("QRD-05", ())], {})
        with pytest.raises(psycopg.errors.InsufficientPrivilege), uow.savepoint():
            uow.execute("update shariah.evaluation set has_passed = true")
