"""Who stands for whom: agents, heirs, and the owner whose ticket is lost. No I/O."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class AgentScope(StrEnum):
    """What an agent may do for the owner."""

    PLEDGE = "pledge"
    REDEEM = "redeem"
    COLLECT_SURPLUS = "collect_surplus"


class Capacity(StrEnum):
    """As whom somebody fetches a pledge."""

    OWNER = "owner"
    AGENT = "agent"
    HEIRS = "heirs"


class Deceased(StrEnum):
    """Which party of the pledge died."""

    PLEDGOR = "pledgor"
    BORROWER = "borrower"


@dataclass(frozen=True, slots=True)
class NewAgent:
    """An appointment, by the document that shows it."""

    party_id: str
    scopes: tuple[AgentScope, ...]
    document_reference: str
    valid_until_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """Who may act for the pledgor, or for his heirs once he died."""

    agent_id: str
    contract_id: str
    party_id: str
    scopes: tuple[AgentScope, ...]
    valid_until_on: date | None
    document_reference: str
    is_by_heirs: bool
    created_at: datetime
    created_by: str
    revoked_at: datetime | None
    revoked_by: str | None
    revoke_reason: str | None

    def stands(self, on: date) -> bool:
        """Whether the appointment holds on that day."""
        return self.revoked_at is None and (
            self.valid_until_on is None or on <= self.valid_until_on
        )


@dataclass(frozen=True, slots=True)
class TicketLoss:
    """The owner's declaration that the ticket is lost, and the ticket in its place."""

    declaration_id: str
    contract_id: str
    number: int
    declared_by: str
    statement: str
    document_reference: str | None
    lost_ticket_number: str
    ticket_number: str
    recorded_at: datetime
    recorded_by: str


@dataclass(frozen=True, slots=True)
class NewDeath:
    """A party died; `heir_ids` as far as they are proved."""

    capacity: Deceased
    heir_ids: tuple[str, ...]
    document_reference: str
    died_on: date | None = None


@dataclass(frozen=True, slots=True)
class Death:
    """A death on record; the latest record of a party counts."""

    death_id: str
    contract_id: str
    capacity: Deceased
    party_id: str
    died_on: date | None
    heir_ids: tuple[str, ...]
    document_reference: str
    recorded_at: datetime
    recorded_by: str


@dataclass(frozen=True, slots=True)
class Claimant:
    """Who fetches a pledge and by what proof; `agent_id` names the appointment."""

    party_id: str
    capacity: Capacity
    proof: str | None = None
    agent_id: str | None = None

    @property
    def is_owner(self) -> bool:
        return self.capacity is Capacity.OWNER


@dataclass(frozen=True, slots=True)
class Entitlement:
    """What decides who may fetch things: their owners, the pledgor, agents, a death."""

    pledgor_id: str
    owner_ids: frozenset[str]
    agents: tuple[Agent, ...] = ()
    death: Death | None = None


def claimant(
    recipient_id: str,
    entitled: Entitlement,
    on: date,
    *,
    present_ids: Collection[str] = (),
    scope: AgentScope = AgentScope.REDEEM,
) -> Claimant | None:
    """Who the recipient is in this pledge; None: nobody who may receive (rule ARN-12).

    An agency ends with the death of who gave it; then all heirs come together, or an agent they
    appointed.
    """
    death = entitled.death
    if (
        recipient_id in (entitled.owner_ids - {entitled.pledgor_id})
        and len(entitled.owner_ids) == 1
    ):
        return Claimant(recipient_id, Capacity.OWNER)
    if death is None and recipient_id == entitled.pledgor_id:
        return Claimant(recipient_id, Capacity.OWNER)
    if death is not None and recipient_id in death.heir_ids:
        if set(death.heir_ids) <= {recipient_id, *present_ids}:
            return Claimant(recipient_id, Capacity.HEIRS, death.document_reference)
        return None
    agent = _agent(recipient_id, entitled.agents, on, scope, is_by_heirs=death is not None)
    if agent is None:
        return None
    return Claimant(recipient_id, Capacity.AGENT, agent.document_reference, agent.agent_id)


def _agent(
    party_id: str, agents: Sequence[Agent], on: date, scope: AgentScope, *, is_by_heirs: bool
) -> Agent | None:
    standing = (
        one for one in agents
        if one.party_id == party_id and scope in one.scopes and one.stands(on)
        and one.is_by_heirs == is_by_heirs
    )  # fmt: skip
    return next(standing, None)


def ticket_after(ticket_number: str, losses: int) -> str:
    """The number of the ticket issued for the n-th loss: `MAIN-2024-000001-R1`."""
    base = ticket_number.rsplit("-R", 1)[0] if losses > 1 else ticket_number
    return f"{base}-R{losses}"
