"""Shariah checks of one exchange: both sides at once, for a known price, on no condition (SRF)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime

from sanduq.sarf.clause_words import TextKind, faulty
from sanduq.sarf.facts import SarfFacts
from sanduq.sarf.facts_exchange import SPOT, PossessionFact, SessionFact
from sanduq.sarf.model import (
    GOLD_POSSESSIONS,
    LEGS,
    MONEY_POSSESSIONS,
    REAL_POSSESSIONS,
    Leg,
    PossessionKind,
    SessionEnd,
    SessionKind,
)
from sanduq.shariah.facts import ContractKind
from sanduq.shariah.model import Finding
from sanduq.shariah.rulebook import found
from sanduq.shariah.rules_general import rule_gen_10

NO_SESSION = "the sitting in which both sides are exchanged is not known"


def legs_due(facts: SarfFacts, session: SessionFact) -> frozenset[Leg]:
    """The sides to be received: gold for gold has a third where a service is paid for."""
    is_paid = session.kind is SessionKind.EXCHANGE and facts.service_fee_minor > 0
    return LEGS[session.kind] | ({Leg.MONEY} if is_paid else frozenset())


def rule_srf_01(facts: SarfFacts) -> list[Finding]:
    """Both sides are received between acceptance and parting, on the day of the sitting."""
    session = facts.session
    if session is None:
        return [found("SRF-01", "session", NO_SESSION)]
    findings = list(_steps_out_of_order(session))
    for received in facts.possessions:
        findings.extend(_received_outside(received, session))
    if session.closed_at is not None:
        there = {received.leg for received in facts.possessions}
        message = "both sides are received before the parties part; this one was not"
        findings.extend(
            found("SRF-01", f"possessions.{leg}", message, observed="not received")
            for leg in sorted(legs_due(facts, session) - there)
        )
    return findings


def _steps_out_of_order(session: SessionFact) -> Iterator[Finding]:
    """`opened ≤ offered ≤ accepted ≤ closed`, and the last of it before the sitting expires."""
    before = session.opened_at
    for field in ("offered_at", "accepted_at", "closed_at"):
        at: datetime | None = getattr(session, field)
        if at is None:
            if field != "closed_at" and session.closed_at is not None:
                yield found("SRF-01", field, "an exchange is offered and accepted before it closes")
            continue
        if at < before:
            yield _at("the steps of a sitting follow one another", field, at, before)
        before = at
    if before > session.expires_at:
        message = "the time of this sitting had passed: the parties count as parted"
        yield _at(message, "session.expires_at", before, session.expires_at)


def _received_outside(received: PossessionFact, session: SessionFact) -> Iterator[Finding]:
    field = f"possessions.{received.leg}"
    if received.session_id not in (None, session.session_id):
        message = "both sides are received in one and the same sitting"
        yield found("SRF-01", field, message, observed=received.session_id)
    if session.accepted_at is None:
        yield found("SRF-01", field, "nothing is received before the offer is accepted")
    elif received.received_at < session.accepted_at:
        message = "what was received before the acceptance is no delivery of this exchange"
        yield _at(message, field, received.received_at, session.accepted_at)
    ends = [each for each in (session.closed_at, session.expires_at) if each is not None]
    if received.received_at > min(ends):
        yield _at(
            "it was received after the parties parted", field, received.received_at, min(ends)
        )
    if received.received_on != session.session_on:
        yield _on(
            "it was received on another day than that of the sitting",
            field, received.received_on, session.session_on,
        )  # fmt: skip


def _at(message: str, field: str, at: datetime, limit: datetime) -> Finding:
    observed = at.isoformat()
    return found("SRF-01", field, message, observed=observed, limit=limit.isoformat())


def _on(message: str, field: str, on: date, limit: date) -> Finding:
    return found("SRF-01", field, message, observed=str(on), limit=str(limit))


def rule_srf_03(facts: SarfFacts) -> list[Finding]:
    """The price is agreed and known, and still stood when the offer was accepted."""
    session = facts.session
    if session is None:
        return [found("SRF-03", "session", NO_SESSION)]
    if session.kind is SessionKind.EXCHANGE:
        return []
    if session.price_minor is None or session.price_minor <= 0:
        message = "the price is fixed and known when the contract is made"
        observed = facts.printed(session.price_minor)
        return [found("SRF-03", "price", message, observed=observed)]
    if session.accepted_at is None:
        return []
    lock = session.price_lock_expires_at
    if lock is None or lock < session.accepted_at:
        message = "the price was not, or no longer, fixed when the offer was accepted"
        return [
            found(
                "SRF-03", "price_lock_expires_at", message,
                observed=session.accepted_at.isoformat(),
                limit=lock.isoformat() if lock is not None else None,
            )
        ]  # fmt: skip
    return []


def rule_srf_04(facts: SarfFacts) -> list[Finding]:
    """No option to withdraw, no condition, no other day than that of the acceptance."""
    session = facts.session
    if session is None:
        return []
    findings = []
    if session.has_option:
        message = "an exchange of gold or money leaves nobody an option to withdraw"
        findings.append(found("SRF-04", "has_option", message, observed="true"))
    for condition in session.conditions:
        message = "an exchange of gold or money hangs on no condition"
        findings.append(found("SRF-04", "conditions", message, observed=condition))
    made_on = session.accepted_on or session.session_on
    if session.effective_on not in (None, made_on):
        message = "an exchange of gold or money takes effect on the day it is accepted"
        observed = str(session.effective_on)
        findings.append(
            found("SRF-04", "effective_on", message, observed=observed, limit=str(made_on))
        )
    return findings


def rule_srf_05(facts: SarfFacts) -> list[Finding]:
    """What was delivered is what was agreed, or stands as the part that it is."""
    session = facts.session
    if session is None:
        return []
    by_leg = {received.leg: received for received in facts.possessions}
    money = by_leg.get(Leg.MONEY)
    price = session.price_minor or 0
    agreed_minor = price + facts.service_fee_minor
    findings = []
    if money is not None and money.amount_minor != agreed_minor:
        findings.append(("money", facts.printed(money.amount_minor), facts.printed(agreed_minor)))
    for leg, pieces in ((Leg.GOLD_IN, facts.gold_in), (Leg.GOLD_OUT, facts.gold_out)):
        gold = by_leg.get(leg)
        agreed_mg = sum(piece.fine_tenths // 10 for piece in pieces)
        if gold is not None and gold.fine_weight_mg not in (None, agreed_mg):
            findings.append((leg.value.lower(), f"{gold.fine_weight_mg} mg", f"{agreed_mg} mg"))
    if not findings or _is_split(facts, price):
        return []
    message = "only what was delivered stands: the rest is void, and its price goes back"
    return [
        found("SRF-05", field, message, observed=observed, limit=limit)
        for field, observed, limit in findings
    ]


def _is_split(facts: SarfFacts, price_minor: int) -> bool:
    """Whether it was divided so that each part of the gold keeps its part of the price."""
    part = facts.part
    if part is None or part.valid_minor + part.void_minor != price_minor:
        return False
    whole = part.valid_fine_mg + part.void_fine_mg
    money = next((one.amount_minor for one in facts.possessions if one.leg is Leg.MONEY), None)
    gold = next((one.fine_weight_mg for one in facts.possessions if one.leg is not Leg.MONEY), None)
    return (
        whole > 0
        and (money, gold) == (part.valid_minor + facts.service_fee_minor, part.valid_fine_mg)
        and abs(part.valid_minor * whole - price_minor * part.valid_fine_mg) < whole
    )


def rule_srf_06(facts: SarfFacts) -> list[Finding]:
    """What counts as received: in the hand, or by a way that is as good, with its proof."""
    allowed = facts.possession_kinds
    findings = []
    for received in facts.possessions:
        field = f"possessions.{received.leg}.kind"
        fitting = MONEY_POSSESSIONS if received.leg is Leg.MONEY else GOLD_POSSESSIONS
        if received.kind not in fitting or (allowed is not None and received.kind not in allowed):
            message = "this is no way of receiving that side of an exchange"
            limit = ", ".join(sorted(fitting if allowed is None else fitting & allowed))
            findings.append(
                found("SRF-06", field, message, observed=str(received.kind), limit=limit)
            )
            continue
        if PossessionKind(received.kind) not in REAL_POSSESSIONS and not received.reference:
            message = "what is received without being in the hand is proven by a reference"
            findings.append(found("SRF-06", f"possessions.{received.leg}.reference", message))
        if not received.is_disposable:
            message = "who receives it can draw it or carry it away at once"
            findings.append(found("SRF-06", field, message, observed="not at his disposal"))
    return findings


def rule_srf_08(facts: SarfFacts) -> list[Finding]:
    """Neither side is deferred: no forward, no instalments, no credit."""
    session = facts.session
    if session is None:
        return [found("SRF-08", "session", NO_SESSION)]
    if session.payment_terms == SPOT:
        return []
    message = "gold and money are exchanged on the spot: neither side is deferred"
    return [found("SRF-08", "payment_terms", message, observed=session.payment_terms, limit=SPOT)]


def rule_srf_09(facts: SarfFacts) -> list[Finding]:
    """An agent acts by authority, and what he takes for himself he buys anew."""
    agent = facts.agent
    if agent is None:
        return []
    findings = []
    if not agent.authority_document_id:
        message = "who acts for a side shows the authority to do so"
        findings.append(
            found("SRF-09", "agent.authority_document_id", message, observed=agent.agent_id)
        )
    if not agent.has_delivery_before_parting:
        message = "the contracting sides do not part before the agents have delivered"
        findings.append(found("SRF-09", "agent.delivery", message, observed=agent.agent_id))
    if agent.is_for_himself and not agent.has_second_contract:
        message = "an agent who keeps what he bought needs a new offer after possession"
        findings.append(found("SRF-09", "agent.second_contract", message, observed=agent.agent_id))
    return findings


def rule_srf_11(facts: SarfFacts) -> list[Finding]:
    """No exchange is stipulated inside another."""
    findings = []
    if facts.session is not None:
        message = "one exchange does not name another: neither its words nor its data"
        findings = [
            found("SRF-11", "session.refers_to", message, observed=named)
            for named in facts.session.refers_to
        ]
    if facts.purchase is not None:
        message = "these words put a second exchange into the first"
        findings += [
            found("SRF-11", "contract_1", message, observed=fault.words)
            for text in facts.purchase.texts
            for fault in faulty(text, TextKind.CONTRACT_1)
        ]
    return findings


def rule_srf_16(facts: SarfFacts) -> list[Finding]:
    """A debt cleared in another metal or currency is cleared whole, at that day's rate."""
    if facts.payment is None:
        return []
    return [
        found("SRF-16", each.field, each.message, observed=each.observed, limit=each.limit)
        for each in rule_gen_10(facts)
    ]


def rule_srf_17(facts: SarfFacts) -> list[Finding]:
    """No loan on condition that the borrower trades with the lender."""
    message = "a loan may not be tied to an exchange with its lender"
    tied = [
        f"{each.source} on {each.target}"
        for each in facts.conditions
        if {each.source, each.target} == {ContractKind.QARD, ContractKind.SARF}
    ]
    return [found("SRF-17", "ties", message, observed=each) for each in (*facts.ties, *tied)]


def rule_srf_21(facts: SarfFacts) -> list[Finding]:
    """How the sitting ended is on record."""
    session = facts.session
    if session is None or session.closed_at is None or session.ended_how in tuple(SessionEnd):
        return []
    message = "a sitting ends by parting, or by both declaring it final: say which"
    limit = ", ".join(SessionEnd)
    observed = str(session.ended_how) if session.ended_how is not None else None
    return [found("SRF-21", "ended_how", message, observed=observed, limit=limit)]
