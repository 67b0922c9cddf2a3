"""Surpluses going out, whole: to the owner's side, or, unclaimed, where law or the board says."""

from __future__ import annotations

from dataclasses import dataclass

from sanduq.access import service as access
from sanduq.audit import service as audit
from sanduq.audit.service import Deed
from sanduq.events import service as outbox
from sanduq.events.service import Event
from sanduq.funds.charity import service as charity
from sanduq.funds.charity.model import CharitySource, NewCharityReceipt
from sanduq.kit.db import UnitOfWork
from sanduq.kit.errors import ValidationFailed
from sanduq.kit.ids import new_id
from sanduq.kit.money import Money
from sanduq.kit.pages import LIMIT_MAX, PageRequest
from sanduq.ledger import service as ledger
from sanduq.ledger.model import Journal
from sanduq.parties import service as parties
from sanduq.rahnu.contracts.life.people import service as people
from sanduq.rahnu.contracts.life.people.model import AgentScope
from sanduq.rahnu.contracts.liquidation.surplus import events, postings, store
from sanduq.rahnu.contracts.liquidation.surplus.errors import (
    NotEntitled,
    NotYetUnclaimed,
    PayoutDecided,
    PayoutUnknown,
    ResolutionMissing,
)
from sanduq.rahnu.contracts.liquidation.surplus.model import (
    Capacity,
    Payout,
    PayoutKind,
    PayoutStatus,
    Surplus,
    SurplusStatus,
    is_sought,
    may_be_transferred_on,
)
from sanduq.rahnu.contracts.liquidation.surplus.schemas import payout_out
from sanduq.rahnu.contracts.liquidation.surplus.service import (
    PAY,
    TRANSFER,
    locked,
    rules_of_leaving,
)
from sanduq.rahnu.facts_sale import Unclaimed, UnclaimedFate
from sanduq.shariah import service as shariah

UNCLAIMED_RULE = "RHN-34"


@dataclass(frozen=True, slots=True)
class PaySurplus:
    """A payment asked for. `proof` is the paper of an heir; an agent's mandate is on record."""

    surplus_id: str
    recipient_id: str
    capacity: Capacity
    method: str = "cash"
    reference: str | None = None
    mandate_id: str | None = None
    proof: str | None = None


@dataclass(frozen=True, slots=True)
class TransferSurplus:
    """Unclaimed money to be sent on. `reference`: the authority's; charity needs a resolution."""

    surplus_id: str
    kind: PayoutKind
    reference: str | None = None
    resolution_id: str | None = None


def ask_payment(uow: UnitOfWork, asked: PaySurplus) -> Payout:
    """Asks that a surplus be paid to its owner, an heir or an agent; another person decides.

    Refuses NOT_FOUND; FORBIDDEN without `surplus.pay`; CONFLICT one that left or is on its way;
    SURPLUS_RECIPIENT anybody who is not entitled (ARN-12).
    """
    surplus = locked(uow, asked.surplus_id)
    access.require_authority(uow, PAY, None)
    parties.get_party(uow, asked.recipient_id)
    _require_entitled(uow, surplus, asked)
    payout = _payout(
        uow, surplus, PayoutKind.PAYMENT, asked.method, asked.reference,
        recipient_id=asked.recipient_id, capacity=asked.capacity, mandate_id=asked.mandate_id,
        proof=asked.proof,
    )  # fmt: skip
    return _asked(uow, surplus, payout, PAY)


def _require_entitled(uow: UnitOfWork, surplus: Surplus, asked: PaySurplus) -> None:
    every = PageRequest(limit=LIMIT_MAX)
    deaths = people.deaths(uow, surplus.contract_id, every).items
    death = next((one for one in deaths if one.party_id == surplus.pledgor_id), None)
    if asked.capacity is Capacity.OWNER:
        if asked.recipient_id != surplus.pledgor_id:
            raise NotEntitled(f"the surplus is {surplus.pledgor_id}'s, not {asked.recipient_id}'s")
        if death is not None:
            raise NotEntitled("the owner died: his heirs, or an agent of theirs, receive it")
        return
    if asked.capacity is Capacity.AGENT:
        agents = people.agents(uow, surplus.contract_id, every).items
        if not any(
            one.agent_id == asked.mandate_id
            and one.party_id == asked.recipient_id
            and AgentScope.COLLECT_SURPLUS in one.scopes
            and one.stands(uow.today)
            and one.is_by_heirs == (death is not None)
            for one in agents
        ):
            raise NotEntitled(
                f"{asked.recipient_id} has no mandate in force to collect the surplus of"
                f" {surplus.contract_id}: record the agent with scope collect_surplus first, and"
                " name it as mandate_id"
            )
        return
    if death is None or asked.recipient_id not in death.heir_ids or not (asked.proof or "").strip():
        raise NotEntitled(
            "an heir receives once the death and the heirs are on record, against a paper of the"
            " share: name it as proof"
        )


