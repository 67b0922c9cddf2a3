"""What calls on guarantees tell the outside."""

from __future__ import annotations

from sanduq.events.service import Event, EventType, declare
from sanduq.microfinance.guarantee_calls.model import Call, Recourse
from sanduq.microfinance.guarantee_calls.schemas import call_out, recourse_out

CALLED = "microfinance.guarantee.called"
PAID = "microfinance.guarantee.paid"
CANCELLED = "microfinance.guarantee.call_cancelled"
PAYMENT_REVERSED = "microfinance.guarantee.payment_reversed"
RECOURSE_CREATED = "microfinance.recourse.created"
RECOURSE_RECOVERED = "microfinance.recourse.recovered"

declare(
    EventType(CALLED, "A group was called on for a member's overdue debt", "GuaranteeCallOut"),
    EventType(PAID, "A guarantor or the common fund paid on a call", "GuaranteeCallOut"),
    EventType(CANCELLED, "What was left of a call is no longer asked for", "GuaranteeCallOut"),
    EventType(PAYMENT_REVERSED, "A payment on a call was taken back", "GuaranteeCallOut"),
    EventType(RECOURSE_CREATED, "A debtor owes what was paid for him", "RecourseOut"),
    EventType(RECOURSE_RECOVERED, "A debtor gave back what was paid for him", "RecourseOut"),
)


def told(event: str, call: Call) -> Event:
    """An event of one call as it stands."""
    return Event(event, call.call_id, call_out(call))


def told_recourse(event: str, recourse: Recourse) -> Event:
    """An event of one recourse as it stands."""
    return Event(event, recourse.recourse_id, recourse_out(recourse))
