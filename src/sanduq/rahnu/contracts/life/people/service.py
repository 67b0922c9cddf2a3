"""Agents, heirs and lost tickets of a pledge: recorded by what was shown, never taken on trust."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sanduq.audit import service as audit
from sanduq.audit.service import Deed
from sanduq.events import service as outbox
from sanduq.events.service import Event
from sanduq.kit.db import UnitOfWork
from sanduq.kit.ids import new_id
from sanduq.kit.pages import Page, PageRequest
from sanduq.parties import service as parties
from sanduq.rahnu.contracts import service as contracts
from sanduq.rahnu.contracts import store as contract_store
from sanduq.rahnu.contracts.errors import PledgeStateRefuses
from sanduq.rahnu.contracts.facts import gathered
from sanduq.rahnu.contracts.life.people import events, store
from sanduq.rahnu.contracts.life.people.errors import (
    AgentImpossible,
    AgentNotFound,
    AgentRevokedAlready,
    DeclarationByAnother,
    HeirsImpossible,
    NotEntitled,
    TicketNotShown,
)
from sanduq.rahnu.contracts.life.people.model import (
    Agent,
    AgentScope,
    Claimant,
    Death,
    Deceased,
    Entitlement,
    NewAgent,
    NewDeath,
    TicketLoss,
    claimant,
    ticket_after,
)
from sanduq.rahnu.contracts.life.people.schemas import agent_out, death_out, ticket_loss_out
from sanduq.rahnu.contracts.life.ruling import keep_rules
from sanduq.rahnu.contracts.model import Contract, ContractItem, PledgeAction, PledgeStatus
from sanduq.rahnu.facts import RahnAction
from sanduq.rahnu.facts_pledge import DeathEvent, PartySide

OVER = frozenset({PledgeStatus.RELEASED, PledgeStatus.TERMINATED})


def appoint(uow: UnitOfWork, contract_id: str, new: NewAgent) -> Agent:
    """Records who may act for the pledgor, by the document that was shown; after the pledgor's
    death it is the heirs who appoint.

    Refuses NOT_FOUND (pledge, party), CONFLICT a pledge that is over, VALIDATION_ERROR the
    pledgor himself or a day that has passed.
    """
    contract = contracts.get(uow, contract_id)
    if contract.status in OVER:
        raise PledgeStateRefuses.of(contract_id, contract.status, PledgeAction.RELEASE)
    parties.get_party(uow, new.party_id)
    if new.party_id == contract.pledgor_id:
        raise AgentImpossible.field(
            "party_id", "pledgor_himself", "the pledgor needs no agent to act for himself"
        )
    if new.valid_until_on is not None and new.valid_until_on < uow.today:
        raise AgentImpossible.field(
            "valid_until", "in_the_past", f"valid_until must be {uow.today} or later"
        )
    made = Agent(
        agent_id=new_id("agt"),
        contract_id=contract_id,
        party_id=new.party_id,
        scopes=tuple(sorted(set(new.scopes))),
        valid_until_on=new.valid_until_on,
        document_reference=new.document_reference,
        is_by_heirs=store.death_of(uow, contract_id, contract.pledgor_id) is not None,
        created_at=uow.now,
        created_by=uow.actor.user_id,
        revoked_at=None,
        revoked_by=None,
        revoke_reason=None,
    )
    store.insert_agent(uow, made)
    details = {"agent_id": made.agent_id, "party_id": made.party_id}
    audit.record(uow, [Deed("pledge.agent_appointed", contract_id, None, details)])
    outbox.record(uow, [Event(events.AGENT_APPOINTED, contract_id, agent_out(made))])
    return made


def revoke(uow: UnitOfWork, contract_id: str, agent_id: str, *, reason: str) -> Agent:
    """Ends an appointment. Refuses NOT_FOUND, CONFLICT one that has ended."""
    found = store.get_agent(uow, contract_id, agent_id)
    if found is None:
        raise AgentNotFound
    if found.revoked_at is not None:
        raise AgentRevokedAlready
    store.revoke_agent(uow, agent_id, reason)
    ended = store.get_agent(uow, contract_id, agent_id)
    assert ended is not None
    details = {"agent_id": agent_id}
    audit.record(uow, [Deed("pledge.agent_revoked", contract_id, reason, details)])
    outbox.record(uow, [Event(events.AGENT_REVOKED, contract_id, agent_out(ended))])
    return ended


def declare_ticket_lost(
    uow: UnitOfWork,
    contract_id: str,
    *,
    statement: str,
    declared_by: str | None = None,
    document_reference: str | None = None,
) -> TicketLoss:
    """Records the owner's own declaration that the ticket is lost and issues another number; the
    lost one is worth nothing from then on.

    Refuses NOT_FOUND, CONFLICT by state, RELEASE_RECIPIENT a declaration by anybody but the
    pledgor, or after his death one of the heirs (ARN-12).
    """
    contract = contracts.locked(uow, contract_id, PledgeAction.TICKET_LOST)
    by = declared_by or contract.pledgor_id
    death = store.death_of(uow, contract_id, contract.pledgor_id)
    may_declare = {contract.pledgor_id} if death is None else set(death.heir_ids)
    if by not in may_declare:
        raise DeclarationByAnother(
            "the owner declares the loss of his ticket in person, or after his death an heir"
            f" (rule ARN-12); {by} cannot",
            rule_id="ARN-12",
        )
    assert contract.ticket_number is not None
    before = store.latest_ticket_loss(uow, contract_id)
    number = 1 if before is None else before.number + 1
    made = TicketLoss(
        new_id("tld"), contract_id, number, by, statement, document_reference,
        contract.ticket_number, ticket_after(contract.ticket_number, number), uow.now,
        uow.actor.user_id,
    )  # fmt: skip
    store.insert_ticket_loss(uow, made)
    contract_store.update(uow, contract_id, ticket_number=made.ticket_number)
    details = {"lost": made.lost_ticket_number, "issued": made.ticket_number}
    audit.record(uow, [Deed("pledge.ticket_lost", contract_id, statement, details)])
    outbox.record(uow, [Event(events.TICKET_LOST, contract_id, ticket_loss_out(made))])
    return made


def record_death(uow: UnitOfWork, contract_id: str, new: NewDeath) -> Death:
    """Records that a party died. The pledge stays as it is: nothing is released and nothing sold
    for that reason (RHN-35, AAOIFI SS 39 3/1/5); the heirs take the party's place.

    The heirs may be recorded again as they are proved; the latest record counts. Refuses
    NOT_FOUND, CONFLICT by state, VALIDATION_ERROR the dead as an heir or a day to come.
    """
    contract = contracts.locked(uow, contract_id, PledgeAction.DEATH)
    is_pledgor = new.capacity is Deceased.PLEDGOR
    party_id = contract.pledgor_id if is_pledgor else contract.borrower_id
    parties.load_parties(uow, set(new.heir_ids))
    if party_id in new.heir_ids:
        raise HeirsImpossible.field("heirs", "deceased", f"{party_id} is the one who died")
    if new.died_on is not None and new.died_on > uow.today:
        raise HeirsImpossible.field("died_on", "in_the_future", "died_on lies in the future")
    keep_rules(uow, gathered(uow, contract), RahnAction.DEATH, death=DeathEvent(PartySide.PLEDGOR))
    made = Death(
        new_id("dth"), contract_id, new.capacity, party_id, new.died_on,
        tuple(sorted(set(new.heir_ids))), new.document_reference, uow.now, uow.actor.user_id,
    )  # fmt: skip
    store.insert_death(uow, made)
    details = {"death_id": made.death_id, "party_id": party_id}
    audit.record(uow, [Deed("pledge.death_recorded", contract_id, None, details)])
    outbox.record(uow, [Event(events.DEATH_RECORDED, contract_id, death_out(made))])
    return made


def claimant_of(
    uow: UnitOfWork,
    contract: Contract,
    things: Sequence[ContractItem],
    recipient_id: str | None,
    present_ids: Collection[str] = (),
    *,
    scope: AgentScope = AgentScope.REDEEM,
) -> Claimant:
    """Who comes to fetch these things. Refuses RELEASE_RECIPIENT anybody but the owner, a
    proven agent, or after a death all heirs or their agent (ARN-12)."""
    death = store.death_of(uow, contract.contract_id, contract.pledgor_id)
    entitled = Entitlement(
        contract.pledgor_id,
        frozenset(one.item.owner_id for one in things),
        tuple(store.agents_of(uow, contract.contract_id)),
        death,
    )
    wanted = recipient_id or contract.pledgor_id
    found = claimant(wanted, entitled, uow.today, present_ids=present_ids, scope=scope)
    if found is not None:
        parties.get_party(uow, found.party_id)
        return found
    if death is None:
        raise NotEntitled.of(
            f"{wanted} is neither the owner of these things nor an agent proved to redeem them"
            " (rule ARN-12): record the agent with his document first"
        )
    heirs = ", ".join(death.heir_ids) or "not proved yet"
    raise NotEntitled.of(
        f"the pledgor died: all heirs come together ({heirs}; name them in present_ids), or an"
        f" agent they appointed (rules ARN-12, RHN-35); {wanted} alone may not receive"
    )


def ticket_shown(
    uow: UnitOfWork, contract: Contract, who: Claimant, ticket_number: str | None
) -> tuple[str | None, str | None]:
    """The ticket that was shown, or the declaration that stands for it.

    Refuses RELEASE_RECIPIENT another ticket than the one that holds, and no ticket where
    nothing was declared, or where an agent comes: he shows the ticket itself.
    """
    if ticket_number is not None:
        if ticket_number != contract.ticket_number:
            raise TicketNotShown.of(
                f"{ticket_number} is not the ticket that holds for {contract.contract_id} (rule"
                " ARN-12); if it was declared lost, the one issued in its place must be shown"
            )
        return ticket_number, None
    declared = store.latest_ticket_loss(uow, contract.contract_id)
    if declared is None or who.agent_id is not None:
        raise TicketNotShown.of(
            "show the ticket, or let the owner declare it lost in person (rule ARN-12): POST"
            f" /v1/rails/rahnu/contracts/{contract.contract_id}/lost-ticket"
        )
    return None, declared.declaration_id


def death_of(uow: UnitOfWork, contract_id: str, party_id: str) -> Death | None:
    """The latest record of a party's death in a pledge, with the heirs."""
    return store.death_of(uow, contract_id, party_id)


def agents_of(uow: UnitOfWork, contract_id: str) -> list[Agent]:
    """Every appointment of a pledge that was not revoked, newest first."""
    return store.agents_of(uow, contract_id)


def agents(uow: UnitOfWork, contract_id: str, request: PageRequest) -> Page[Agent]:
    """Agents of a pledge, newest first. Refuses NOT_FOUND."""
    contracts.get(uow, contract_id)
    return store.select_agents(uow, contract_id, request)


def ticket_losses(uow: UnitOfWork, contract_id: str, request: PageRequest) -> Page[TicketLoss]:
    """Lost tickets of a pledge, newest first. Refuses NOT_FOUND."""
    contracts.get(uow, contract_id)
    return store.select_ticket_losses(uow, contract_id, request)


def deaths(uow: UnitOfWork, contract_id: str, request: PageRequest) -> Page[Death]:
    """Deaths recorded on a pledge, newest first. Refuses NOT_FOUND."""
    contracts.get(uow, contract_id)
    return store.select_deaths(uow, contract_id, request)
