"""What the sale of a pledge tells the outside."""

from __future__ import annotations

from sanduq.events.service import EventType, declare

LIQUIDATED = "rahnu.collateral.liquidated"
PROPOSED = "rahnu.sale.proposed"
EXECUTED = "rahnu.sale.executed"
REJECTED = "rahnu.sale.rejected"
CREDITOR_PAID = "rahnu.sale.creditor_paid"

declare(
    EventType(LIQUIDATED, "Asset liquidated for recovery", "PledgeObject"),
    EventType(PROPOSED, "Sale of pledged things asked for", "PledgeSaleOut"),
    EventType(EXECUTED, "Pledged things sold and the price shared out", "PledgeSaleOut"),
    EventType(REJECTED, "Sale of pledged things refused", "PledgeSaleOut"),
    EventType(CREDITOR_PAID, "Proceeds paid out to another creditor", "PledgeSaleOut"),
)
