"""Shariah checks of a promise of one side (WAD)."""

from __future__ import annotations

from math import ceil

from sanduq.kit.formula import FormulaError
from sanduq.sarf.clause_words import TextKind, faulty
from sanduq.sarf.facts import SarfFacts
from sanduq.sarf.facts_promise import CounterPromise, PromiseFact
from sanduq.sarf.model import SessionKind
from sanduq.sarf.price_formula import read_price_formula
from sanduq.shariah.model import Finding
from sanduq.shariah.rulebook import found


def rule_wad_01(facts: SarfFacts) -> list[Finding]:
    """One side promises; the other may use the promise or leave it."""
    promise = facts.promise
    if promise is None:
        return []
    findings = []
    if len(set(promise.promisors)) != 1:
        message = "a promise comes from one side"
        observed = ", ".join(promise.promisors) or "nobody"
        findings.append(found("WAD-01", "promisors", message, observed=observed, limit="1"))
    message = "a promise lays nothing on whom it is made to"
    findings += [
        found("WAD-01", "promisee_duties", message, observed=duty)
        for duty in promise.promisee_duties
    ]
    findings += [
        found("WAD-01", "promise.text", message, observed=fault.words)
        for fault in faulty(promise.text, TextKind.PROMISE)
    ]
    return findings


def rule_wad_02(facts: SarfFacts) -> list[Finding]:
    """What was promised comes about by an offer and an acceptance of its own."""
    findings = []
    if facts.promise is not None and facts.promise.is_automatic:
        message = "the promised exchange does not come about by itself"
        findings.append(found("WAD-02", "promise.is_automatic", message, observed="true"))
    session = facts.session
    if session is None or session.kind is not SessionKind.BUY_BACK or session.closed_at is None:
        return findings
    made = facts.conclusion
    if made is None or made.offered_at is None or made.accepted_at is None or not made.accepted_by:
        message = "when it is due, what was promised is offered anew and accepted by the buyer"
        findings.append(found("WAD-02", "accepted_at", message))
    return findings


def rule_wad_03(facts: SarfFacts) -> list[Finding]:
    """No promise serves a device for interest, nor benefits who lends to the promisee."""
    promise = facts.promise
    if promise is None:
        return []
    message = "a promise tied to a loan benefits its lender, in a paper of its own or not"
    findings = [
        found("WAD-03", "linked_loan_ids", message, observed=loan)
        for loan in promise.linked_loan_ids
    ]
    if promise.serves_device:
        message = "the promise serves a device for a loan with interest"
        findings.append(found("WAD-03", "serves_device", message, observed="true"))
    return findings


def rule_wad_04(facts: SarfFacts) -> list[Finding]:
    """Who breaks a promise to sell owes what it cost more to buy elsewhere; no lost profit."""
    damages = facts.promise.damages if facts.promise is not None else None
    if damages is None:
        return []
    loss = max(ceil(damages.market_minor) - damages.promised_minor, 0)
    findings = []
    if damages.claimed_minor > loss:
        message = "no more is owed than that day's market price above the promised one"
        findings.append(
            found("WAD-04", "damages.claimed", message,
                  observed=facts.printed(damages.claimed_minor), limit=facts.printed(loss))
        )  # fmt: skip
    if damages.other_minor != 0:
        message = "lost profit and the like are not owed"
        findings.append(
            found("WAD-04", "damages.other", message,
                  observed=facts.printed(damages.other_minor), limit=facts.printed(0))
        )  # fmt: skip
    return findings


def rule_wad_05(facts: SarfFacts) -> list[Finding]:
    """A promise is not sold, not passed on for a price, and costs nothing."""
    promise = facts.promise
    if promise is None:
        return []
    findings = []
    if promise.fee_minor != 0:
        message = "nothing is charged for a promise"
        findings.append(
            found("WAD-05", "promise.fee", message, observed=facts.printed(promise.fee_minor),
                  limit=facts.printed(0))
        )  # fmt: skip
    if promise.is_transferable:
        message = "a promise is not traded or passed on for a price"
        findings.append(found("WAD-05", "promise.is_transferable", message, observed="true"))
    return findings


def rule_wad_06(facts: SarfFacts) -> list[Finding]:
    """No promise faces it on the same thing and time: that would bind both sides."""
    promise = facts.promise
    if promise is None:
        return []
    message = "two promises facing each other on the same thing and time are a contract of both"
    return [
        found(
            "WAD-06", "counter_promises", message,
            observed=f"{each.promisor_id}: {each.asset} from {each.from_on} to {each.to_on}",
        )
        for each in promise.counter_promises
        if each.is_binding and _is_facing(promise, each)
    ]  # fmt: skip


def _is_facing(promise: PromiseFact, counter: CounterPromise) -> bool:
    """On the same asset, for days that meet; a window nobody knows meets every day."""
    return (
        counter.asset.casefold() == promise.asset.casefold()
        and (promise.closes_on is None or counter.from_on <= promise.closes_on)
        and (promise.opens_on is None or counter.to_on >= promise.opens_on)
    )


def rule_wad_07(facts: SarfFacts) -> list[Finding]:
    """A promise may follow a stated formula: of the market, the weight and the fineness."""
    promise = facts.promise
    if promise is None:
        return []
    return formula_findings("WAD-07", "promise.price_formula", promise.formula)


def formula_findings(rule_id: str, field: str, text: str) -> list[Finding]:
    """A finding for a formula that cannot be read, and for each name in it a price may not read."""
    try:
        formula = read_price_formula(text)
    except FormulaError as error:
        message = f"the price is not a formula a promise may use: {error}"
        return [found(rule_id, field, message, observed=text or None)]
    if "market_price" not in formula.names:
        message = "the price follows the market of the day on which the gold is bought"
        return [found(rule_id, field, message, observed=text, limit="market_price")]
    message = "the price may read neither the first price nor the time since"
    return [
        found(rule_id, field, message, observed=name, limit="market price, weight, fineness")
        for name in formula.refused_names
    ]


def rule_wad_08(facts: SarfFacts) -> list[Finding]:
    """A promise of one specific thing ends when that thing is lost."""
    promise = facts.promise
    if (
        promise is None
        or not promise.is_specific_item
        or not promise.is_specific_item_lost
        or not promise.is_in_force
    ):
        return []
    message = "the very thing promised is lost: the promise has ended and is not enforced"
    return [found("WAD-08", "promise.is_in_force", message, observed="true")]


def rule_wad_09(facts: SarfFacts) -> list[Finding]:
    """Money put down for a promise is held in trust; only a real loss is taken from it."""
    margin = facts.promise.margin if facts.promise is not None else None
    if margin is None:
        return []
    findings = []
    if not margin.is_held_in_trust:
        message = "money put down for a promise is kept in trust, apart from our own"
        findings.append(found("WAD-09", "margin.is_held_in_trust", message, observed="false"))
    most = min(margin.actual_loss_minor, margin.amount_minor)
    if margin.taken_minor > most:
        message = "only the loss that really came, at that day's market, is taken from it"
        findings.append(
            found("WAD-09", "margin.taken", message, observed=facts.printed(margin.taken_minor),
                  limit=facts.printed(most))
        )  # fmt: skip
    return findings
