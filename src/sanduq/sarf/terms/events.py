"""What the terms of the facility tell the outside."""

from __future__ import annotations

from sanduq.events.service import Event, EventType, declare
from sanduq.sarf.terms.model import Terms
from sanduq.sarf.terms.schemas import terms_out

CREATED = "sarf.terms.created"
CHANGED = "sarf.terms.changed"
APPROVED = "sarf.terms.approved"
RETIRED = "sarf.terms.retired"

declare(
    EventType(CREATED, "Terms of the facility were drawn up.", "SarfTermsOut"),
    EventType(CHANGED, "Terms of the facility were changed before their approval, or are no"
              " longer the default.", "SarfTermsOut"),
    EventType(APPROVED, "Terms of the facility were approved: gold may be bought under them.",
              "SarfTermsOut"),
    EventType(RETIRED, "Terms of the facility open no new facilities; those under them run on.",
              "SarfTermsOut"),
)  # fmt: skip


def told(type_name: str, terms: Terms) -> Event:
    """That something happened to terms, with the terms as they now are."""
    return Event(type_name, terms.terms_id, terms_out(terms))
