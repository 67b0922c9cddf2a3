"""HTTP of sittings: accepted, received, closed or undone, whether or not of a facility."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from sanduq.kit.db import UnitOfWork
from sanduq.kit.web import Tagged, gateway, if_match, scope
from sanduq.kit.wire import checked_id
from sanduq.sarf.facilities import sittings
from sanduq.sarf.schemas_sessions import (
    AcceptanceIn,
    ClosingIn,
    GoldReceivedIn,
    MoneyBackIn,
    MoneyReceivedIn,
    ReasonIn,
    SessionList,
    SessionOut,
    SessionQuery,
    VoidRequestIn,
    session_out,
)
from sanduq.sarf.sessions import receiving, service, undoing
from sanduq.sarf.sessions.model import Session

router = APIRouter(prefix="/v1/rails/sarf/sessions", tags=["Sarf"])

READ, WRITE = scope("sarf:read"), scope("sarf:write")


@router.get("", response_model=SessionList, openapi_extra=READ)
def list_sarf_sessions(request: Request, query: Annotated[SessionQuery, Query()]) -> Any:
    """List sittings, newest first."""
    return gateway(request).read(
        request,
        lambda uow: service.search(uow, query.filters(), query.page_request()).render(session_out),
    )


@router.get("/{session_id}", response_model=SessionOut, openapi_extra=READ)
def get_sarf_session(request: Request, session_id: str) -> Any:
    """One sitting with what changes hands and what was received."""
    found = _id(session_id)
    return gateway(request).read(request, lambda uow: _tagged(service.get(uow, found)))


@router.post("/{session_id}/accept", response_model=SessionOut, openapi_extra=WRITE)
def accept_sarf_session(request: Request, session_id: str, body: AcceptanceIn) -> Any:
    """Record that the offer was accepted while its price stood."""
    found, tag = _id(session_id), if_match(request)
    return gateway(request).write(
        request,
        lambda uow: session_out(
            service.accept(uow, found, accepted_by_id=body.accepted_by_id, note=body.note, etag=tag)
        ),
    )


@router.post("/{session_id}/gold", response_model=SessionOut, openapi_extra=WRITE)
def receive_sarf_gold(request: Request, session_id: str, body: GoldReceivedIn) -> Any:
    """Record that the gold was received, as two officers of custody vouch for it."""
    found, tag = _id(session_id), if_match(request)
    return gateway(request).write(
        request,
        lambda uow: session_out(
            receiving.receive_gold(uow, found, body.command(), leg=body.leg, etag=tag)
        ),
    )


@router.post("/{session_id}/money", response_model=SessionOut, openapi_extra=WRITE)
def receive_sarf_money(request: Request, session_id: str, body: MoneyReceivedIn) -> Any:
    """Record that the money was received: cash, or what can be drawn the same day."""
    found, tag = _id(session_id), if_match(request)

    def work(uow: UnitOfWork) -> dict[str, Any]:
        new = body.command(service.get(uow, found).asset)
        return session_out(receiving.receive_money(uow, found, new, etag=tag))

    return gateway(request).write(request, work)


@router.post("/{session_id}/close", response_model=SessionOut, openapi_extra=WRITE)
def close_sarf_session(request: Request, session_id: str, body: ClosingIn | None = None) -> Any:
    """Close a sitting of which both sides were received: one journal of gold and money."""
    found, tag = _id(session_id), if_match(request)
    ended_how = (body or ClosingIn()).ended_how
    return gateway(request).write(
        request,
        lambda uow: session_out(sittings.close(uow, found, ended_how=ended_how, etag=tag)),
    )


@router.post("/{session_id}/unwind", response_model=SessionOut, openapi_extra=WRITE)
def unwind_sarf_session(request: Request, session_id: str, body: ReasonIn) -> Any:
    """End a sitting that was not completed: what was received goes back."""
    found, tag = _id(session_id), if_match(request)
    return gateway(request).write(
        request, lambda uow: session_out(sittings.unwind(uow, found, body.reason, etag=tag))
    )


@router.post("/{session_id}/money-back", response_model=SessionOut, openapi_extra=WRITE)
def return_sarf_money(request: Request, session_id: str, body: MoneyBackIn) -> Any:
    """Record that the money of an unwound sitting went back to whom it came from."""
    found, tag = _id(session_id), if_match(request)
    return gateway(request).write(
        request,
        lambda uow: session_out(undoing.return_money(uow, found, body.command(), etag=tag)),
    )


@router.post("/{session_id}/void", response_model=SessionOut, openapi_extra=WRITE)
def void_sarf_session(request: Request, session_id: str, body: VoidRequestIn) -> Any:
    """Ask that a closed exchange be void; another user decides on the approval."""
    found, tag = _id(session_id), if_match(request)
    return gateway(request).write(
        request,
        lambda uow: session_out(
            sittings.ask_void(uow, found, body.ground, body.reason, body.back(), etag=tag)
        ),
    )


def _tagged(session: Session) -> Tagged:
    return Tagged(session_out(session), session.etag)


def _id(session_id: str) -> str:
    return checked_id(session_id, "sse", "session_id")
