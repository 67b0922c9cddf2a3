"""Wire shapes of the outbox: the envelope every event travels in."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sanduq.events.service import StoredEvent
from sanduq.kit.json import loads
from sanduq.kit.wire import ListOutput, Output, PageQuery, Text


class EventOut(Output):
    id: str
    type: str
    version: str
    timestamp: datetime
    livemode: bool
    data: dict[str, Any]
    metadata: dict[str, Any]


class EventList(ListOutput):
    data: list[EventOut]


class EventFilters(PageQuery):
    type: Text | None = None
    subject_id: Text | None = None


def event_out(event: StoredEvent) -> dict[str, Any]:
    """The envelope with the object as the API rendered it then, number for number."""
    return EventOut(
        id=event.event_id,
        type=event.type,
        version=event.version,
        timestamp=event.occurred_at,
        livemode=event.is_live,
        data=loads(event.data),
        metadata=loads(event.metadata),
    ).model_dump()
