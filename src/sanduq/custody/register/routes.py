"""HTTP of the register: holdings, totals, movements. Nothing is written here."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from sanduq.custody.register import service
from sanduq.custody.register.schemas import (
    CustodyTotalsOut,
    HoldingList,
    HoldingQuery,
    MovementList,
    MovementQuery,
    TotalQuery,
    holding_out,
    movement_out,
    totals_out,
)
from sanduq.kit.web import gateway, scope

router = APIRouter(prefix="/v1/custody", tags=["Custody"])

READ = "custody:read"


@router.get("/holdings", response_model=HoldingList, openapi_extra=scope(READ))
def list_holdings(request: Request, query: Annotated[HoldingQuery, Query()]) -> Any:
    """List what is held: each item, its bag and its place."""
    return gateway(request).read(
        request,
        lambda uow: service.list_holdings(uow, query.filters(), query.page_request()).render(
            holding_out
        ),
    )


@router.get("/totals", response_model=CustodyTotalsOut, openapi_extra=scope(READ))
def get_totals(request: Request, query: Annotated[TotalQuery, Query()]) -> Any:
    """Bags, items and weights held, by branch or by place."""
    return gateway(request).read(
        request,
        lambda uow: totals_out(
            service.totals(uow, query.branch_id, by_place=query.by == "place"), query.by
        ),
    )


@router.get("/movements", response_model=MovementList, openapi_extra=scope(READ))
def list_movements(request: Request, query: Annotated[MovementQuery, Query()]) -> Any:
    """List each step of items and bags, newest first."""
    return gateway(request).read(
        request,
        lambda uow: service.list_movements(uow, query.filters(), query.page_request()).render(
            movement_out
        ),
    )
