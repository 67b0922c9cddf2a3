"""HTTP of places and of custody's settings."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from sanduq.custody.places import service
from sanduq.custody.places.schemas import (
    CustodySettingsIn,
    CustodySettingsOut,
    PlaceIn,
    PlaceList,
    PlaceOut,
    PlaceQuery,
    place_out,
    settings_out,
)
from sanduq.custody.schemas import Identifier, ReasonIn
from sanduq.kit.db import UnitOfWork
from sanduq.kit.web import gateway, scope
from sanduq.kit.wire import checked_id

router = APIRouter(prefix="/v1/custody", tags=["Custody"])

READ, WRITE = "custody:read", "custody:write"


@router.post("/places", status_code=201, response_model=PlaceOut, openapi_extra=scope(WRITE))
def create_place(request: Request, body: PlaceIn) -> Any:
    """Set up a vault, or a cabinet, tray or slot in one."""
    return gateway(request).write(
        request, lambda uow: place_out(service.create_place(uow, body.command())), status=201
    )


@router.get("/places", response_model=PlaceList, openapi_extra=scope(READ))
def list_places(request: Request, query: Annotated[PlaceQuery, Query()]) -> Any:
    """List places, newest first."""
    return gateway(request).read(
        request,
        lambda uow: service.list_places(uow, query.filters(), query.page_request()).render(
            place_out
        ),
    )


@router.get("/places/{place_id}", response_model=PlaceOut, openapi_extra=scope(READ))
def get_place(request: Request, place_id: Identifier) -> Any:
    """One place, with how many bags it holds."""
    return gateway(request).read(
        request, lambda uow: place_out(service.get_place(uow, _checked(place_id)))
    )


@router.post("/places/{place_id}/close", response_model=PlaceOut, openapi_extra=scope(WRITE))
def close_place(request: Request, place_id: Identifier, body: ReasonIn) -> Any:
    """Close a place to further bags; what lies in it may still leave."""
    return _set_open(request, place_id, body, is_open=False)


@router.post("/places/{place_id}/open", response_model=PlaceOut, openapi_extra=scope(WRITE))
def open_place(request: Request, place_id: Identifier, body: ReasonIn) -> Any:
    """Open a closed place again."""
    return _set_open(request, place_id, body, is_open=True)


@router.get("/settings", response_model=CustodySettingsOut, openapi_extra=scope(READ))
def get_settings(request: Request) -> Any:
    """By how much two weighings of one bag may differ here."""
    return gateway(request).read(request, lambda uow: settings_out(service.tolerance_mg(uow)))


@router.post("/settings", response_model=CustodySettingsOut, openapi_extra=scope(WRITE))
def set_settings(request: Request, body: CustodySettingsIn) -> Any:
    """Set by how much two weighings of one bag may differ."""
    return gateway(request).write(
        request,
        lambda uow: settings_out(service.set_tolerance(uow, body.weight_tolerance_mg)),
    )


def _set_open(request: Request, place_id: str, body: ReasonIn, *, is_open: bool) -> Any:
    def changed(uow: UnitOfWork) -> Any:
        place = service.set_open(uow, _checked(place_id), is_open=is_open, reason=body.reason)
        return place_out(place)

    return gateway(request).write(request, changed)


def _checked(place_id: str) -> str:
    return checked_id(place_id, "plc", "place_id")
