"""Events of payments on a pledge."""

from __future__ import annotations

from sanduq.events.service import EventType, declare

RECEIVED = "rahnu.repayment.received"
REVERSED = "rahnu.repayment.reversed"
STATED = "rahnu.debt.stated"

declare(
    EventType(RECEIVED, "Payment on a pledge received", "PledgeRepaymentObject"),
    EventType(REVERSED, "Payment on a pledge taken back", "PledgeRepaymentObject"),
    EventType(STATED, "Balance of an outside debt stated", "DebtStatementObject"),
)