def ask_transfer(uow: UnitOfWork, asked: TransferSurplus) -> Payout:
    """Asks that an unclaimed surplus go to the authority, or by a resolution to charity.

    The owner's claim stays on record. Refuses NOT_FOUND; FORBIDDEN without `surplus.transfer`;
    CONFLICT before the time is over, while the owner was not looked for enough, or when he was
    reached; VALIDATION_ERROR without the authority's reference; SURPLUS_RESOLUTION charity
    without a resolution in force; SHARIAH_VIOLATION (RHN-34).
    """
    surplus = locked(uow, asked.surplus_id)
    access.require_authority(uow, TRANSFER, Money(surplus.amount_minor, surplus.asset))
    if asked.kind is PayoutKind.PAYMENT:
        raise ValidationFailed.field("to", "not_a_transfer", "a payment is asked for at /pay")
    _require_unclaimed(uow, surplus)
    if asked.kind is PayoutKind.CHARITY:
        _require_resolution(uow, asked.resolution_id)
    rules_of_leaving(uow, surplus, _unclaimed(surplus, asked.kind, asked.reference))
    payout = _payout(
        uow, surplus, asked.kind, "transfer", asked.reference, resolution_id=asked.resolution_id
    )
    return _asked(uow, surplus, payout, TRANSFER)


def _require_unclaimed(uow: UnitOfWork, surplus: Surplus) -> None:
    policy = store.policy(uow)
    earliest = may_be_transferred_on(surplus, policy)
    if uow.today < earliest:
        raise NotYetUnclaimed(f"{surplus.surplus_id} is kept for its owner until {earliest}")
    if not is_sought(surplus.traces, policy):
        raise NotYetUnclaimed(
            f"the owner of {surplus.surplus_id} is to be looked for {policy.traces_min} times,"
            f" and not be found at the last; {len(surplus.traces)} attempts are on record"
        )


def _require_resolution(uow: UnitOfWork, resolution_id: str | None) -> None:
    live = {one.resolution_id: one for one in shariah.live_resolutions(uow, uow.today)}
    found = live.get(resolution_id or "")
    if found is None or UNCLAIMED_RULE not in found.rule_ids:
        raise ResolutionMissing(
            "name a resolution in force whose scope holds RHN-34; record one by"
            " POST /v1/rails/shariah-governance/resolutions"
        )


def _unclaimed(surplus: Surplus, kind: PayoutKind, reference: str | None) -> Unclaimed:
    return Unclaimed(
        amount_minor=surplus.amount_minor,
        fate=UnclaimedFate(kind.value),
        tracing=tuple(f"{one.tried_on} {one.method}: {one.outcome}" for one in surplus.traces),
        authority_reference=reference,
    )


def approve(uow: UnitOfWork, payout_id: str, *, reason: str | None = None) -> Payout:
    """Pays a surplus out, whole and once; whoever asked for it may not.

    Refuses NOT_FOUND; CONFLICT one decided already; FORBIDDEN the asker and roles without the
    authority; SHARIAH_VIOLATION (RHN-34); FUNDS_INSUFFICIENT.
    """
    payout = _waiting(uow, payout_id)
    surplus = locked(uow, payout.surplus_id)
    is_payment = payout.kind is PayoutKind.PAYMENT
    access.decide(uow, _action(payout.kind), payout_id, is_approved=True, reason=reason)
    unclaimed = None if is_payment else _unclaimed(surplus, payout.kind, payout.reference)
    rules_of_leaving(uow, surplus, unclaimed)
    journal = _journal(uow, surplus, payout)
    store.decide_payout(
        uow, payout_id, PayoutStatus.DONE, reason=reason, journal_id=journal.journal_id
    )
    store.update(
        uow, surplus.surplus_id, settled_on=uow.today,
        status=SurplusStatus.PAID if is_payment else SurplusStatus.TRANSFERRED,
    )  # fmt: skip
    event = events.PAID if is_payment else events.TRANSFERRED
    after = _told(uow, payout_id, event, _action(payout.kind), reason)
    ledger.open_accounts(uow, [entry.place for entry in journal.entries])
    ledger.post(uow, [journal])
    return after


