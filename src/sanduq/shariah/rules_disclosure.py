"""Shariah checks of disclosure and client protection (DIS): facts in, findings out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from sanduq.shariah.facts_disclosure import Disclosed, ProtectionAction, ProtectionFacts
from sanduq.shariah.model import Evaluation, Finding
from sanduq.shariah.rulebook import found

BP = 10_000


def rule_dis_01(facts: ProtectionFacts) -> list[Finding]:
    """The customer acknowledged this version of a whole disclosure, in a language they read."""
    findings = [
        found("DIS-01", f"disclosure.{part}", f"the disclosure does not show the {part}")
        for part in sorted(set(Disclosed) - facts.shown)
    ]
    wanted = facts.party_language
    if facts.language is not None and wanted is not None and facts.language != wanted:
        message = "the disclosure is not in the customer's language"
        findings.append(
            found("DIS-01", "disclosure.language", message, observed=facts.language, limit=wanted)
        )
    version = facts.disclosure_version
    if version is None or ("DIS-01", version) not in facts.disclosures_acknowledged:
        message = "the customer must acknowledge the total cost, the schedule and the yearly cost"
        findings.append(found("DIS-01", "disclosure_ack", message, limit=version))
    return findings


def rule_dis_02(facts: ProtectionFacts) -> list[Finding]:
    """All instalments of a month stay within a share of the month's net income."""
    means = facts.affordability
    if means is None or means.net_income_minor is None:
        message = "the customer's monthly net income must be known before money is lent"
        return [found("DIS-02", "affordability.net_income", message)]
    income, share_bp = max(means.net_income_minor, 0), means.share_max_bp
    if means.instalments_minor * BP <= income * share_bp:
        return []
    return [
        found(
            "DIS-02",
            "affordability.instalments",
            "the instalments of a month take too large a share of its net income",
            observed=facts.printed(means.instalments_minor),
            limit=facts.printed(income * share_bp // BP),
        )
    ]


Check = Callable[[ProtectionFacts], list[Finding]]

CHECKS: Mapping[str, Check] = MappingProxyType({"DIS-01": rule_dis_01, "DIS-02": rule_dis_02})

RULES_BY_ACTION: Mapping[ProtectionAction, frozenset[str]] = MappingProxyType(
    {
        ProtectionAction.APPLY: frozenset({"DIS-02"}),
        ProtectionAction.APPROVE: frozenset({"DIS-02"}),
        ProtectionAction.ACCEPT: frozenset({"DIS-01"}),
    }
)


def evaluate(facts: ProtectionFacts, action: ProtectionAction) -> list[Evaluation]:
    """Runs the rules that bind `action`, in the book's order."""
    return [
        Evaluation(rule_id, tuple(check(facts)))
        for rule_id, check in CHECKS.items()
        if rule_id in RULES_BY_ACTION[action]
    ]
