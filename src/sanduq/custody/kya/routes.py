"""HTTP of knowing one's assets."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from sanduq.custody.kya import service
from sanduq.custody.kya.schemas import TwinQuery, TwinsOut, twins_out
from sanduq.kit.web import gateway, scope
from sanduq.kit.wire import checked_id

router = APIRouter(prefix="/v1/custody/twins", tags=["Custody"])


@router.get("", response_model=TwinsOut, openapi_extra=scope("custody:read"))
def list_twins(request: Request, query: Annotated[TwinQuery, Query()]) -> Any:
    """What is held in the institution and looks the same as one item."""
    item_id = checked_id(query.item_id, "itm", "item_id")
    return gateway(request).read(
        request, lambda uow: twins_out(item_id, service.twins_of(uow, item_id))
    )
