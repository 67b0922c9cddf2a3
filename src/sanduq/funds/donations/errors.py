"""What the keeping of donations refuses."""

from __future__ import annotations

from sanduq.kit.errors import Conflict, NotFound


class DonationUnknown(NotFound):
    """There is no such donation in this institution."""


class DonationStateRefused(Conflict):
    """The donation's state does not allow this."""


class DonationChanged(Conflict):
    """The donation has changed since you read it: read it again."""


class DonationExternalIdTaken(Conflict):
    """Another donation has this external_id."""
