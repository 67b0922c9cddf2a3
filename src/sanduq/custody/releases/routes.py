"""HTTP of release orders: the queue, and the hand-over. Orders are made by the rooms that owe."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from sanduq.custody.releases import service
from sanduq.custody.releases.model import ReleaseOrder
from sanduq.custody.releases.schemas import (
    HandOverIn,
    ItemsWeighingIn,
    ReleaseOrderList,
    ReleaseOrderOut,
    ReleaseQuery,
    release_out,
)
from sanduq.custody.schemas import Identifier
from sanduq.kit.db import UnitOfWork
from sanduq.kit.web import gateway, scope
from sanduq.kit.wire import checked_id

router = APIRouter(prefix="/v1/custody/releases", tags=["Custody"])

READ, WRITE = "custody:read", "custody:write"


@router.get("", response_model=ReleaseOrderList, openapi_extra=scope(READ))
def list_releases(request: Request, query: Annotated[ReleaseQuery, Query()]) -> Any:
    """List release orders, newest first; `status=READY` is the queue, each with its age."""

    def found(uow: UnitOfWork) -> dict[str, Any]:
        page = service.list_releases(uow, query.filters(), query.page_request())
        return page.render(lambda one: release_out(one, uow.now))

    return gateway(request).read(request, found)


@router.get("/{release_id}", response_model=ReleaseOrderOut, openapi_extra=scope(READ))
def get_release(request: Request, release_id: Identifier) -> Any:
    """One release order."""
    return gateway(request).read(
        request, lambda uow: _out(uow, service.get_release(uow, _checked(release_id)))
    )


@router.post("/{release_id}/hand-over", response_model=ReleaseOrderOut, openapi_extra=scope(WRITE))
def hand_over(request: Request, release_id: Identifier, body: HandOverIn) -> Any:
    """Record who came and what was laid out; a second officer must confirm."""
    return gateway(request).write(
        request,
        lambda uow: _out(uow, service.hand_over(uow, _checked(release_id), body.command())),
    )


@router.post("/{release_id}/confirm", response_model=ReleaseOrderOut, openapi_extra=scope(WRITE))
def confirm_hand_over(request: Request, release_id: Identifier, body: ItemsWeighingIn) -> Any:
    """Confirm a hand-over as the second officer: the things leave the register."""
    return gateway(request).write(
        request,
        lambda uow: _out(
            uow, service.confirm_hand_over(uow, _checked(release_id), body.weight_mg())
        ),
    )


def _out(uow: UnitOfWork, made: ReleaseOrder) -> dict[str, Any]:
    return release_out(made, uow.now)


def _checked(release_id: str) -> str:
    return checked_id(release_id, "rel", "release_id")
