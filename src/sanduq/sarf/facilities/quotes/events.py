"""What quotes tell the outside."""

from __future__ import annotations

from sanduq.events.service import Event, EventType, declare
from sanduq.sarf.facilities.quotes.model import Quote
from sanduq.sarf.facilities.quotes.schemas import quote_out

QUOTED = "sarf.quote.made"

declare(
    EventType("sarf.quote.made", "What gold would fetch was told, and what it means.", "QuoteOut")
)


def quoted(quote: Quote) -> Event:
    """A quote was made."""
    return Event(QUOTED, quote.quote_id, quote_out(quote))
