"""Shariah checks of the ijarah (IJR): facts in, findings out.

Each function keeps one rule of the rulebook and is named after it; nothing here raises. Those of
the end of a lease are in `rules_end`. `evaluate` runs the rules of a command in the book's order.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from types import MappingProxyType
from typing import Any

from sanduq.kit.money import Asset
from sanduq.microfinance.loans.ijarah import rules_end
from sanduq.microfinance.loans.ijarah.facts import Action, IjarahFacts, Let
from sanduq.microfinance.loans.ijarah.model import (
    Clauses,
    Fault,
    MaintenanceKind,
    Side,
)
from sanduq.microfinance.loans.ijarah.model_rents import credit_minor_for
from sanduq.shariah import rules_default, rules_general
from sanduq.shariah.model import Evaluation, Finding, Resolution, ShariahProfile, settled
from sanduq.shariah.rulebook import found, load_rulebook


def rule_ijr_01(facts: IjarahFacts) -> list[Finding]:
    """The lessor owns what it lets, unless it lets by description."""
    if facts.terms is not None and facts.terms.is_described:
        return []
    acquired, leased = facts.acquired_on, facts.leased_on
    if acquired is None:
        message = "the institution must own the asset before it lets it: acquire it first"
        return [found("IJR-01", "acquired_on", message)]
    if leased is not None and leased < acquired:
        message = "the lease may not begin before the institution owns the asset"
        return [found("IJR-01", "leased_on", message, observed=str(leased), limit=str(acquired))]
    return []


def rule_ijr_02(facts: IjarahFacts) -> list[Finding]:
    """A purchase from the lessee hangs on no lease, and returns to him only after a time."""
    purchase = facts.purchase
    if purchase is None or not purchase.is_from_lessee:
        return []
    findings = []
    if purchase.is_conditional_on_lease:
        message = "buying from the lessee may not be made a condition of letting to him"
        findings.append(found("IJR-02", "is_conditional_on_lease", message, observed="true"))
    if facts.transfer is not None and facts.acquired_on is not None and facts.clauses is not None:
        days = (facts.transfer.effective_on - facts.acquired_on).days
        least = facts.clauses.leaseback_days_min
        if days < least:
            message = "what was bought from the lessee goes back to him only after that many days"
            findings.append(found("IJR-02", "on", message, observed=str(days), limit=str(least)))
    return findings


def rule_ijr_03(facts: IjarahFacts) -> list[Finding]:
    """Term and rent are known; a floating rent has its formula, fixed start, floor and cap."""
    terms = facts.terms
    if terms is None or terms.rental_minor <= 0 or terms.periods <= 0:
        observed = facts.printed(terms.rental_minor) if terms is not None else None
        message = "the rent and the number of periods must be stated"
        return [found("IJR-03", "rental_amount", message, observed=observed)]
    findings = []
    floating = terms.floating
    if floating is not None:
        is_bounded = 0 < floating.floor_minor <= terms.rental_minor <= floating.cap_minor
        if not floating.formula.strip() or floating.fixed_periods < 1:
            message = "a floating rent needs a clear formula and a fixed first period"
            findings.append(found("IJR-03", "floating_rent.formula", message))
        if not is_bounded:
            message = "a floating rent needs a floor and a cap, with the first rent between them"
            findings.append(
                found(
                    "IJR-03", "floating_rent", message, observed=facts.printed(terms.rental_minor),
                    limit=f"{facts.printed(floating.floor_minor)}"
                    f" to {facts.printed(floating.cap_minor)}",
                )
            )  # fmt: skip
    change = facts.rent_change
    if change is not None and change.rent_minor <= 0:
        findings.append(found("IJR-03", "rental_amount", "the new rent must be stated"))
    elif (
        change is not None
        and floating is not None
        and not floating.floor_minor <= change.rent_minor <= floating.cap_minor
    ):
        findings.append(
            found(
                "IJR-03", "rental_amount", "the new rent lies outside the floor and cap agreed",
                observed=facts.printed(change.rent_minor),
                limit=f"{facts.printed(floating.floor_minor)}"
                f" to {facts.printed(floating.cap_minor)}",
            )
        )  # fmt: skip
    return findings


def rule_ijr_04(facts: IjarahFacts) -> list[Finding]:
    """No rent before the use is made available."""
    delivered, starts = facts.delivered_on, facts.rent_starts_on
    if delivered is not None and starts is not None and starts >= delivered:
        return []
    message = "rent begins on the day the asset is delivered, and not before"
    return [
        found(
            "IJR-04", "rent_starts_on", message,
            observed=str(starts) if starts is not None else None,
            limit=str(delivered) if delivered is not None else None,
        )
    ]  # fmt: skip


def rule_ijr_05(facts: IjarahFacts) -> list[Finding]:
    """Risk, major maintenance and takaful stay with the lessor, by clause and in fact."""
    findings = []
    clauses = facts.clauses
    if clauses is not None:
        for name in ("ownership_risk_by", "major_maintenance_by", "takaful_by"):
            if (bearer := getattr(clauses, name)) != Side.LESSOR:
                message = "what belongs to ownership is borne by the lessor and cannot be shifted"
                findings.append(
                    found("IJR-05", f"clauses.{name}", message, observed=bearer, limit="lessor")
                )
    upkeep = facts.upkeep
    if (
        upkeep is not None
        and upkeep.kind is not MaintenanceKind.ORDINARY
        and upkeep.payer is not Side.LESSOR
    ):
        message = f"{upkeep.kind} is the lessor's to pay, not the lessee's"
        findings.append(
            found("IJR-05", "payer", message, observed=str(upkeep.payer), limit="lessor")
        )
    return findings


def rule_ijr_06(facts: IjarahFacts) -> list[Finding]:
    """Rent covers usable days, as far as the lessee is not to blame."""
    findings = []
    clauses = facts.clauses
    if clauses is not None and clauses.rent_while_unusable != "stops":
        message = "rent stops while the asset is unusable without the lessee's fault"
        findings.append(
            found(
                "IJR-06", "clauses.rent_while_unusable", message,
                observed=clauses.rent_while_unusable, limit="stops",
            )
        )  # fmt: skip
    for use in facts.uses:
        most = use.rent_minor - credit_minor_for(use.rent_minor, use.days_unusable, use.days)
        if use.fault is Fault.NONE and use.charged_minor > most:
            message = "no rent is owed for days the asset was unusable without the lessee's fault"
            findings.append(
                found(
                    "IJR-06", "rent", message,
                    observed=facts.printed(use.charged_minor), limit=facts.printed(most),
                )
            )  # fmt: skip
    return findings


def rule_ijr_08(facts: IjarahFacts) -> list[Finding]:
    """The lessee answers for his fault alone, and for the loss it made."""
    findings = []
    clauses = facts.clauses
    if clauses is not None and clauses.lessee_liability != "fault_only":
        message = "the lessee holds the asset in trust and answers only for fault"
        findings.append(
            found(
                "IJR-08", "clauses.lessee_liability", message,
                observed=clauses.lessee_liability, limit="fault_only",
            )
        )  # fmt: skip
    claim = facts.compensation
    if claim is not None and claim.fault is not Fault.LESSEE:
        message = "compensation is taken only for the lessee's misconduct or negligence"
        findings.append(found("IJR-08", "fault", message, observed=str(claim.fault)))
    elif claim is not None and claim.amount_minor > claim.proven_minor:
        findings.append(
            found(
                "IJR-08", "amount", "compensation is at most the loss that is proven",
                observed=facts.printed(claim.amount_minor),
                limit=facts.printed(claim.proven_minor),
            )
        )  # fmt: skip
    return findings


def rule_ijr_09(facts: IjarahFacts) -> list[Finding]:
    """Arrears never grow; only the rent of periods to come changes."""
    findings = []
    if facts.clauses is not None and facts.clauses.is_arrears_increased:
        message = "rent that is past and unpaid is never increased"
        findings.append(found("IJR-09", "clauses.is_arrears_increased", message, observed="true"))
    change = facts.rent_change
    if change is not None and (change.is_billed or change.starts_on <= facts.on):
        message = "only the rent of a period that has not begun may be agreed anew"
        findings.append(
            found(
                "IJR-09", "from_rent", message,
                observed=str(change.starts_on), limit=f"after {facts.on}",
            )
        )  # fmt: skip
    return findings


def rule_ijr_16(facts: IjarahFacts) -> list[Finding]:
    """No other lease of the asset touches the days of this one."""
    planned = facts.planned
    if planned is None:
        return []
    return [
        found(
            "IJR-16", "asset_reference", "this asset is let for those days already",
            observed=f"{other.ijarah_id}: {other.starts_on} to {other.ends_on or 'no end yet'}",
            limit=f"{planned.starts_on} to {planned.ends_on}",
        )
        for other in facts.other_lets
        if _overlap(planned, other)
    ]  # fmt: skip


def _overlap(one: Let, other: Let) -> bool:
    last, other_last = one.ends_on or date.max, other.ends_on or date.max
    return one.starts_on <= other_last and other.starts_on <= last


def rule_ijr_17(facts: IjarahFacts) -> list[Finding]:
    """Somebody other than the lessee buys for the lessor."""
    if facts.purchase is None or not facts.purchase.is_by_lessee_as_agent:
        return []
    message = "the lessee buys as the institution's agent; another agent is preferred"
    return [found("IJR-17", "agent_id", message, observed="lessee")]


Check = Callable[[IjarahFacts], list[Finding]]

# In the book's order: what binds every contract, the lease, then default.
CHECKS: Mapping[str, Check] = MappingProxyType(
    {
        "GEN-01": rules_general.rule_gen_01,
        "GEN-03": rules_general.rule_gen_03,
        "GEN-04": rules_general.rule_gen_04,
        "GEN-05": rules_general.rule_gen_05,
        "GEN-08": rules_general.rule_gen_08,
        "GEN-09": rules_general.rule_gen_09,
        "GEN-11": rules_general.rule_gen_11,
        "GEN-12": rules_general.rule_gen_12,
        "GEN-14": rules_general.rule_gen_14,
        "GEN-20": rules_general.rule_gen_20,
        "IJR-01": rule_ijr_01,
        "IJR-02": rule_ijr_02,
        "IJR-03": rule_ijr_03,
        "IJR-04": rule_ijr_04,
        "IJR-05": rule_ijr_05,
        "IJR-06": rule_ijr_06,
        "IJR-07": rules_end.rule_ijr_07,
        "IJR-08": rule_ijr_08,
        "IJR-09": rule_ijr_09,
        "IJR-10": rules_end.rule_ijr_10,
        "IJR-11": rules_end.rule_ijr_11,
        "IJR-12": rules_end.rule_ijr_12,
        "IJR-13": rules_end.rule_ijr_13,
        "IJR-14": rules_end.rule_ijr_14,
        "IJR-15": rules_end.rule_ijr_15,
        "IJR-16": rule_ijr_16,
        "IJR-17": rule_ijr_17,
        "IJR-18": rules_end.rule_ijr_18,
        "DEF-02": rules_default.rule_def_02,
        "DEF-03": rules_default.rule_def_03,
        "DEF-09": rules_default.rule_def_09,
    }
)


def _ids(general: str, ijarah: str = "", default: str = "") -> frozenset[str]:
    sections = (("GEN", general), ("IJR", ijarah), ("DEF", default))
    return frozenset(f"{name}-{number}" for name, text in sections for number in text.split())


_CLAUSES = "05 06 08 09 10 11 12 15 18"
_TERMS = _ids("01 03 04 05 09 11 12 14 20", f"03 16 {_CLAUSES}", "03")

RULES_BY_ACTION: Mapping[Action, frozenset[str]] = MappingProxyType(
    {
        Action.SAVE_PRODUCT: _ids("05 09 11", _CLAUSES, "03"),
        Action.CREATE: _TERMS,
        Action.APPROVE: _TERMS,
        Action.ACQUIRE: _ids("", "02 16 17"),
        Action.DELIVER: _ids("01 20", "01 03 04 05 12 16"),
        Action.RESUME: _ids("", "06"),
        Action.MAINTAIN: _ids("", "05"),
        Action.AMEND: _ids("09", "03 09"),
        Action.COMPENSATE: _ids("", "08 11"),
        Action.LOSE: _ids("", "06 07 08 10 14"),
        Action.END: _ids("", "06 07 10 11 14 18"),
        Action.TRANSFER: _ids("", "02 12 13"),
        Action.RELEASE_DEPOSIT: _ids("", "15"),
        Action.RESCHEDULE: _ids("08 09 11 20", "09", "02 03 09"),
    }
)


def evaluate(facts: IjarahFacts, action: Action) -> list[Evaluation]:
    """Runs every rule that `action` concerns, and returns every outcome, passed or not.

    The order is GEN, IJR, DEF, each by number. Rules that do not bind the institution's profile
    are left out; `review` findings carry the resolution that settles them on that day.
    """
    rulebook = load_rulebook()
    wanted = RULES_BY_ACTION[action]
    evaluations = []
    for rule_id, check in CHECKS.items():
        if rule_id not in wanted or facts.profile not in rulebook[rule_id].profiles:
            continue
        findings = (settled(f, facts.resolutions, facts.on) for f in check(facts))
        evaluations.append(Evaluation(rule_id, tuple(findings)))
    return evaluations


def evaluate_clauses(
    profile: ShariahProfile,
    clauses: Mapping[str, Any],
    on: date,
    asset: Asset,
    resolutions: tuple[Resolution, ...] = (),
) -> list[Evaluation]:
    """What the rules find in the clauses of a product of leases, when it is saved or approved.

    Refuses VALIDATION_ERROR clauses that `Clauses` does not know.
    """
    facts = IjarahFacts(
        on=on, asset=asset, profile=profile, resolutions=resolutions, clauses=Clauses.read(clauses)
    )
    return evaluate(facts, Action.SAVE_PRODUCT)
