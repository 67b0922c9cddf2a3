"""What impact measurement tells the outside."""

from __future__ import annotations

from sanduq.events.service import Event, EventType, declare
from sanduq.microfinance.programs.impact.model import ImpactRecord
from sanduq.microfinance.programs.impact.schemas import impact_record_out

REPORTED = "microfinance.impact.reported"

declare(EventType(REPORTED, "Impact metrics recorded", "ImpactRecordOut"))


def reported(record: ImpactRecord) -> Event:
    """Figures of a program were recorded."""
    return Event(REPORTED, record.program_id, impact_record_out(record))
