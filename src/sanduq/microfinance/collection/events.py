"""What collections tell the outside."""

from __future__ import annotations

from sanduq.events.service import Event, EventType, declare
from sanduq.microfinance.collection.model import Collection
from sanduq.microfinance.collection.schemas import collection_out

RECORDED = "microfinance.collection.recorded"

declare(EventType(RECORDED, "The money of a group's meeting was taken in", "CollectionOut"))


def recorded(collection: Collection) -> Event:
    """A meeting was collected."""
    return Event(RECORDED, collection.collection_id, collection_out(collection))
