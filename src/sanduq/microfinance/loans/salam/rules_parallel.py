"""Shariah checks of the parallel salam (SLM-16, SLM-17): facts in, findings out."""

from __future__ import annotations

import re

from sanduq.microfinance.loans.salam.facts import SalamFacts
from sanduq.shariah.model import Finding
from sanduq.shariah.rulebook import found

_OTHER_CONTRACT = re.compile(r"\b(?:mfl|slm|psl)_[0-9A-Za-z_]+")
_DEPENDENCE = re.compile(
    r"\b(?:subject to|depend(?:s|ent|ing)? (?:up)?on|conditional (?:up)?on|on condition|"
    r"back[- ]to[- ]back|linked to|provided that .*deliver\w*|only if .*deliver\w*|"
    r"upon (?:receipt|delivery) (?:from|by|of))\b",
    re.IGNORECASE,
)


def rule_slm_16(facts: SalamFacts) -> list[Finding]:
    """No word of the contract ties it to another."""
    if facts.parallel is None:
        return []
    findings = []
    for text in facts.parallel.texts:
        named = _OTHER_CONTRACT.search(text)
        if named is not None:
            message = "a parallel salam names no other contract"
            findings.append(found("SLM-16", "notes", message, observed=named.group()))
        tied = _DEPENDENCE.search(text)
        if tied is not None:
            message = "a parallel salam depends on no other contract and on nobody's delivery to us"
            findings.append(found("SLM-16", "notes", message, observed=tied.group()))
    return findings


def rule_slm_17(facts: SalamFacts) -> list[Finding]:
    """The buyer is not the one who sold us such goods, under this name or another."""
    parallel = facts.parallel
    if parallel is None:
        return []
    if parallel.buyer_id in parallel.seller_ids:
        message = "the buyer has sold us such goods by salam"
        return [found("SLM-17", "counterparty_id", message, observed=parallel.buyer_id)]
    alike = sorted(parallel.alike_ids & parallel.seller_ids)
    message = "the buyer shares telephone or name and birthday with one who sold us such goods"
    return [found("SLM-17", "counterparty_id", message, observed=seller) for seller in alike]
