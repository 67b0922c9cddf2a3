"""Shariah checks of impact measurement (DIS): facts in, findings out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from sanduq.microfinance.programs.impact.facts import Action, ImpactFacts
from sanduq.shariah.model import Evaluation, Finding
from sanduq.shariah.rulebook import found


def rule_dis_06(facts: ImpactFacts) -> list[Finding]:
    """Nobody's answers are used without consent given before, and no figure shows a few people."""
    findings = []
    for consent in facts.consents:
        if not consent.is_given:
            message = "answers are used for impact only with the consent of who gave them"
            findings.append(found("DIS-06", f"{consent.field}.given", message, observed="false"))
        elif consent.given_on is None or consent.given_on > consent.collected_on:
            findings.append(
                found(
                    "DIS-06",
                    f"{consent.field}.on",
                    "consent is given before the answers are, or on the same day",
                    observed=str(consent.given_on) if consent.given_on is not None else None,
                    limit=str(consent.collected_on),
                )
            )
    for cell in facts.cells:
        if cell.is_suppressed:
            continue
        if cell.respondents is None:
            message = "a figure about a part of the people says how many they are"
            findings.append(found("DIS-06", f"{cell.field}.n", message))
        elif 0 < cell.respondents < facts.cell_minimum:
            findings.append(
                found(
                    "DIS-06",
                    f"{cell.field}.n",
                    "a figure about so few people is not shown: it would tell on them",
                    observed=str(cell.respondents),
                    limit=str(facts.cell_minimum),
                )
            )
    return findings


CHECKS: Mapping[str, Callable[[ImpactFacts], list[Finding]]] = MappingProxyType(
    {"DIS-06": rule_dis_06}
)

RULES_BY_ACTION: Mapping[Action, frozenset[str]] = MappingProxyType(
    {action: frozenset({"DIS-06"}) for action in Action}
)


def evaluate(facts: ImpactFacts, action: Action) -> list[Evaluation]:
    """Runs the rules that bind `action`, in the book's order."""
    return [
        Evaluation(rule_id, tuple(check(facts)))
        for rule_id, check in CHECKS.items()
        if rule_id in RULES_BY_ACTION[action]
    ]
