"""What is told when the term of a pledge moves."""

from __future__ import annotations

from sanduq.events.service import EventType, declare

EXTENDED = "rahnu.contract.extended"
RENEWED = "rahnu.contract.renewed"

declare(
    EventType(EXTENDED, "The term of a pledge was extended, without increase", "PledgeObject"),
    EventType(RENEWED, "A pledge was renewed for a new term, without new money", "PledgeObject"),
)
