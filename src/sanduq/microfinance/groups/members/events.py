"""What a group's roster tells the outside."""

from __future__ import annotations

from sanduq.events.service import Event, EventType, declare
from sanduq.microfinance.groups.members.model import Membership
from sanduq.microfinance.groups.members.schemas import member_out

JOINED = "microfinance.group.member_joined"
ROLE_CHANGED = "microfinance.group.role_changed"
LEFT = "microfinance.group.member_left"

declare(
    EventType(JOINED, "A person joined a lending group", "GroupMemberOut"),
    EventType(ROLE_CHANGED, "A member took or left an office", "GroupMemberOut"),
    EventType(LEFT, "A member left a lending group", "GroupMemberOut"),
)


def told(event: str, member: Membership) -> Event:
    """An event of one membership, under its group."""
    return Event(event, member.group_id, member_out(member))
