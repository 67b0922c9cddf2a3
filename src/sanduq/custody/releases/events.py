"""What release orders tell the outside."""

from __future__ import annotations

from sanduq.custody.releases.model import ReleaseOrder
from sanduq.custody.releases.schemas import release_out
from sanduq.events.service import Event, EventType, declare

ORDERED = "custody.release.ordered"
HANDED_OVER = "custody.release.handed_over"
CANCELLED = "custody.release.cancelled"

declare(
    EventType("custody.release.ordered", "Things are ready to be let go.", "ReleaseOrderOut"),
    EventType("custody.release.handed_over", "Two officers let things go.", "ReleaseOrderOut"),
    EventType("custody.release.cancelled", "A release order was taken back.", "ReleaseOrderOut"),
)


def event(event_type: str, made: ReleaseOrder) -> Event:
    """Something that happened to a release order."""
    return Event(event_type, made.release_id, release_out(made))
