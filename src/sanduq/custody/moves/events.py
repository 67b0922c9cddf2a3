"""What moves tell the outside."""

from __future__ import annotations

from sanduq.custody.moves.model import Move
from sanduq.custody.moves.schemas import move_out
from sanduq.events.service import Event, EventType, declare

PROPOSED = "custody.move.proposed"
CANCELLED = "custody.move.cancelled"
RETURNED = "custody.move.returned"
MOVED = "custody.bag.moved"
OPENED = "custody.bag.opened"
RESEALED = "custody.bag.resealed"

declare(
    EventType("custody.move.proposed", "A first officer proposed a move.", "MoveOut"),
    EventType("custody.move.cancelled", "A proposed move was withdrawn.", "MoveOut"),
    EventType("custody.move.returned", "A bag on the way was turned back.", "MoveOut"),
    EventType("custody.bag.moved", "A bag arrived at another place.", "MoveOut"),
    EventType("custody.bag.opened", "Two officers broke the seal of a bag.", "MoveOut"),
    EventType("custody.bag.resealed", "Two officers sealed a bag again.", "MoveOut"),
)


def event(event_type: str, move: Move) -> Event:
    """Something that happened to a bag, told under its move."""
    return Event(event_type, move.move_id, move_out(move))
