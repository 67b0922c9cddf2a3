"""What valuations tell the outside."""

from __future__ import annotations

from sanduq.assets.valuations.model import Valuation
from sanduq.assets.valuations.schemas import valuation_out
from sanduq.events.service import Event, EventType, declare

RECORDED = "gold.valuation.recorded"
CONFIRMED = "gold.valuation.confirmed"
DISPUTED = "gold.valuation.disputed"

declare(
    EventType(RECORDED, "A valuer recorded what a thing is and is worth.", "ValuationOut"),
    EventType(CONFIRMED, "A second officer confirmed a valuation.", "ValuationOut"),
    EventType(DISPUTED, "A second officer disputed a valuation: it is void.", "ValuationOut"),
)


def recorded(valuation: Valuation) -> Event:
    """A valuation waits for its second officer."""
    return Event(RECORDED, valuation.valuation_id, valuation_out(valuation))


def confirmed(valuation: Valuation) -> Event:
    """Two officers agree."""
    return Event(CONFIRMED, valuation.valuation_id, valuation_out(valuation))


def disputed(valuation: Valuation) -> Event:
    """Two officers do not agree."""
    return Event(DISPUTED, valuation.valuation_id, valuation_out(valuation))
