"""HTTP of officers' tills."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from sanduq.kit.web import gateway, scope
from sanduq.kit.wire import PageQuery, checked_id
from sanduq.microfinance.collection.tills import service
from sanduq.microfinance.collection.tills.schemas import (
    Identifier,
    TillReportOut,
    TillSettlementIn,
    TillSettlementList,
    TillSettlementOut,
    settlement_out,
    tills_out,
)

router = APIRouter(prefix="/v1/rails/microfinance/tills", tags=["Microfinance collection"])

READ, WRITE = "microfinance:read", "microfinance:write"


@router.get("", response_model=TillReportOut, openapi_extra=scope(READ))
def list_tills(request: Request) -> Any:
    """Officers whose till is not even: what they owe, or keep, of cash they counted."""
    return gateway(request).read(request, lambda uow: tills_out(service.list_tills(uow)))


@router.get(
    "/{officer_id}/settlements", response_model=TillSettlementList, openapi_extra=scope(READ)
)
def list_settlements(
    request: Request, officer_id: Identifier, query: Annotated[PageQuery, Query()]
) -> Any:
    """How an officer's till was settled, newest first."""
    return gateway(request).read(
        request,
        lambda uow: service.list_settlements(
            uow, checked_id(officer_id, "user", "officer_id"), query.page_request()
        ).render(settlement_out),
    )


@router.post(
    "/{officer_id}/settlements",
    status_code=201,
    response_model=TillSettlementOut,
    openapi_extra=scope(WRITE),
)
def settle(request: Request, officer_id: Identifier, body: TillSettlementIn) -> Any:
    """Settles a difference of an officer's till, by somebody else than the officer."""
    named = checked_id(officer_id, "user", "officer_id")
    return gateway(request).write(
        request,
        lambda uow: settlement_out(service.settle(uow, body.command(named))),
        status=201,
    )
