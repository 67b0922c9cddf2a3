"""What happens to money that belongs to owners of pledges."""

from __future__ import annotations

from sanduq.events.service import EventType, declare

RECORDED = "rahnu.surplus.recorded"
REQUESTED = "rahnu.surplus.payout_requested"
PAID = "rahnu.surplus.paid"
REJECTED = "rahnu.surplus.payout_rejected"
TRACED = "rahnu.surplus.traced"
TRANSFERRED = "rahnu.surplus.transferred"

declare(
    EventType(RECORDED, "Surplus of a sale is owed to the owner", "PledgeSurplusOut"),
    EventType(REQUESTED, "Payout of a surplus asked for", "SurplusPayoutOut"),
    EventType(PAID, "Surplus paid to the owner's side", "SurplusPayoutOut"),
    EventType(REJECTED, "Payout of a surplus refused", "SurplusPayoutOut"),
    EventType(TRACED, "Owner of a surplus was looked for", "PledgeSurplusOut"),
    EventType(TRANSFERRED, "Unclaimed surplus went where the law says", "SurplusPayoutOut"),
)
