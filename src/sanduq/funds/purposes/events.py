"""What purposes tell the outside."""

from __future__ import annotations

from sanduq.events.service import Event, EventType, declare
from sanduq.funds.purposes.model import Purpose
from sanduq.funds.purposes.schemas import purpose_out

CREATED = "fund.purpose.created"

declare(EventType(CREATED, "Donations may be given for a further purpose.", "PurposeOut"))


def created(purpose: Purpose) -> Event:
    """A purpose was written."""
    return Event(CREATED, purpose.fund, purpose_out(purpose))
