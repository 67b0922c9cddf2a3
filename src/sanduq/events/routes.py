"""HTTP of the outbox: what happened here, newest first."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from sanduq.events import service
from sanduq.events.schemas import EventFilters, EventList, EventOut, event_out
from sanduq.kit.web import gateway, scope
from sanduq.kit.wire import checked_id

router = APIRouter(prefix="/v1/events", tags=["Events"])


@router.get("", response_model=EventList, openapi_extra=scope("events:read"))
def list_events(request: Request, query: Annotated[EventFilters, Query()]) -> Any:
    """Events, newest first, optionally of one type or on one subject."""
    page = query.page_request()
    return gateway(request).read(
        request,
        lambda uow: service.list_events(
            uow, type_name=query.type, subject_id=query.subject_id, request=page
        ).render(event_out),
    )


@router.get("/{event_id}", response_model=EventOut, openapi_extra=scope("events:read"))
def get_event(request: Request, event_id: str) -> Any:
    """One event, as it was sent to the webhooks."""
    own = checked_id(event_id, "evt", "event_id")
    return gateway(request).read(request, lambda uow: event_out(service.get_event(uow, own)))
