"""Events of direct costs and the true-up of fees."""

from __future__ import annotations

from sanduq.events.service import EventType, declare

COST_INCURRED = "microfinance.cost.incurred"
TRUED_UP = "microfinance.fees.trued_up"

declare(
    EventType(COST_INCURRED, "Direct cost of serving loans recorded", "DirectCostObject"),
    EventType(TRUED_UP, "Fees beyond their cost given back or to charity", "TrueUpObject"),
)
