"""HTTP of moves, seal breaks and new seals."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from sanduq.custody.moves import service
from sanduq.custody.moves.schemas import (
    BagOpeningIn,
    BagResealingIn,
    MoveIn,
    MoveList,
    MoveOut,
    MoveQuery,
    move_out,
)
from sanduq.custody.schemas import Identifier, ReasonIn, WeighingIn
from sanduq.kit.web import gateway, scope
from sanduq.kit.wire import checked_id

router = APIRouter(prefix="/v1/custody", tags=["Custody"])

READ, WRITE = "custody:read", "custody:write"


@router.post("/moves", status_code=201, response_model=MoveOut, openapi_extra=scope(WRITE))
def propose_move(request: Request, body: MoveIn) -> Any:
    """Send a sealed bag to another place; another officer confirms it there."""
    return gateway(request).write(
        request, lambda uow: move_out(service.transport(uow, body.command())), status=201
    )


@router.post(
    "/bags/{bag_id}/open", status_code=201, response_model=MoveOut, openapi_extra=scope(WRITE)
)
def propose_opening(request: Request, bag_id: Identifier, body: BagOpeningIn) -> Any:
    """Propose to break a seal; it is broken when another officer confirms."""
    checked = checked_id(bag_id, "bag", "bag_id")
    return gateway(request).write(
        request, lambda uow: move_out(service.open_bag(uow, body.command(checked))), status=201
    )


@router.post(
    "/bags/{bag_id}/reseal", status_code=201, response_model=MoveOut, openapi_extra=scope(WRITE)
)
def propose_resealing(request: Request, bag_id: Identifier, body: BagResealingIn) -> Any:
    """Propose a new seal on an opened bag; another officer confirms."""
    checked = checked_id(bag_id, "bag", "bag_id")
    return gateway(request).write(
        request, lambda uow: move_out(service.reseal(uow, body.command(checked))), status=201
    )


@router.get("/moves", response_model=MoveList, openapi_extra=scope(READ))
def list_moves(request: Request, query: Annotated[MoveQuery, Query()]) -> Any:
    """List moves, seal breaks and new seals, newest first."""
    return gateway(request).read(
        request,
        lambda uow: service.list_moves(uow, query.filters(), query.page_request()).render(move_out),
    )


@router.get("/moves/{move_id}", response_model=MoveOut, openapi_extra=scope(READ))
def get_move(request: Request, move_id: Identifier) -> Any:
    """One move, with both officers and both weights."""
    return gateway(request).read(
        request, lambda uow: move_out(service.get_move(uow, _checked(move_id)))
    )


@router.post("/moves/{move_id}/confirm", response_model=MoveOut, openapi_extra=scope(WRITE))
def confirm_move(request: Request, move_id: Identifier, body: WeighingIn) -> Any:
    """Confirm a move as the second officer, by your own weighing."""
    return gateway(request).write(
        request, lambda uow: move_out(service.confirm(uow, _checked(move_id), body.weight_mg()))
    )


@router.post("/moves/{move_id}/turn-back", response_model=MoveOut, openapi_extra=scope(WRITE))
def turn_move_back(request: Request, move_id: Identifier, body: WeighingIn) -> Any:
    """Take a bag that is on the way back to where it left."""
    return gateway(request).write(
        request, lambda uow: move_out(service.turn_back(uow, _checked(move_id), body.weight_mg()))
    )


@router.post("/moves/{move_id}/cancel", response_model=MoveOut, openapi_extra=scope(WRITE))
def cancel_move(request: Request, move_id: Identifier, body: ReasonIn) -> Any:
    """Withdraw a seal break or a new seal that nobody confirmed."""
    return gateway(request).write(
        request, lambda uow: move_out(service.cancel(uow, _checked(move_id), body.reason))
    )


def _checked(move_id: str) -> str:
    return checked_id(move_id, "mov", "move_id")
