"""HTTP of gold sold freely; what follows is the sitting's own path."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request

from sanduq.kit.db import UnitOfWork
from sanduq.kit.web import gateway, scope
from sanduq.sarf.resales import service
from sanduq.sarf.resales.schemas import GoldResaleIn
from sanduq.sarf.schemas_sessions import SessionOut, session_out

router = APIRouter(prefix="/v1/rails/sarf/resales", tags=["Sarf"])


@router.post("", response_model=SessionOut, status_code=201, openapi_extra=scope("sarf:write"))
def sell_gold(request: Request, body: GoldResaleIn) -> Any:
    """Open a sitting in which gold of the institution is sold at the market of the day."""

    def work(uow: UnitOfWork) -> dict[str, Any]:
        asset = service.asset_of_pieces(uow, body.item_ids)
        return session_out(service.open_resale(uow, body.command(asset)))

    return gateway(request).write(request, work, status=201)
