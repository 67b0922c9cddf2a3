"""Shariah checks of what keeping a pledge costs and who bears it (RHN-10 to RHN-14)."""

from __future__ import annotations

from datetime import date

from sanduq.rahnu.facts import RahnFacts
from sanduq.rahnu.facts_pledge import FEE_NAMES_ALLOWED, CostKind, JoinedContract, OwnerCost
from sanduq.shariah.model import Finding, Severity, ShariahProfile
from sanduq.shariah.rulebook import found

MY_JOINED_REFUSED_FROM = date(2020, 2, 1)
BORNE_BY_OWNER = frozenset({CostKind.PRESERVATION, CostKind.REPAIR})
"""Costs of the thing itself: the owner bears them without a clause (AAOIFI SS 39 3/2/10)."""


def rule_rhn_10(facts: RahnFacts) -> list[Finding]:
    """The custody fee is at most what custody costs by a study; without a study, zero."""
    fee = facts.fee
    if fee is None or fee.monthly_minor <= (fee.cost_monthly_minor or 0):
        return []
    message = (
        "a custody fee needs a cost study in force that bears it out"
        if fee.cost_monthly_minor is None
        else "the custody fee of a pledge is at most what its custody costs"
    )
    return [
        found("RHN-10", "safekeeping_fee_monthly", message,
              observed=facts.printed(fee.monthly_minor),
              limit=facts.printed(fee.cost_monthly_minor or 0))
    ]  # fmt: skip


def rule_rhn_11(facts: RahnFacts) -> list[Finding]:
    """The fee reads the thing and its keeping: no loan, no margin, no value."""
    fee = facts.fee
    if fee is None:
        return []
    if fee.names is None:
        message = "the fee's expression cannot be read, so nothing shows that it reads no loan"
        return [found("RHN-11", "fee_expression", message, observed=fee.expression)]
    others = sorted(fee.names - FEE_NAMES_ALLOWED)
    if not others:
        return []
    message = f"the custody fee may not depend on {', '.join(others)}"
    return [
        found("RHN-11", "fee_expression", message, observed=fee.expression or ", ".join(others),
              limit=", ".join(sorted(FEE_NAMES_ALLOWED)))
    ]  # fmt: skip


def rule_rhn_12(facts: RahnFacts) -> list[Finding]:
    """Who borrowed and who only deposited pay the same for the same keeping."""
    if facts.fee is None:
        return []
    return [
        found("RHN-12", f"samples.{sample.label}", "a borrower pays what a depositor pays",
              observed=facts.printed(sample.with_loan_minor),
              limit=facts.printed(sample.without_loan_minor))
        for sample in facts.fee.samples
        if sample.with_loan_minor != sample.without_loan_minor
    ]  # fmt: skip


def rule_rhn_13(facts: RahnFacts) -> list[Finding]:
    """Qard, pledge, safe-keeping and fee in one deal: refused under BNM, told elsewhere."""
    joined = {
        JoinedContract.QARD,
        JoinedContract.RAHN,
        JoinedContract.WADIAH,
        JoinedContract.UJRAH,
    }
    made_on = facts.made_on or facts.on
    if not joined <= facts.joined or made_on < MY_JOINED_REFUSED_FROM:
        return []
    if facts.profile is ShariahProfile.MY_BNM:
        message = "qard, pledge, safe-keeping and fee may not be joined in one deal"
        return [found("RHN-13", "structure", message, observed=" + ".join(sorted(facts.joined)))]
    shown = facts.disclosure  # None: nothing is being signed yet
    if shown is None or ("RHN-13", shown.version) in facts.disclosures_acknowledged:
        return []
    message = "the pledgor is told that regulated banks in Malaysia may not join these contracts"
    return [
        found("RHN-13", "disclosure_ack", message, limit=shown.version, severity=Severity.DISCLOSE)
    ]


def rule_rhn_14(facts: RahnFacts) -> list[Finding]:
    """What the owner is made to bear rests on a clause, and is what it really cost."""
    fee = facts.fee
    findings = []
    if fee is not None and fee.monthly_minor > 0 and not _has_clause(facts, CostKind.CUSTODY):
        message = "the creditor bears the cost of custody unless a clause of the template says else"
        observed, limit = facts.printed(fee.monthly_minor), facts.printed(0)
        findings.append(found("RHN-14", "costs.custody", message, observed=observed, limit=limit))
    return findings + [
        found("RHN-14", f"costs.{cost.kind}", message, observed=facts.printed(cost.amount_minor),
              limit=facts.printed(limit))
        for cost in facts.owner_costs
        for message, limit in _cost_faults(facts, cost)
    ]  # fmt: skip


def _cost_faults(facts: RahnFacts, cost: OwnerCost) -> list[tuple[str, int]]:
    if cost.amount_minor <= 0:
        return []
    faults = []
    if cost.kind not in BORNE_BY_OWNER and not (cost.has_clause or _has_clause(facts, cost.kind)):
        faults.append((f"the creditor bears the cost of {cost.kind} unless a clause says else", 0))
    evidence = cost.evidence_minor or 0
    if cost.amount_minor > evidence:
        faults.append((f"the cost of {cost.kind} is charged as it was, by its receipts", evidence))
    return faults


def _has_clause(facts: RahnFacts, kind: CostKind) -> bool:
    terms = facts.terms
    if terms is None:
        return False
    return {
        CostKind.CUSTODY: terms.has_owner_custody_costs,
        CostKind.SALE: terms.has_owner_sale_costs,
    }.get(kind, False)