def _journal(uow: UnitOfWork, surplus: Surplus, payout: Payout) -> Journal:
    journal_id = new_id("jrn")
    if payout.kind is not PayoutKind.CHARITY:
        return postings.paid(surplus, uow.today, journal_id, payout.payout_id)
    new = NewCharityReceipt(
        source=CharitySource.UNCLAIMED_SURPLUS,
        came_from=surplus.surplus_id,
        amount=Money(surplus.amount_minor, surplus.asset),
        branch_id=surplus.branch_id,
        metadata={},
    )
    (aside,) = charity.receive_entries(uow, [new], journal_id)
    return postings.to_charity(surplus, aside.entries, uow.today, journal_id, payout.payout_id)


def reject(uow: UnitOfWork, payout_id: str, *, reason: str) -> Payout:
    """Refuses a payout that was asked for; the surplus stays where it is. Refuses as `approve`."""
    payout = _waiting(uow, payout_id)
    access.decide(uow, _action(payout.kind), payout_id, is_approved=False, reason=reason)
    store.decide_payout(uow, payout_id, PayoutStatus.REJECTED, reason=reason)
    return _told(uow, payout_id, events.REJECTED, "surplus.reject", reason)


def decide(uow: UnitOfWork, payout_id: str, is_approved: bool, reason: str | None) -> None:
    """Carries out a decision taken on the approval itself."""
    if is_approved:
        approve(uow, payout_id, reason=reason)
    else:
        reject(uow, payout_id, reason=reason or "refused")


def payouts_of(uow: UnitOfWork, surplus_id: str) -> list[Payout]:
    """Payouts of a surplus, newest first."""
    return store.payouts_of(uow, surplus_id)


def _action(kind: PayoutKind) -> str:
    return PAY if kind is PayoutKind.PAYMENT else TRANSFER


def _waiting(uow: UnitOfWork, payout_id: str) -> Payout:
    payout = store.get_payout(uow, payout_id, is_locked=True)
    if payout is None:
        raise PayoutUnknown
    if payout.status is not PayoutStatus.PENDING:
        raise PayoutDecided(f"this payout is {payout.status}; only a PENDING one is decided")
    return payout


def _payout(
    uow: UnitOfWork,
    surplus: Surplus,
    kind: PayoutKind,
    method: str,
    reference: str | None,
    *,
    recipient_id: str | None = None,
    capacity: Capacity | None = None,
    mandate_id: str | None = None,
    proof: str | None = None,
    resolution_id: str | None = None,
) -> Payout:
    return Payout(
        payout_id=new_id("spy"),
        surplus_id=surplus.surplus_id,
        kind=kind,
        status=PayoutStatus.PENDING,
        asset=surplus.asset,
        amount_minor=surplus.amount_minor,
        recipient_id=recipient_id,
        capacity=capacity,
        mandate_id=mandate_id,
        proof=proof,
        method=method,
        reference=reference,
        resolution_id=resolution_id,
        reason=None,
        requested_at=uow.now,
        requested_by=uow.actor.user_id,
        decided_at=None,
        decided_by=None,
        done_on=None,
        journal_id=None,
    )


def _asked(uow: UnitOfWork, surplus: Surplus, payout: Payout, action: str) -> Payout:
    store.insert_payout(uow, payout)
    amount = Money(surplus.amount_minor, surplus.asset)
    access.request_approvals(uow, action, [(payout.payout_id, amount)])
    return _told(uow, payout.payout_id, events.REQUESTED, f"{action}.request", None)


def _told(uow: UnitOfWork, payout_id: str, event: str, deed: str, reason: str | None) -> Payout:
    payout = store.get_payout(uow, payout_id)
    assert payout is not None
    audit.record(uow, [Deed(deed, payout_id, reason, {"surplus_id": payout.surplus_id})])
    outbox.record(uow, [Event(event, payout.surplus_id, payout_out(payout))])
    return payout
