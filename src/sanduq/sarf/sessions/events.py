"""What sittings tell the outside."""

from __future__ import annotations

from sanduq.events.service import Event, EventType, declare
from sanduq.sarf.schemas_sessions import session_out
from sanduq.sarf.sessions.model import Session

OPENED = "sarf.session.opened"
ACCEPTED = "sarf.session.accepted"
GOLD_RECEIVED = "sarf.session.gold_received"
MONEY_RECEIVED = "sarf.session.money_received"
CLOSED = "sarf.session.closed"
UNWOUND = "sarf.session.unwound"
MONEY_RETURNED = "sarf.session.money_returned"
VOID_ASKED = "sarf.session.void_requested"
VOID_REFUSED = "sarf.session.void_refused"
VOIDED = "sarf.session.voided"

declare(
    EventType("sarf.session.opened", "Gold was offered for money, or for gold.", "SessionOut"),
    EventType("sarf.session.accepted", "The offer was accepted.", "SessionOut"),
    EventType("sarf.session.gold_received", "The gold was received.", "SessionOut"),
    EventType("sarf.session.money_received", "The money was received.", "SessionOut"),
    EventType("sarf.session.closed", "Both sides were received; it is done.", "SessionOut"),
    EventType("sarf.session.unwound", "It was not completed: both sides go back.", "SessionOut"),
    EventType("sarf.session.money_returned", "The money of an undone sitting is back.",
              "SessionOut"),
    EventType("sarf.session.void_requested", "Somebody asks that a closed exchange be void.",
              "SessionOut"),
    EventType("sarf.session.void_refused", "A closed exchange stands: it is not void.",
              "SessionOut"),
    EventType("sarf.session.voided", "A closed exchange is void: both sides went back.",
              "SessionOut"),
)  # fmt: skip


def event(name: str, session: Session) -> Event:
    """One of the events above."""
    return Event(name, session.session_id, session_out(session))
