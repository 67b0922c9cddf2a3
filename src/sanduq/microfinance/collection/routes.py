"""HTTP of collection sheets: parse, call one service function, render."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request

from sanduq.kit.db import UnitOfWork
from sanduq.kit.web import gateway, scope
from sanduq.kit.wire import checked_id
from sanduq.microfinance.collection import service
from sanduq.microfinance.collection.schemas import (
    CollectionIn,
    CollectionOut,
    CollectionSheetOut,
    Identifier,
    collection_out,
    sheet_out,
)

router = APIRouter(
    prefix="/v1/rails/microfinance/meetings/{meeting_id}", tags=["Microfinance collection"]
)

READ, WRITE = "microfinance:read", "microfinance:write"


def _meeting_id(value: str) -> str:
    return checked_id(value, "mtg", "meeting_id")


@router.get("/sheet", response_model=CollectionSheetOut, openapi_extra=scope(READ))
def get_sheet(request: Request, meeting_id: Identifier) -> Any:
    """What is to be collected at a meeting, member by member."""

    def work(uow: UnitOfWork) -> Any:
        (sheet,) = service.sheets(uow, [_meeting_id(meeting_id)])
        return sheet_out(sheet)

    return gateway(request).read(request, work)


@router.post(
    "/collection", status_code=201, response_model=CollectionOut, openapi_extra=scope(WRITE)
)
def collect(request: Request, meeting_id: Identifier, body: CollectionIn) -> Any:
    """Records what was collected at a meeting, once: attendance, payments, contributions, cash."""

    def work(uow: UnitOfWork) -> Any:
        (collection,) = service.collect(uow, [body.sheet(_meeting_id(meeting_id))])
        return collection_out(collection)

    return gateway(request).write(request, work, status=201)


@router.get("/collection", response_model=CollectionOut, openapi_extra=scope(READ))
def get_collection(request: Request, meeting_id: Identifier) -> Any:
    """What was collected at a meeting."""
    return gateway(request).read(
        request,
        lambda uow: collection_out(service.get_collection(uow, _meeting_id(meeting_id))),
    )
