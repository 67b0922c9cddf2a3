"""What donations tell the outside."""

from __future__ import annotations

from sanduq.events.service import Event, EventType, declare
from sanduq.funds.donations.model import Donation, Release
from sanduq.funds.donations.schemas import donation_out, release_out

CREATED = "sadaqah.donation.created"
RECEIVED = "sadaqah.donation.received"
CANCELLED = "sadaqah.donation.cancelled"
RELEASED = "sadaqah.donation.restriction_released"

declare(
    EventType(CREATED, "A donation was announced; its money has not come yet.", "DonationOut"),
    EventType(RECEIVED, "A donation's money came into the fund of its purpose.", "DonationOut"),
    EventType(CANCELLED, "A donation was called off before its money came.", "DonationOut"),
    EventType(RELEASED, "A gift was given another purpose.", "RestrictionReleaseOut"),
)


def about(type_name: str, donation: Donation) -> Event:
    """What happened to a donation, with the donation as it then stands."""
    return Event(type_name, donation.donation_id, donation_out(donation))


def released(release: Release) -> Event:
    """A gift changed its purpose."""
    return Event(RELEASED, release.donation_id, release_out(release))
