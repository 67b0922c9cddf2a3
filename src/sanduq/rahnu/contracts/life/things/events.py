"""Events of what leaves, joins and changes in a pledge."""

from __future__ import annotations

from sanduq.events.service import EventType, declare

RELEASED = "rahnu.pledge.released"
PARTIALLY_RELEASED = "rahnu.asset.partially_released"
ITEM_ADDED = "rahnu.item.added"
ITEM_SWAPPED = "rahnu.item.swapped"

declare(
    EventType(RELEASED, "Asset returned to pledgor", "PledgeObject"),
    EventType(PARTIALLY_RELEASED, "Part of the pledge returned", "PledgeChangeObject"),
    EventType(ITEM_ADDED, "Things joined the pledge", "PledgeChangeObject"),
    EventType(ITEM_SWAPPED, "Things took the place of others", "PledgeChangeObject"),
)
