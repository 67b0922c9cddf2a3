"""SQL of agents, lost tickets and deaths."""

from __future__ import annotations

from psycopg import sql

from sanduq.kit.db import Row, UnitOfWork
from sanduq.kit.listing import newest_first
from sanduq.kit.pages import Page, PageRequest
from sanduq.rahnu.contracts.life.people.model import Agent, AgentScope, Death, Deceased, TicketLoss

_AGENT = sql.SQL(
    "select agent_id, contract_id, party_id, scopes, valid_until_on, document_reference,"
    " is_by_heirs, created_at, created_by, revoked_at, revoked_by, revoke_reason"
    " from rahnu.agent where institution_id = %(institution)s and contract_id = %(contract)s"
)
_LOSS = sql.SQL(
    "select declaration_id, contract_id, number, declared_by, statement, document_reference,"
    " lost_ticket_number, ticket_number, recorded_at, recorded_by from rahnu.ticket_loss"
    " where institution_id = %(institution)s and contract_id = %(contract)s"
)
_DEATH = sql.SQL(
    "select death_id, contract_id, capacity, party_id, died_on, heir_ids, document_reference,"
    " recorded_at, recorded_by from rahnu.death"
    " where institution_id = %(institution)s and contract_id = %(contract)s"
)


def _of(uow: UnitOfWork, contract_id: str) -> dict[str, object]:
    return {"institution": uow.institution_id, "contract": contract_id}


def insert_agent(uow: UnitOfWork, one: Agent) -> None:
    uow.execute(
        "insert into rahnu.agent (institution_id, agent_id, contract_id, party_id, scopes,"
        " valid_until_on, document_reference, is_by_heirs, created_at, created_by)"
        " values (%s,%s,%s,%s,%s,%s,%s,%s,%s,%s)",
        uow.institution_id, one.agent_id, one.contract_id, one.party_id,
        [str(scope) for scope in one.scopes], one.valid_until_on, one.document_reference,
        one.is_by_heirs, one.created_at, one.created_by,
    )  # fmt: skip


def revoke_agent(uow: UnitOfWork, agent_id: str, reason: str) -> None:
    uow.execute(
        "update rahnu.agent set revoked_at = %s, revoked_by = %s, revoke_reason = %s"
        " where institution_id = %s and agent_id = %s",
        uow.now, uow.actor.user_id, reason, uow.institution_id, agent_id,
    )  # fmt: skip


def agents_of(uow: UnitOfWork, contract_id: str) -> list[Agent]:
    """Every appointment of a pledge that was not revoked, newest first."""
    query = _AGENT + sql.SQL(" and revoked_at is null order by agent_id desc")
    return [_agent(row) for row in uow.composed(query, _of(uow, contract_id))]


def get_agent(uow: UnitOfWork, contract_id: str, agent_id: str) -> Agent | None:
    """One appointment, locked."""
    rows = uow.composed(
        _AGENT + sql.SQL(" and agent_id = %(agent)s for no key update"),
        {**_of(uow, contract_id), "agent": agent_id},
    )
    return _agent(rows[0]) if rows else None


def select_agents(uow: UnitOfWork, contract_id: str, request: PageRequest) -> Page[Agent]:
    rows, total = newest_first(uow, _AGENT, _of(uow, contract_id), request, order=["agent_id"])
    found = [_agent(row) for row in rows]
    return Page.of(found, request, lambda one: (one.created_at, one.agent_id), total)


def _agent(row: Row) -> Agent:
    return Agent(
        agent_id=row[0],
        contract_id=row[1],
        party_id=row[2],
        scopes=tuple(AgentScope(scope) for scope in row[3]),
        valid_until_on=row[4],
        document_reference=row[5],
        is_by_heirs=row[6],
        created_at=row[7],
        created_by=row[8],
        revoked_at=row[9],
        revoked_by=row[10],
        revoke_reason=row[11],
    )


def insert_ticket_loss(uow: UnitOfWork, one: TicketLoss) -> None:
    uow.execute(
        "insert into rahnu.ticket_loss (institution_id, declaration_id, contract_id, number,"
        " declared_by, statement, document_reference, lost_ticket_number, ticket_number,"
        " recorded_at, recorded_by) values (%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s)",
        uow.institution_id, one.declaration_id, one.contract_id, one.number, one.declared_by,
        one.statement, one.document_reference, one.lost_ticket_number, one.ticket_number,
        one.recorded_at, one.recorded_by,
    )  # fmt: skip


def latest_ticket_loss(uow: UnitOfWork, contract_id: str) -> TicketLoss | None:
    """The last declaration of a pledge, if its ticket was ever lost."""
    query = _LOSS + sql.SQL(" order by declaration_id desc limit 1")
    rows = uow.composed(query, _of(uow, contract_id))
    return TicketLoss(*rows[0]) if rows else None


def select_ticket_losses(
    uow: UnitOfWork, contract_id: str, request: PageRequest
) -> Page[TicketLoss]:
    rows, total = newest_first(uow, _LOSS, _of(uow, contract_id), request, order=["declaration_id"])
    found = [TicketLoss(*row) for row in rows]
    return Page.of(found, request, lambda one: (one.recorded_at, one.declaration_id), total)


def insert_death(uow: UnitOfWork, one: Death) -> None:
    uow.execute(
        "insert into rahnu.death (institution_id, death_id, contract_id, capacity, party_id,"
        " died_on, heir_ids, document_reference, recorded_at, recorded_by)"
        " values (%s,%s,%s,%s,%s,%s,%s,%s,%s,%s)",
        uow.institution_id, one.death_id, one.contract_id, str(one.capacity), one.party_id,
        one.died_on, list(one.heir_ids), one.document_reference, one.recorded_at,
        one.recorded_by,
    )  # fmt: skip


def death_of(uow: UnitOfWork, contract_id: str, party_id: str) -> Death | None:
    """The latest record of a party's death in a pledge."""
    query = _DEATH + sql.SQL(" and party_id = %(party)s order by death_id desc limit 1")
    rows = uow.composed(query, {**_of(uow, contract_id), "party": party_id})
    return _death(rows[0]) if rows else None


def select_deaths(uow: UnitOfWork, contract_id: str, request: PageRequest) -> Page[Death]:
    rows, total = newest_first(uow, _DEATH, _of(uow, contract_id), request, order=["death_id"])
    found = [_death(row) for row in rows]
    return Page.of(found, request, lambda one: (one.recorded_at, one.death_id), total)


def _death(row: Row) -> Death:
    return Death(row[0], row[1], Deceased(row[2]), row[3], row[4], tuple(row[5]), *row[6:])
