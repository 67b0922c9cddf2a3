"""What bags tell the outside."""

from __future__ import annotations

from sanduq.custody.bags.model import Bag
from sanduq.custody.bags.schemas import bag_out
from sanduq.events.service import Event, EventType, declare

RECEIVED = "custody.bag.received"
CONFIRMED = "custody.bag.confirmed"
CANCELLED = "custody.bag.cancelled"
ASSIGNED = "custody.bag.assigned"

declare(
    EventType("custody.bag.received", "A bag was sealed; a second officer must confirm.", "BagOut"),
    EventType("custody.bag.confirmed", "The second officer confirmed a bag.", "BagOut"),
    EventType("custody.bag.cancelled", "A receipt nobody confirmed was undone.", "BagOut"),
    EventType("custody.bag.assigned", "A bag stands for another subject, unmoved.", "BagOut"),
)


def event(event_type: str, bag: Bag) -> Event:
    """Something that happened to a bag."""
    return Event(event_type, bag.bag_id, bag_out(bag))
