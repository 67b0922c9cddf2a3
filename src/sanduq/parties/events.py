"""What parties tell the outside."""

from __future__ import annotations

from sanduq.events.service import EventType, declare

PARTY_CREATED = "parties.party.created"
VERIFICATION_COMPLETED = "kyc.verification.completed"

declare(
    EventType(PARTY_CREATED, "A person or an organisation was entered as a party.", "PartyObject"),
    EventType(
        VERIFICATION_COMPLETED,
        "Documents of a party were recorded; the tier they allow is in force.",
        "VerificationObject",
    ),
)
