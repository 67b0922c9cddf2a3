"""Events of the true-up of custody fees."""

from __future__ import annotations

from sanduq.events.service import EventType, declare

TRUED_UP = "rahnu.custody_fee.trued_up"

declare(
    EventType(
        "rahnu.custody_fee.trued_up",
        "Custody fees beyond what keeping cost were owed back or given to charity.",
        "CustodyTrueUpObject",
    ),
)
