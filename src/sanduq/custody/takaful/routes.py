"""HTTP of takaful covers."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from sanduq.custody.schemas import Identifier
from sanduq.custody.takaful import service
from sanduq.custody.takaful.schemas import (
    TakafulCoverIn,
    TakafulCoverList,
    TakafulCoverOut,
    TakafulCoverQuery,
    TakafulPositionOut,
    TakafulPositionQuery,
    cover_out,
    position_out,
)
from sanduq.kit.web import gateway, scope
from sanduq.kit.wire import checked_id

router = APIRouter(prefix="/v1/custody/takaful", tags=["Custody"])

READ, WRITE = "custody:read", "custody:write"


@router.post("/covers", status_code=201, response_model=TakafulCoverOut, openapi_extra=scope(WRITE))
def record_cover(request: Request, body: TakafulCoverIn) -> Any:
    """Record a takaful cover of what lies in a branch."""
    return gateway(request).write(
        request, lambda uow: cover_out(service.record_cover(uow, body.command())), status=201
    )


@router.get("/covers", response_model=TakafulCoverList, openapi_extra=scope(READ))
def list_covers(request: Request, query: Annotated[TakafulCoverQuery, Query()]) -> Any:
    """List takaful covers, newest first."""
    return gateway(request).read(
        request,
        lambda uow: service.list_covers(uow, query.filters(), query.page_request()).render(
            cover_out
        ),
    )


@router.get("/covers/{cover_id}", response_model=TakafulCoverOut, openapi_extra=scope(READ))
def get_cover(request: Request, cover_id: Identifier) -> Any:
    """One takaful cover."""
    checked = checked_id(cover_id, "tkf", "cover_id")
    return gateway(request).read(request, lambda uow: cover_out(service.get_cover(uow, checked)))


@router.get("/position", response_model=TakafulPositionOut, openapi_extra=scope(READ))
def get_position(request: Request, query: Annotated[TakafulPositionQuery, Query()]) -> Any:
    """Covered today against held, for each branch and currency."""
    return gateway(request).read(
        request, lambda uow: position_out(service.position(uow, query.branch_id))
    )
