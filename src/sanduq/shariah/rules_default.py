"""Shariah checks of late payment and default (DEF): facts in, findings out."""

from __future__ import annotations

from datetime import timedelta

from sanduq.shariah.facts import (
    Beneficiary,
    ChargeKind,
    ContractFacts,
    DebtMeasure,
    DebtorState,
)
from sanduq.shariah.model import Finding
from sanduq.shariah.rulebook import found
from sanduq.shariah.rules_general import unproven_charges

MEASURES_IN_INSOLVENCY = frozenset(
    {
        DebtMeasure.FORGIVE,
        DebtMeasure.GRACE,
        DebtMeasure.PLEDGE_SALE_AT_DUE,
        DebtMeasure.RESCHEDULE,
        DebtMeasure.THIRD_PARTY_PAYMENT,
    }
)


def rule_def_02(facts: ContractFacts) -> list[Finding]:
    """An insolvent debtor is given time, and nothing is charged or pressed."""
    if facts.debtor_state is not DebtorState.INSOLVENT:
        return []
    findings = [
        found(
            "DEF-02",
            "measures",
            "an insolvent debtor is given time until ease",
            observed=measure.value,
        )
        for measure in facts.measures
        if measure not in MEASURES_IN_INSOLVENCY
    ]
    findings.extend(
        found(
            "DEF-02",
            "debt_raises",
            "nothing is charged to an insolvent debtor",
            observed=facts.printed(debt_raise.amount_minor),
            limit=facts.printed(0),
        )
        for debt_raise in facts.debt_raises
        if debt_raise.amount_minor > 0
    )
    return findings


def rule_def_03(facts: ContractFacts) -> list[Finding]:
    """No charge for lateness goes to the institution."""
    return [
        found(
            "DEF-03",
            "late_charges",
            "the creditor may not be compensated for lateness",
            observed=charge.description,
        )
        for charge in facts.late_charges
        if charge.beneficiary is Beneficiary.INSTITUTION
    ]


def rule_def_05(facts: ContractFacts) -> list[Finding]:
    """A pledge to charity for lateness on a qard waits for a ruling of the board."""
    return [
        found(
            "DEF-05",
            "late_charges",
            "a pledge to charity on a qard needs a ruling of the Shariah board",
            observed=charge.description,
        )
        for charge in facts.late_charges
        if charge.beneficiary is Beneficiary.CHARITY
    ]


def rule_def_07(facts: ContractFacts) -> list[Finding]:
    """Collection costs are charged on receipts, and only to a debtor able to pay who delays."""
    message = "collection may be charged only up to its third-party receipts"
    findings = unproven_charges(facts, "DEF-07", ChargeKind.COLLECTION_ACTUAL, message)
    is_charged = any(charge.kind is ChargeKind.COLLECTION_ACTUAL for charge in facts.charges)
    if is_charged and facts.debtor_state is not DebtorState.SOLVENT_DELAYING:
        findings.append(
            found(
                "DEF-07",
                "debtor_state",
                "only a debtor able to pay who delays bears the cost of collection",
                observed=facts.debtor_state.value,
                limit=DebtorState.SOLVENT_DELAYING.value,
            )
        )
    return findings


def rule_def_08(facts: ContractFacts) -> list[Finding]:
    """All instalments fall due at once only by clause, after notice and a fair period."""
    call = facts.acceleration
    if call is None:
        return []
    findings = []
    if not call.has_clause:
        message = "the contract has no clause that lets all instalments fall due"
        findings.append(found("DEF-08", "acceleration.has_clause", message, observed="false"))
    if call.cure_days < 1:
        message = "the debtor must be given a fair period to mend"
        findings.append(
            found(
                "DEF-08",
                "acceleration.cure_days",
                message,
                observed=str(call.cure_days),
                limit="1",
            )
        )
    if call.notice_on is None:
        findings.append(found("DEF-08", "acceleration.notice_on", "notice must be given first"))
    elif facts.on < (open_on := call.notice_on + timedelta(days=call.cure_days)):
        message = "the period to mend has not run out"
        findings.append(
            found(
                "DEF-08",
                "acceleration.notice_on",
                message,
                observed=str(facts.on),
                limit=str(open_on),
            )
        )
    if call.is_force_majeure:
        message = "instalments are not called in during force majeure"
        findings.append(found("DEF-08", "acceleration.is_force_majeure", message, observed="true"))
    if facts.debtor_state is DebtorState.INSOLVENT:
        message = "instalments are not called in from an insolvent debtor"
        findings.append(found("DEF-08", "debtor_state", message, observed="insolvent"))
    return findings


def rule_def_09(facts: ContractFacts) -> list[Finding]:
    """The new schedule adds up to no more than what is outstanding."""
    total, outstanding = facts.instalment_total_minor, facts.outstanding_minor
    if total is not None and outstanding is not None and total <= outstanding:
        return []
    return [
        found(
            "DEF-09",
            "instalments",
            "rescheduling may not increase the debt",
            observed=facts.printed(total),
            limit=facts.printed(outstanding),
        )
    ]
