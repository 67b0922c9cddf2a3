"""What the ledger tells the world."""

from __future__ import annotations

from sanduq.events.service import EventType, declare

CAPITAL_ADDED = "ledger.capital.added"
PERIOD_CLOSED = "ledger.period.closed"

declare(
    EventType(CAPITAL_ADDED, "Owners' capital was paid in and posted.", "CapitalOut"),
    EventType(PERIOD_CLOSED, "Days were closed: nothing can take effect in them.", "PeriodOut"),
)
