"""What places tell the outside."""

from __future__ import annotations

from sanduq.custody.places.model import Place
from sanduq.custody.places.schemas import place_out
from sanduq.events.service import Event, EventType, declare

CREATED = "custody.place.created"
CHANGED = "custody.place.changed"

declare(
    EventType("custody.place.created", "A place for bags was set up.", "PlaceOut"),
    EventType("custody.place.changed", "A place was closed or opened.", "PlaceOut"),
)


def created(place: Place) -> Event:
    """A place was set up."""
    return Event(CREATED, place.place_id, place_out(place))


def changed(place: Place) -> Event:
    """A place was closed or opened."""
    return Event(CHANGED, place.place_id, place_out(place))
