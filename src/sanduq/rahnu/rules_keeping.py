"""Shariah checks of keeping a pledge, changing it and giving it back (RHN)."""

from __future__ import annotations

from datetime import date, timedelta

from sanduq.rahnu.facts import RahnFacts
from sanduq.rahnu.facts_pledge import LossFact, LossFault, Release
from sanduq.rahnu.facts_sale import UnclaimedFate
from sanduq.shariah.model import Finding
from sanduq.shariah.rulebook import found

LUNAR_YEAR = timedelta(days=354)
NISAB_FINE_MG = 85_000


def rule_rhn_08(facts: RahnFacts) -> list[Finding]:
    """A loss without fault makes the keeper owe nothing, and lowers no debt."""
    lost = facts.loss
    if lost is None or lost.fault is not LossFault.NONE:
        return []
    findings = []
    if lost.liability_mg > 0 or lost.liability_minor > 0:
        message = "who keeps a pledge in trust answers for fault alone"
        observed = facts.printed(lost.liability_minor) if lost.liability_minor > 0 else None
        findings.append(
            found("RHN-08", "liability", message, observed=observed or f"{lost.liability_mg} mg",
                  limit="0")
        )  # fmt: skip
    if lost.debt_after_minor != lost.debt_before_minor:
        message = "a loss without fault leaves the debt as it was"
        findings.append(
            found("RHN-08", "debt", message, observed=facts.printed(lost.debt_after_minor),
                  limit=facts.printed(lost.debt_before_minor))
        )  # fmt: skip
    return findings


def rule_rhn_09(facts: RahnFacts) -> list[Finding]:
    """A loss by fault is made good: the same fine weight, or else the value of that day."""
    return [
        found("RHN-09", field, message, observed=observed, limit=limit)
        for field, message, observed, limit in loss_faults(facts)
    ]


def loss_faults(facts: RahnFacts) -> list[tuple[str, str, str | None, str | None]]:
    """What is short in making good a loss by fault: field, message, observed, limit."""
    lost = facts.loss
    if lost is None or lost.fault is LossFault.NONE:
        return []
    faults: list[tuple[str, str, str | None, str | None]] = []
    if lost.has_like and lost.liability_mg < lost.fine_weight_mg:
        message = "lost gold is owed by its like: the same fine weight"
        faults.append(
            ("liability", message, f"{lost.liability_mg} mg", f"{lost.fine_weight_mg} mg")
        )
    if not lost.has_like and lost.liability_minor < lost.value_at_loss_minor:
        message = "what has no like is owed at its value on the day of the loss"
        observed, limit = lost.liability_minor, lost.value_at_loss_minor
        faults.append(("liability", message, facts.printed(observed), facts.printed(limit)))
    faults.extend(_set_off_faults(facts, lost))
    return faults


def _set_off_faults(
    facts: RahnFacts, lost: LossFact
) -> list[tuple[str, str, str | None, str | None]]:
    expected = lost.debt_before_minor - lost.set_off_minor
    if lost.debt_after_minor == expected >= 0:
        return []
    message = "the debt falls by what is set off, and by nothing else"
    after = facts.printed(lost.debt_after_minor)
    return [("debt", message, after, facts.printed(max(expected, 0)))]


def rule_rhn_17(facts: RahnFacts) -> list[Finding]:
    """What the pledge brings in is its owner's."""
    owners: set[str | None] = {item.owner_id for item in facts.items} or {facts.pledgor_id}
    return [
        found("RHN-17", "growth", "what the pledge brings in belongs to its owner",
              observed=grown.credited_to)
        for grown in facts.growth
        if grown.credited_to not in owners and not grown.has_agreement
    ]  # fmt: skip


def rule_rhn_18(facts: RahnFacts) -> list[Finding]:
    """The pledge is held for its own debt, and for later ones only in the period agreed."""
    other = facts.held_for_other
    if other is None:
        return []
    months = facts.terms.cross_pledge_months if facts.terms is not None else None
    if months is None or facts.made_on is None:
        message = "the pledge secures its own debt alone: no clause covers this other debt"
        return [found("RHN-18", "cross_pledge_clause", message, observed=other.debt_id)]
    until = _months_after(facts.made_on, months)
    if facts.made_on <= other.arisen_on <= until:
        return []
    message = "the other debt arose outside the period the clause covers"
    return [
        found("RHN-18", "cross_pledge_clause", message, observed=str(other.arisen_on),
              limit=f"{facts.made_on} to {until}")
    ]  # fmt: skip


