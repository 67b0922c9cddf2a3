"""What the keeping of pledges refuses."""

from __future__ import annotations

from sanduq.kit.errors import Conflict, NotFound


class PledgeUnknown(NotFound):
    """There is no such pledge in this institution."""


class PledgeNotActive(Conflict):
    """The pledge is not ACTIVE any more; nothing is expected under it."""


class PledgeExternalIdTaken(Conflict):
    """Another pledge has this external_id."""
