"""What lending groups tell the outside."""

from __future__ import annotations

from sanduq.events.service import Event, EventType, declare
from sanduq.microfinance.groups.model import Group
from sanduq.microfinance.groups.schemas import group_out

CREATED = "microfinance.group.created"
CHANGED = "microfinance.group.changed"
ACTIVATED = "microfinance.group.activated"
SUSPENDED = "microfinance.group.suspended"
CLOSED = "microfinance.group.closed"

declare(
    EventType(CREATED, "Lending group formed", "GroupOut"),
    EventType(CHANGED, "By-laws or facilitator of a group changed", "GroupOut"),
    EventType(ACTIVATED, "A group may borrow, or may borrow again", "GroupOut"),
    EventType(SUSPENDED, "A group is held back from new loans", "GroupOut"),
    EventType(CLOSED, "A group came to its end", "GroupOut"),
)


def told(event: str, group: Group) -> Event:
    """An event of one group as it stands."""
    return Event(event, group.group_id, group_out(group))
