"""Events of losses in custody."""

from __future__ import annotations

from sanduq.events.service import EventType, declare

RECORDED = "rahnu.loss.recorded"
DECIDED = "rahnu.loss.decided"
REFUSED = "rahnu.loss.refused"
PAID = "rahnu.loss.paid"
REPLACED = "rahnu.loss.replaced"

declare(
    EventType(RECORDED, "Loss or damage of a pledge reported", "PledgeLossObject"),
    EventType(DECIDED, "Fault and liability for a loss decided", "PledgeLossObject"),
    EventType(REFUSED, "Report of a loss refused", "PledgeLossObject"),
    EventType(PAID, "Money moved on a decided loss", "PledgeLossObject"),
    EventType(REPLACED, "Lost things replaced by their like", "PledgeLossObject"),
)