def _months_after(start: date, months: int) -> date:
    """The same day some months later, or the month's last."""
    ahead = start.month - 1 + months
    year, month = start.year + ahead // 12, ahead % 12 + 1
    following = date(year + month // 12, month % 12 + 1, 1)
    return min(date(year, month, 1) + timedelta(days=start.day - 1), following - timedelta(days=1))


def rule_rhn_19(facts: RahnFacts) -> list[Finding]:
    """A paid debt frees the pledge that day; part of it goes back within the ratio."""
    released = facts.release
    if released is None:
        return []
    if released.is_partial:
        return _partial_findings(facts, released)
    if released.debt_left_minor > 0 and not released.is_by_creditor_will:
        message = "the pledge is held until the whole debt is paid, unless the creditor gives it up"
        return [
            found("RHN-19", "outstanding", message,
                  observed=facts.printed(released.debt_left_minor), limit=facts.printed(0))
        ]  # fmt: skip
    findings = []
    settled_on = released.settled_on
    if settled_on is not None:
        for name, day in (("ready", released.ready_on), ("fee_stops", released.fee_stops_on)):
            if day is None or day > settled_on:
                message = "once the debt is paid the pledge is free at once, and its fee ends"
                findings.append(
                    found("RHN-19", name, message, observed=str(day) if day else None,
                          limit=str(settled_on))
                )  # fmt: skip
    return findings


def _partial_findings(facts: RahnFacts, released: Release) -> list[Finding]:
    limit = facts.terms.ltv_max_bp if facts.terms is not None else None
    after = released.ltv_after_bp
    if limit is not None and after is not None and after <= limit:
        return []
    message = "what stays in pledge must still secure the debt within the template's ratio"
    return [
        found("RHN-19", "loan_to_value_ratio", message,
              observed=f"{after} bp" if after is not None else None,
              limit=f"{limit} bp" if limit is not None else None)
    ]  # fmt: skip


def rule_rhn_26(facts: RahnFacts) -> list[Finding]:
    """What an agreed third party keeps is moved only when both parties agree."""
    return [
        found("RHN-26", f"movements.{move.item_id}.{side}_consent",
              f"a pledge kept by an agreed third party is not moved without the {side}'s consent",
              observed=move.to_place)
        for move in facts.movements
        if move.has_adl_keeper
        for side, consent in (
            ("pledgor", move.pledgor_consent_id),
            ("creditor", move.creditor_consent_id),
        )
        if consent is None
    ]  # fmt: skip


def rule_rhn_28(facts: RahnFacts) -> list[Finding]:
    """New things are in custody and valued before the old go back, within the ratio."""
    swap = facts.replacement
    if swap is None:
        return []
    findings = []
    if not swap.is_agreed:
        message = "a pledge is replaced by agreement of both parties"
        findings.append(found("RHN-28", "agreement", message))
    for name, at in (("possession", swap.possessed_at), ("valuation", swap.valued_at)):
        if at is None or (swap.old_released_at is not None and at > swap.old_released_at):
            message = f"the {name} of the new pledge comes before the old one is given back"
            findings.append(found("RHN-28", name, message, observed=at.isoformat() if at else None))
    limit, after = facts.terms.ltv_max_bp if facts.terms else None, swap.ltv_after_bp
    if limit is None or after is None or after > limit:
        message = "the new pledge must secure the debt within the template's ratio"
        findings.append(
            found("RHN-28", "loan_to_value_ratio", message,
                  observed=f"{after} bp" if after is not None else None,
                  limit=f"{limit} bp" if limit is not None else None)
        )  # fmt: skip
    return findings


def rule_rhn_29(facts: RahnFacts) -> list[Finding]:
    """The pledge is covered by takaful, and an indemnity takes its place."""
    cover = facts.takaful
    if cover is None or cover.policy_id is None:
        return [found("RHN-29", "takaful_policy_id", "the pledge should be covered by takaful")]
    findings = []
    if cover.covered_through_on is not None and cover.covered_through_on < facts.on:
        message = "the takaful cover of the pledge has run out"
        findings.append(
            found("RHN-29", "takaful_policy_id", message, observed=str(cover.covered_through_on),
                  limit=str(facts.on))
        )  # fmt: skip
    if not cover.is_proceeds_held:
        message = "what takaful pays stands in the place of the pledge, held for its owner"
        findings.append(found("RHN-29", "proceeds", message, observed="false", limit="true"))
    return findings


def rule_rhn_32(facts: RahnFacts) -> list[Finding]:
    """Each lunar year the owner is told the fine weight on which zakat may be due."""
    held = facts.possession
    since = facts.zakat_told_on or (held.at.date() if held is not None and held.at else None)
    if since is None or facts.on - since < LUNAR_YEAR:
        return []
    message = (
        "tell the owner the fine weight in pledge: its zakat stays with the owner once all the"
        f" owner's gold reaches {NISAB_FINE_MG // 1000} grams"
    )
    return [
        found("RHN-32", "zakat_notice", message, observed=str(since), limit=str(since + LUNAR_YEAR))
    ]


def rule_rhn_34(facts: RahnFacts) -> list[Finding]:
    """A surplus nobody fetched is never income; it is traced, then handed on as the law asks."""
    left = facts.unclaimed
    if left is None or left.fate in (UnclaimedFate.HELD, UnclaimedFate.OWNER):
        return []
    amount = facts.printed(left.amount_minor)
    if left.fate is UnclaimedFate.INCOME:
        message = "an unclaimed surplus is the owner's and never becomes income"
        return [found("RHN-34", "destination", message, observed=amount, limit=facts.printed(0))]
    findings = []
    if not left.tracing:
        message = "the owner is sought first, and how is written down"
        findings.append(found("RHN-34", "tracing", message, observed=amount))
    if left.fate is UnclaimedFate.AUTHORITY and not left.authority_reference:
        message = "the authority that holds unclaimed money gives a reference"
        findings.append(found("RHN-34", "authority_reference", message, observed=amount))
    return findings


def rule_rhn_35(facts: RahnFacts) -> list[Finding]:
    """A death alone neither frees the pledge nor sells it."""
    event = facts.death
    if event is None or not (event.is_release or event.is_sale):
        return []
    done = "release" if event.is_release else "sale"
    message = "the pledge stays in place when a party dies; the heirs take the party's place"
    return [found("RHN-35", "death", message, observed=f"{done} on the {event.died}'s death")]
