"""What is told when owned gold and open promises are measured anew."""

from __future__ import annotations

from sanduq.events.service import Event, EventType, declare
from sanduq.sarf.position.revaluations.model import Revaluation
from sanduq.sarf.position.revaluations.schemas import revaluation_out

REVALUED = "sarf.position.revalued"

declare(
    EventType(
        "sarf.position.revalued",
        "Owned gold and open promises were measured on a price board.",
        "SarfRevaluationOut",
    ),
)


def revalued(run: Revaluation) -> Event:
    """A run was made, whether or not it booked anything."""
    return Event(REVALUED, run.revaluation_id, revaluation_out(run))
