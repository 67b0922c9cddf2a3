"""What tills tell the outside."""

from __future__ import annotations

from sanduq.events.service import Event, EventType, declare
from sanduq.microfinance.collection.tills.model import Settlement
from sanduq.microfinance.collection.tills.schemas import settlement_out

SETTLED = "microfinance.till.settled"

declare(EventType(SETTLED, "A difference on an officer's till was settled", "TillSettlementOut"))


def settled(settlement: Settlement) -> Event:
    """A till was settled."""
    return Event(SETTLED, settlement.settlement_id, settlement_out(settlement))
