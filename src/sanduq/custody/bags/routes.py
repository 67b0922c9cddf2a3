"""HTTP of bags."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from sanduq.custody.bags import service
from sanduq.custody.bags.schemas import BagIn, BagList, BagOut, BagQuery, bag_out
from sanduq.custody.schemas import Identifier, ReasonIn, WeighingIn
from sanduq.kit.db import UnitOfWork
from sanduq.kit.web import Tagged, gateway, scope
from sanduq.kit.wire import checked_id

router = APIRouter(prefix="/v1/custody/bags", tags=["Custody"])

READ, WRITE = "custody:read", "custody:write"


@router.post("", status_code=201, response_model=BagOut, openapi_extra=scope(WRITE))
def receive_bag(request: Request, body: BagIn) -> Any:
    """Receive items in a sealed bag; another officer must confirm it."""
    return gateway(request).write(
        request, lambda uow: bag_out(service.receive(uow, body.command())), status=201
    )


@router.get("", response_model=BagList, openapi_extra=scope(READ))
def list_bags(request: Request, query: Annotated[BagQuery, Query()]) -> Any:
    """List bags, newest first."""
    return gateway(request).read(
        request,
        lambda uow: service.list_bags(uow, query.filters(), query.page_request()).render(bag_out),
    )


@router.get("/{bag_id}", response_model=BagOut, openapi_extra=scope(READ))
def get_bag(request: Request, bag_id: Identifier) -> Any:
    """One bag, with what is in it."""

    def found(uow: UnitOfWork) -> Tagged:
        bag = service.get_bag(uow, _checked(bag_id))
        return Tagged(bag_out(bag), bag.etag)

    return gateway(request).read(request, found)


@router.post("/{bag_id}/confirm", response_model=BagOut, openapi_extra=scope(WRITE))
def confirm_bag(request: Request, bag_id: Identifier, body: WeighingIn) -> Any:
    """Vouch for a bag as the second officer, by your own weighing."""
    return gateway(request).write(
        request, lambda uow: bag_out(service.confirm(uow, _checked(bag_id), body.weight_mg()))
    )


@router.post("/{bag_id}/cancel", response_model=BagOut, openapi_extra=scope(WRITE))
def cancel_bag(request: Request, bag_id: Identifier, body: ReasonIn) -> Any:
    """Give back what was received and not confirmed."""
    return gateway(request).write(
        request, lambda uow: bag_out(service.cancel(uow, _checked(bag_id), body.reason))
    )


def _checked(bag_id: str) -> str:
    return checked_id(bag_id, "bag", "bag_id")
