"""What the recording of custody costs tells the outside."""

from __future__ import annotations

from sanduq.events.service import EventType, declare

RECORDED = "rahnu.custody_cost.recorded"
REVERSED = "rahnu.custody_cost.reversed"

declare(
    EventType(
        "rahnu.custody_cost.recorded", "A cost of keeping was paid and booked.", "CustodyCostObject"
    ),
    EventType(
        "rahnu.custody_cost.reversed",
        "A cost of keeping was taken back by a counter entry.",
        "CustodyCostObject",
    ),
)
