"""What drawings on funds tell the outside."""

from __future__ import annotations

from sanduq.events.service import Event, EventType, declare
from sanduq.funds.spending.model import Spending
from sanduq.funds.spending.schemas import spending_out

SPENT = "fund.spent"
RETURNED = "fund.returned"

declare(
    EventType(SPENT, "A fund was drawn on for one of its uses.", "SpendingOut"),
    EventType(RETURNED, "What a fund had paid came back to it.", "SpendingOut"),
)


def about(type_name: str, spending: Spending) -> Event:
    """What happened to a drawing, with the drawing as it then stands."""
    return Event(type_name, spending.spending_id, spending_out(spending))
