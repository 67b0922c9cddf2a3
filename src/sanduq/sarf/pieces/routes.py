"""HTTP of owned gold."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from sanduq.kit.web import gateway, scope
from sanduq.sarf.pieces import service
from sanduq.sarf.schemas_pieces import PieceList, PieceQuery, piece_out

router = APIRouter(prefix="/v1/rails/sarf/pieces", tags=["Sarf"])


@router.get("", response_model=PieceList, openapi_extra=scope("sarf:read"))
def list_pieces(request: Request, query: Annotated[PieceQuery, Query()]) -> Any:
    """List the gold the institution owns or owned, newest first."""
    return gateway(request).read(
        request,
        lambda uow: service.list_pieces(uow, query.filters(), query.page_request()).render(
            piece_out
        ),
    )
