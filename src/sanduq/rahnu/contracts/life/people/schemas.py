"""Wire shapes of agents, lost tickets and deaths."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from sanduq.kit.clock import rfc3339
from sanduq.kit.wire import Input, IsoDate, ListOutput, LongText, Output, Text
from sanduq.rahnu.contracts.life.people.model import (
    Agent,
    AgentScope,
    Death,
    Deceased,
    NewAgent,
    NewDeath,
    TicketLoss,
)
from sanduq.rahnu.contracts.life.wire import Day, Identifier, Timestamp, day


class PledgeAgentIn(Input):
    """Who may act for the pledgor (or his heirs), by a document that was shown."""

    party_id: Identifier
    scopes: Annotated[list[AgentScope], Field(min_length=1, max_length=3)]
    valid_until: IsoDate | None = None
    document_reference: Text

    def command(self) -> NewAgent:
        """The appointment meant."""
        return NewAgent(
            self.party_id, tuple(self.scopes), self.document_reference, self.valid_until
        )


class PledgeAgentEnd(Input):
    reason: Text


class PledgeAgentObject(Output):
    id: str
    type: Literal["pledge_agent"]
    contract_id: str
    party_id: str
    scopes: list[AgentScope]
    valid_until: Day | None
    document_reference: str
    appointed_by_heirs: bool
    revoked_at: Timestamp | None
    revoked_by: str | None
    revoke_reason: str | None
    created_by: str
    created_at: Timestamp


class PledgeAgentList(ListOutput):
    data: list[PledgeAgentObject]


def agent_out(one: Agent) -> dict[str, Any]:
    """An agent as the API and its events render it."""
    return PledgeAgentObject(
        id=one.agent_id,
        type="pledge_agent",
        contract_id=one.contract_id,
        party_id=one.party_id,
        scopes=list(one.scopes),
        valid_until=day(one.valid_until_on),
        document_reference=one.document_reference,
        appointed_by_heirs=one.is_by_heirs,
        revoked_at=rfc3339(one.revoked_at) if one.revoked_at else None,
        revoked_by=one.revoked_by,
        revoke_reason=one.revoke_reason,
        created_by=one.created_by,
        created_at=rfc3339(one.created_at),
    ).model_dump()


class TicketLossIn(Input):
    """The owner's own words; `declared_by` is left out where it is the pledgor."""

    declared_by: Identifier | None = None
    statement: LongText
    document_reference: Text | None = None


class TicketLossObject(Output):
    """`ticket_number` is the ticket issued in the place of the lost one."""

    id: str
    type: Literal["ticket_loss"]
    contract_id: str
    number: int
    declared_by: str
    statement: str
    document_reference: str | None
    lost_ticket_number: str
    ticket_number: str
    recorded_by: str
    created_at: Timestamp


class TicketLossList(ListOutput):
    data: list[TicketLossObject]


def ticket_loss_out(one: TicketLoss) -> dict[str, Any]:
    """A declaration as the API and its events render it."""
    return TicketLossObject(
        id=one.declaration_id,
        type="ticket_loss",
        contract_id=one.contract_id,
        number=one.number,
        declared_by=one.declared_by,
        statement=one.statement,
        document_reference=one.document_reference,
        lost_ticket_number=one.lost_ticket_number,
        ticket_number=one.ticket_number,
        recorded_by=one.recorded_by,
        created_at=rfc3339(one.recorded_at),
    ).model_dump()


class PledgeDeathIn(Input):
    """`heirs` as far as they are proved; they may be recorded again."""

    party: Deceased
    died_on: IsoDate | None = None
    heirs: Annotated[list[Identifier], Field(max_length=100)] = Field(default_factory=list)
    document_reference: Text

    def command(self) -> NewDeath:
        """The death meant."""
        return NewDeath(self.party, tuple(self.heirs), self.document_reference, self.died_on)


class PledgeDeathObject(Output):
    """A death on record. The pledge stays in place."""

    id: str
    type: Literal["pledge_death"]
    contract_id: str
    party: Deceased
    party_id: str
    died_on: Day | None
    heirs: list[str]
    document_reference: str
    recorded_by: str
    created_at: Timestamp


class PledgeDeathList(ListOutput):
    data: list[PledgeDeathObject]


def death_out(one: Death) -> dict[str, Any]:
    """A death as the API and its events render it."""
    return PledgeDeathObject(
        id=one.death_id,
        type="pledge_death",
        contract_id=one.contract_id,
        party=one.capacity,
        party_id=one.party_id,
        died_on=day(one.died_on),
        heirs=list(one.heir_ids),
        document_reference=one.document_reference,
        recorded_by=one.recorded_by,
        created_at=rfc3339(one.recorded_at),
    ).model_dump()
