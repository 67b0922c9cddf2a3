"""The check that a pledgor is told what a pledge means before signing (DIS-05)."""

from __future__ import annotations

from sanduq.rahnu.facts import PledgeDisclosed, RahnFacts
from sanduq.shariah.model import Finding
from sanduq.shariah.rulebook import found


def rule_dis_05(facts: RahnFacts) -> list[Finding]:
    """The pledgor acknowledged this version of a whole disclosure."""
    paper = facts.disclosure
    if paper is None:
        message = "the pledgor must be shown the disclosure of the pledge first"
        return [found("DIS-05", "disclosure_ack", message)]
    findings = [
        found("DIS-05", f"disclosure.{part}", f"the disclosure does not show the {part}")
        for part in sorted(set(PledgeDisclosed) - paper.shown)
    ]
    if ("DIS-05", paper.version) not in facts.disclosures_acknowledged:
        message = (
            "the pledgor must acknowledge the valuation, the loan beside it, the cost of custody,"
            " the notices before a sale and the right to a surplus"
        )
        findings.append(found("DIS-05", "disclosure_ack", message, limit=paper.version))
    return findings
