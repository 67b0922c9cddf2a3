"""Shariah checks of things deposited for safe-keeping (WDI)."""

from __future__ import annotations

from sanduq.rahnu.facts import DepositBasis, RahnFacts
from sanduq.rahnu.facts_pledge import FEE_NAMES_ALLOWED
from sanduq.rahnu.rules_keeping import loss_faults
from sanduq.shariah.model import Finding
from sanduq.shariah.rulebook import found

GUARANTEES = frozenset({"guarantee", "risk_protection"})


def rule_wdi_01(facts: RahnFacts) -> list[Finding]:
    """A thing held in trust is not used, not disposed of, and kept apart."""
    kept = facts.deposit
    if kept is None or kept.basis is not DepositBasis.AMANAH:
        return []
    findings = [
        found("WDI-01", "uses", "what is deposited in trust is not used by its keeper",
              observed=use)
        for use in kept.uses
    ]  # fmt: skip
    if not kept.is_segregated and not (kept.is_mixed and kept.has_mixing_permission):
        message = "what is deposited in trust is kept apart unless its owner allowed otherwise"
        findings.append(found("WDI-01", "is_segregated", message, observed="false"))
    elif kept.is_mixed and not kept.has_mixing_permission:
        message = "mixing needs the owner's permission; what is mixed is owned together"
        findings.append(found("WDI-01", "mixing_permission", message, observed="false"))
    return findings


def rule_wdi_02(facts: RahnFacts) -> list[Finding]:
    """Pure custody may cost a share of the value; once it secures a loan it may not."""
    kept = facts.deposit
    if kept is None or not kept.is_pledged:
        return []
    findings = []
    if kept.is_fee_on_value:
        message = "once the thing secures a loan its fee rests on the cost of custody, not on value"
        findings.append(found("WDI-02", "fee_basis", message, observed="share of value"))
    fee = facts.fee
    if fee is not None and (fee.names is None or not fee.names <= FEE_NAMES_ALLOWED):
        message = "switch the deposit to the tariff of pledges when it is pledged"
        findings.append(found("WDI-02", "fee_policy_id", message, observed=fee.expression))
    if fee is not None and fee.monthly_minor > (fee.cost_monthly_minor or 0):
        message = "once the thing secures a loan its fee is at most the cost of custody"
        findings.append(
            found("WDI-02", "fee", message, observed=facts.printed(fee.monthly_minor),
                  limit=facts.printed(fee.cost_monthly_minor or 0))
        )  # fmt: skip
    return findings


def rule_wdi_03(facts: RahnFacts) -> list[Finding]:
    """The keeper makes good what is lost by fault, by its like or its value, and nothing else."""
    lost = facts.loss
    if facts.deposit is None or facts.deposit.basis is not DepositBasis.AMANAH or lost is None:
        return []
    findings = [
        found("WDI-03", field, message, observed=observed, limit=limit)
        for field, message, observed, limit in loss_faults(facts)
    ]
    if lost.fault == "none" and (lost.liability_mg > 0 or lost.liability_minor > 0):
        message = "who keeps a thing in trust answers for fault alone"
        findings.append(
            found("WDI-03", "liability", message, observed=f"{lost.liability_mg} mg", limit="0 mg")
        )
    return findings


def rule_wdi_04(facts: RahnFacts) -> list[Finding]:
    """A guaranteed deposit is a loan to its keeper, and nobody pays for keeping it."""
    kept = facts.deposit
    if kept is None or kept.basis is not DepositBasis.DAMANAH or kept.fee_monthly_minor <= 0:
        return []
    message = "what the keeper owes is the keeper's own: no fee for its custody is taken"
    return [
        found("WDI-04", "fee", message, observed=facts.printed(kept.fee_monthly_minor),
              limit=facts.printed(0))
    ]  # fmt: skip


def rule_wdi_05(facts: RahnFacts) -> list[Finding]:
    """A guaranteed holding that is pledged is held in trust from then on."""
    kept = facts.deposit
    if (
        kept is None
        or kept.basis is not DepositBasis.DAMANAH
        or not kept.is_pledged
        or kept.basis_after is DepositBasis.AMANAH
    ):
        return []
    message = "once pledged, the holding turns from guaranteed to held in trust"
    return [
        found("WDI-05", "liability_basis", message,
              observed=str(kept.basis_after or kept.basis), limit="amanah")
    ]  # fmt: skip


def rule_wdi_06(facts: RahnFacts) -> list[Finding]:
    """No part of the fee pays for a guarantee."""
    components = facts.fee.components if facts.fee is not None else frozenset()
    return [
        found("WDI-06", "fee.components", "a keeper takes no fee for a guarantee",
              observed=component)
        for component in sorted(components & GUARANTEES)
    ]  # fmt: skip


def rule_wdi_07(facts: RahnFacts) -> list[Finding]:
    """A guaranteed deposit earns no gift for itself alone."""
    kept = facts.deposit
    if kept is None or kept.basis is not DepositBasis.DAMANAH:
        return []
    return [
        found("WDI-07", "perks", "no gift or perk is tied to the deposit alone", observed=perk)
        for perk in kept.perks
    ]
