"""What lost gold tells the outside."""

from __future__ import annotations

from sanduq.events.service import Event, EventType, declare
from sanduq.sarf.losses.model import GoldLoss
from sanduq.sarf.losses.schemas import gold_loss_out

REPORTED = "sarf.loss.reported"
DECIDED = "sarf.loss.decided"

declare(
    EventType("sarf.loss.reported", "Gold of the institution is said to be gone.", "GoldLossOut"),
    EventType("sarf.loss.decided", "It was written off, or the report refused.", "GoldLossOut"),
)


def event(name: str, loss: GoldLoss) -> Event:
    """One of the events above."""
    return Event(name, loss.loss_id, gold_loss_out(loss))
