"""HTTP of stock-takes."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from sanduq.custody.schemas import Identifier, ReasonIn
from sanduq.custody.stocktakes import service
from sanduq.custody.stocktakes.schemas import (
    BagScansIn,
    BagScansOut,
    StocktakeIn,
    StocktakeList,
    StocktakeOut,
    StocktakeQuery,
    scans_out,
    stocktake_out,
)
from sanduq.kit.db import UnitOfWork
from sanduq.kit.web import gateway, scope
from sanduq.kit.wire import checked_id

router = APIRouter(prefix="/v1/custody/stocktakes", tags=["Custody"])

READ, WRITE = "custody:read", "custody:write"


@router.post("", status_code=201, response_model=StocktakeOut, openapi_extra=scope(WRITE))
def start_stocktake(request: Request, body: StocktakeIn) -> Any:
    """Begin a blind count: what is expected is frozen and shown to nobody."""
    return gateway(request).write(
        request, lambda uow: stocktake_out(service.start(uow, body.command())), status=201
    )


@router.get("", response_model=StocktakeList, openapi_extra=scope(READ))
def list_stocktakes(request: Request, query: Annotated[StocktakeQuery, Query()]) -> Any:
    """List stock-takes, newest first."""
    return gateway(request).read(
        request,
        lambda uow: service.list_stocktakes(uow, query.filters(), query.page_request()).render(
            stocktake_out
        ),
    )


@router.get("/{stocktake_id}", response_model=StocktakeOut, openapi_extra=scope(READ))
def get_stocktake(request: Request, stocktake_id: Identifier) -> Any:
    """One stock-take; what was expected only once it is finished."""
    return gateway(request).read(
        request, lambda uow: stocktake_out(service.get_stocktake(uow, _checked(stocktake_id)))
    )


@router.post("/{stocktake_id}/scans", response_model=BagScansOut, openapi_extra=scope(WRITE))
def scan_bags(request: Request, stocktake_id: Identifier, body: BagScansIn) -> Any:
    """Take down bags as they are read off the shelf; the answer names those to be weighed."""
    checked = _checked(stocktake_id)

    def taken(uow: UnitOfWork) -> dict[str, Any]:
        scans = body.command()
        return scans_out(checked, len(scans), service.scan(uow, checked, scans))

    return gateway(request).write(request, taken)


@router.post("/{stocktake_id}/close", response_model=StocktakeOut, openapi_extra=scope(WRITE))
def close_stocktake(request: Request, stocktake_id: Identifier) -> Any:
    """End a round of counting; what differs is counted again once."""
    return gateway(request).write(
        request, lambda uow: stocktake_out(service.close(uow, _checked(stocktake_id)))
    )


@router.post("/{stocktake_id}/sign", response_model=StocktakeOut, openapi_extra=scope(WRITE))
def sign_stocktake(request: Request, stocktake_id: Identifier) -> Any:
    """Sign a count; with the second signer it is finished and certified."""
    return gateway(request).write(
        request, lambda uow: stocktake_out(service.sign(uow, _checked(stocktake_id)))
    )


@router.post("/{stocktake_id}/cancel", response_model=StocktakeOut, openapi_extra=scope(WRITE))
def cancel_stocktake(request: Request, stocktake_id: Identifier, body: ReasonIn) -> Any:
    """Give a count up; it certifies nothing."""
    return gateway(request).write(
        request,
        lambda uow: stocktake_out(service.cancel(uow, _checked(stocktake_id), body.reason)),
    )


def _checked(stocktake_id: str) -> str:
    return checked_id(stocktake_id, "stk", "stocktake_id")
