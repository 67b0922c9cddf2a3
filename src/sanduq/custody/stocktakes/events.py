"""What stock-takes tell the outside."""

from __future__ import annotations

from sanduq.custody.stocktakes.model import Stocktake
from sanduq.custody.stocktakes.schemas import stocktake_out
from sanduq.events.service import Event, EventType, declare

STARTED = "custody.stocktake.started"
CLOSED = "custody.stocktake.closed"
SIGNED = "custody.stocktake.signed"
FINISHED = "custody.stocktake.finished"
CANCELLED = "custody.stocktake.cancelled"

declare(
    EventType("custody.stocktake.started", "A blind count began.", "StocktakeOut"),
    EventType("custody.stocktake.closed", "A round of counting was closed.", "StocktakeOut"),
    EventType("custody.stocktake.signed", "The first of two signed a count.", "StocktakeOut"),
    EventType("custody.stocktake.finished", "Two have signed a count.", "StocktakeOut"),
    EventType("custody.stocktake.cancelled", "A count was given up.", "StocktakeOut"),
)


def event(event_type: str, one: Stocktake) -> Event:
    """Something that happened to a stock-take."""
    return Event(event_type, one.stocktake_id, stocktake_out(one))
