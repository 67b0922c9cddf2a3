"""HTTP of gold exchanged for gold; what follows is the sitting's own path."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request

from sanduq.kit.db import UnitOfWork
from sanduq.kit.web import gateway, scope
from sanduq.sarf.exchanges import service
from sanduq.sarf.exchanges.schemas import GoldExchangeIn
from sanduq.sarf.resales.service import asset_of_pieces
from sanduq.sarf.schemas_sessions import SessionOut, session_out

router = APIRouter(prefix="/v1/rails/sarf/exchanges", tags=["Sarf"])


@router.post("", response_model=SessionOut, status_code=201, openapi_extra=scope("sarf:write"))
def exchange_gold(request: Request, body: GoldExchangeIn) -> Any:
    """Open a sitting in which gold is exchanged for gold of equal pure weight."""

    def work(uow: UnitOfWork) -> dict[str, Any]:
        asset = asset_of_pieces(uow, body.own_item_ids)
        return session_out(service.open_exchange(uow, body.command(asset)))

    return gateway(request).write(request, work, status=201)
