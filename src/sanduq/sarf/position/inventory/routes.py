"""HTTP of the gold position."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request

from sanduq.kit.web import gateway, scope
from sanduq.sarf.position.inventory import service
from sanduq.sarf.position.inventory.schemas import SarfPositionOut, position_out

router = APIRouter(prefix="/v1/rails/sarf/position", tags=["Sarf"])


@router.get("", response_model=SarfPositionOut, openapi_extra=scope("sarf:read"))
def get_gold_position(request: Request) -> Any:
    """Owned gold at cost and at market, beside the books and beside what custody keeps."""
    return gateway(request).read(
        request, lambda uow: position_out(service.position(uow), uow.today)
    )
