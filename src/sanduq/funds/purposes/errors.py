"""What the keeping of purposes refuses."""

from __future__ import annotations

from sanduq.kit.errors import Conflict, NotFound


class PurposeUnknown(NotFound):
    """There is no such purpose in this institution."""


class PurposeTaken(Conflict):
    """A purpose of this code exists already; what donors gave to it may not change its meaning."""
