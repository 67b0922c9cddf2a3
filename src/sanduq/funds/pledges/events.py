"""What pledges tell the outside."""

from __future__ import annotations

from datetime import date

from sanduq.events.service import Event, EventType, declare
from sanduq.funds.pledges.model import Pledge
from sanduq.funds.pledges.schemas import pledge_out

CREATED = "sadaqah.pledge.created"
FULFILLED = "sadaqah.pledge.fulfilled"
CANCELLED = "sadaqah.pledge.cancelled"

declare(
    EventType(CREATED, "A donor said what he means to give.", "PledgeOut"),
    EventType(FULFILLED, "All that was pledged has been received.", "PledgeOut"),
    EventType(CANCELLED, "A pledge was withdrawn; nothing was owed under it.", "PledgeOut"),
)


def about(type_name: str, pledge: Pledge, today: date) -> Event:
    """What happened to a pledge, with the pledge as it then stands."""
    return Event(type_name, pledge.pledge_id, pledge_out(pledge, today))
