"""Shariah checks of default, write-off and forgiveness (DEF): facts in, findings out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from sanduq.microfinance.loans.hardship.facts import Action, HardshipFacts
from sanduq.shariah import rules_default
from sanduq.shariah.facts import DebtMeasure, DebtorState
from sanduq.shariah.model import Evaluation, Finding, settled
from sanduq.shariah.rulebook import found, load_rulebook

CHARITY_PAYABLE = "2100"
UNABLE = frozenset({DebtorState.INSOLVENT, DebtorState.EXCUSED})


def rule_def_01(facts: HardshipFacts) -> list[Finding]:
    """Nobody is put in default before being classed, nor for delay before being asked."""
    if not facts.has_assessment or facts.debtor_state is DebtorState.UNKNOWN:
        message = "assess the debtor's means first: nobody is put in default unclassed"
        return [found("DEF-01", "solvency_assessment", message, observed=facts.debtor_state.value)]
    if facts.debtor_state in UNABLE:
        return []  # inability is shown; delay need not be
    if facts.respond_by_on is None:
        message = "delay is shown by lateness after a demand, and none was made"
        return [found("DEF-01", "demand", message)]
    if facts.on <= facts.respond_by_on:
        message = "the debtor may still answer the demand"
        return [
            found(
                "DEF-01", "demand.respond_by", message,
                observed=facts.on.isoformat(), limit=facts.respond_by_on.isoformat(),
            )
        ]  # fmt: skip
    return []


def rule_def_04(facts: HardshipFacts) -> list[Finding]:
    """A pledge for delay comes from an able debtor, by clause, and goes to charity alone."""
    if DebtMeasure.CHARITY_PLEDGE not in facts.measures:
        return []
    findings = []
    if facts.pledge_account != CHARITY_PAYABLE:
        message = "what is pledged for delay is owed to charity and is never income"
        findings.append(
            found(
                "DEF-04", "pledge_account", message,
                observed=facts.pledge_account, limit=CHARITY_PAYABLE,
            )
        )  # fmt: skip
    if not facts.is_qard and not facts.has_charity_clause:
        message = "the contract holds no clause by which the debtor pledged to charity"
        findings.append(found("DEF-04", "clauses.charity_pledge", message, observed="false"))
    if facts.debtor_state is not DebtorState.SOLVENT_DELAYING:
        message = "only a debtor who is able and delays is held to a pledge"
        findings.append(
            found(
                "DEF-04", "debtor_state", message,
                observed=facts.debtor_state.value, limit=DebtorState.SOLVENT_DELAYING.value,
            )
        )  # fmt: skip
    return findings


def rule_def_15(facts: HardshipFacts) -> list[Finding]:
    """A write-off keeps the claim; giving it up takes the word of whose money it is."""
    if DebtMeasure.FORGIVE not in facts.measures:
        if facts.is_claim_kept:
            return []
        return [found("DEF-15", "claim", "a write-off is accounting: the claim survives it")]
    if facts.authority:
        return []
    message = "name who owns the money and forgives: a document of theirs or a resolution"
    return [found("DEF-15", "authority", message)]


def rule_def_16(facts: HardshipFacts) -> list[Finding]:
    """Forgiving the debtor frees whoever stood surety for him."""
    if not facts.is_forgiven_whole or facts.guarantees_live_count == 0:
        return []
    message = "a debt that is forgiven may not be called from its guarantors"
    observed = str(facts.guarantees_live_count)
    return [found("DEF-16", "guarantees", message, observed=observed, limit="0")]


def rule_def_19(facts: HardshipFacts) -> list[Finding]:
    """What befalls everyone calls for a holiday before it calls for default."""
    if facts.event is None or facts.is_holiday_given:
        return []
    message = "force majeure is on record here and no payment holiday was given yet"
    return [found("DEF-19", "event", message, observed=facts.event)]


CHECKS: Mapping[str, Callable[[HardshipFacts], list[Finding]]] = MappingProxyType(
    {
        "DEF-01": rule_def_01,
        "DEF-02": rules_default.rule_def_02,
        "DEF-03": rules_default.rule_def_03,
        "DEF-04": rule_def_04,
        "DEF-05": rules_default.rule_def_05,
        "DEF-07": rules_default.rule_def_07,
        "DEF-15": rule_def_15,
        "DEF-16": rule_def_16,
        "DEF-19": rule_def_19,
    }
)

RULES_BY_ACTION: Mapping[Action, tuple[str, ...]] = MappingProxyType(
    {
        Action.DEFAULT: ("DEF-01", "DEF-19"),
        Action.CHARGE: ("DEF-02", "DEF-03", "DEF-07"),
        Action.PLEDGE: ("DEF-02", "DEF-03", "DEF-04", "DEF-05"),
        Action.WRITE_OFF: ("DEF-15",),
        Action.FORGIVE: ("DEF-15", "DEF-16"),
        Action.RESPITE: ("DEF-02", "DEF-19"),
    }
)


def evaluate(facts: HardshipFacts, action: Action) -> list[Evaluation]:
    """Runs every rule that `action` concerns; a pledge on a sale debt is not asked of DEF-05."""
    rulebook = load_rulebook()
    evaluations = []
    for rule_id in RULES_BY_ACTION[action]:
        if facts.profile not in rulebook[rule_id].profiles:
            continue
        if rule_id == "DEF-05" and not facts.is_qard:
            continue
        findings = (settled(f, facts.resolutions, facts.on) for f in CHECKS[rule_id](facts))
        evaluations.append(Evaluation(rule_id, tuple(findings)))
    return evaluations
