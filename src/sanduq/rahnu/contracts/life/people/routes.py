"""HTTP of agents, lost tickets and deaths."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from sanduq.kit.web import gateway, scope
from sanduq.kit.wire import PageQuery, checked_id
from sanduq.rahnu.contracts.life.people import schemas, service
from sanduq.rahnu.contracts.life.people.schemas import (
    PledgeAgentList,
    PledgeAgentObject,
    PledgeDeathList,
    PledgeDeathObject,
    TicketLossList,
    TicketLossObject,
)
from sanduq.rahnu.contracts.life.wire import Identifier

router = APIRouter(prefix="/v1/rails/rahnu/contracts/{contract_id}", tags=["Pledge owners"])

READ, WRITE = scope("rahnu:read"), scope("rahnu:write")
Paging = Annotated[PageQuery, Query()]


def _id(value: str) -> str:
    return checked_id(value, "rhn", "contract_id")


@router.post("/agents", status_code=201, response_model=PledgeAgentObject, openapi_extra=WRITE)
def appoint_agent(request: Request, contract_id: Identifier, body: schemas.PledgeAgentIn) -> Any:
    """Records who may act for the pledgor, by a document."""
    return gateway(request).write(
        request,
        lambda uow: schemas.agent_out(service.appoint(uow, _id(contract_id), body.command())),
        status=201,
    )


@router.get("/agents", response_model=PledgeAgentList, openapi_extra=READ)
def list_agents(request: Request, contract_id: Identifier, query: Paging) -> Any:
    """Agents of a pledge, newest first."""
    return gateway(request).read(
        request,
        lambda uow: service.agents(uow, _id(contract_id), query.page_request()).render(
            schemas.agent_out
        ),
    )


@router.post("/agents/{agent_id}/revoke", response_model=PledgeAgentObject, openapi_extra=WRITE)
def revoke_agent(
    request: Request, contract_id: Identifier, agent_id: Identifier, body: schemas.PledgeAgentEnd
) -> Any:
    """Ends an appointment."""
    return gateway(request).write(
        request,
        lambda uow: schemas.agent_out(
            service.revoke(
                uow, _id(contract_id), checked_id(agent_id, "agt", "agent_id"), reason=body.reason
            )
        ),
    )


@router.post("/lost-ticket", status_code=201, response_model=TicketLossObject, openapi_extra=WRITE)
def declare_lost(request: Request, contract_id: Identifier, body: schemas.TicketLossIn) -> Any:
    """Records the owner's declaration that the ticket is lost, and issues another."""
    return gateway(request).write(
        request,
        lambda uow: schemas.ticket_loss_out(
            service.declare_ticket_lost(
                uow, _id(contract_id), statement=body.statement, declared_by=body.declared_by,
                document_reference=body.document_reference,
            )
        ),
        status=201,
    )  # fmt: skip


@router.get("/lost-ticket", response_model=TicketLossList, openapi_extra=READ)
def list_lost_tickets(request: Request, contract_id: Identifier, query: Paging) -> Any:
    """Tickets of a pledge that were declared lost, newest first."""
    return gateway(request).read(
        request,
        lambda uow: service.ticket_losses(uow, _id(contract_id), query.page_request()).render(
            schemas.ticket_loss_out
        ),
    )


@router.post("/death", status_code=201, response_model=PledgeDeathObject, openapi_extra=WRITE)
def record_death(request: Request, contract_id: Identifier, body: schemas.PledgeDeathIn) -> Any:
    """Records that a party died; the pledge stays, the heirs take the party's place."""
    return gateway(request).write(
        request,
        lambda uow: schemas.death_out(service.record_death(uow, _id(contract_id), body.command())),
        status=201,
    )


@router.get("/death", response_model=PledgeDeathList, openapi_extra=READ)
def list_deaths(request: Request, contract_id: Identifier, query: Paging) -> Any:
    """Deaths recorded on a pledge with the heirs, newest first."""
    return gateway(request).read(
        request,
        lambda uow: service.deaths(uow, _id(contract_id), query.page_request()).render(
            schemas.death_out
        ),
    )
