"""What takaful covers tell the outside."""

from __future__ import annotations

from sanduq.custody.takaful.model import Cover
from sanduq.custody.takaful.schemas import cover_out
from sanduq.events.service import Event, EventType, declare

RECORDED = "custody.takaful.recorded"

declare(EventType("custody.takaful.recorded", "A takaful cover was recorded.", "TakafulCoverOut"))


def recorded(cover: Cover) -> Event:
    """A cover was recorded."""
    return Event(RECORDED, cover.cover_id, cover_out(cover))
