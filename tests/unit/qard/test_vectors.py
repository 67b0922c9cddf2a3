"""Worked cases of a qard, by number: 2,000 and a fee of 40 in twelve instalments of 170."""

from __future__ import annotations

from sanduq.qard.facts import Action, PrerequisiteKind
from sanduq.qard.rules import CHECKS
from sanduq.shariah.facts import ContractKind
from sanduq.shariah.model import CostLine, Severity, blocking
from tests.make.qard_facts import (
    LOAN,
    SPREAD,
    TWO_PERCENT,
    codes,
    condition,
    findings_of,
    lately,
    loan,
    requirement,
    study,
)


def costing(minor: int, **changes: int):
    """A study of 100 loans, each of which costs `minor` to serve."""
    line = CostLine("field_visit_third_party", "visit to the workshop", minor * 100)
    return study(lines=(line,), **changes)


def test_t1_a_fee_within_its_cost_passes_and_only_a_pattern_looks_like_a_rate() -> None:
    """T1: direct cost 41.20 per loan; 2 % of twenty loans of different size is a pattern."""
    assert codes(LOAN, Action.CREATE) == set()
    assert codes(LOAN, Action.DISBURSE) == set()
    (warned,) = findings_of("QRD-11", loan(recent_loans=lately(TWO_PERCENT)))
    assert (warned.code, warned.severity) == ("QARD_FEE_LOOKS_PROPORTIONAL", Severity.WARN)
    assert findings_of("QRD-11", loan(recent_loans=lately(SPREAD))) == []


def test_t2_a_fee_beyond_its_cost_is_refused_at_the_cost() -> None:
    """T2: the same loan with a direct cost of 31.50."""
    facts = loan(cost_study=costing(31_50))
    (found,) = findings_of("QRD-03", facts)
    assert (found.code, found.observed, found.limit) == ("QARD_FEE_EXCEEDS_COST", "40.00", "31.50")
    assert "QARD_FEE_EXCEEDS_COST" in codes(facts, Action.CREATE)


def test_t3_what_donors_paid_of_the_cost_is_not_charged_again() -> None:
    """T3: a cost of 41.20, of which donors paid 20: 21.20 is left to charge."""
    facts = loan(cost_study=costing(41_20, subsidy_minor_total=20_00 * 100))
    (found,) = findings_of("QRD-03", facts)
    assert (found.code, found.observed, found.limit) == ("QARD_FEE_EXCEEDS_COST", "40.00", "21.20")
    assert findings_of("QRD-03", loan(cost_study=facts.cost_study, fee_minor=21_20)) == []


def test_t4_a_fee_that_reads_the_principal_is_refused() -> None:
    """T4: the formula 0.02*principal."""
    facts = loan(fee_formula="0.02*principal")
    (found,) = findings_of("QRD-05", facts)
    assert (found.code, found.observed) == ("QARD_FEE_RATE_BASED", "0.02*principal")
    assert "QARD_FEE_RATE_BASED" in codes(facts, Action.CREATE)


def test_t5_a_reschedule_never_adds_to_the_debt() -> None:
    """T5: a qard of 1,000 rescheduled to 1,010."""
    facts = loan(outstanding_minor=1_000_00, instalment_total_minor=1_010_00)
    found = CHECKS["DEF-09"](facts)
    assert [each.code for each in found] == ["RESCHEDULE_INCREASE"]
    assert "RESCHEDULE_INCREASE" in codes(facts, Action.RESCHEDULE)
    assert CHECKS["DEF-09"](loan(outstanding_minor=1_000_00, instalment_total_minor=1_000_00)) == []


def test_t6_a_deposit_with_the_lender_may_not_be_a_condition() -> None:
    """T6: a qard with a compulsory deposit at the lender, as a requirement or as a contract."""
    deposit = requirement(PrerequisiteKind.SAVING, 100_00, is_usable_by_lender=True)
    found = findings_of("QRD-13", deposit)
    assert {each.code for each in found} == {"QARD_TIED_BENEFIT"}
    assert blocking(found)
    lent_in_turn = condition(ContractKind.QARD, ContractKind.QARD)
    assert "QARD_TIED_BENEFIT" in codes(deposit, Action.CREATE)
    assert codes(lent_in_turn, Action.CREATE)
