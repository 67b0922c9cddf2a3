"""What the keeping of guarantees refuses."""

from __future__ import annotations

from sanduq.kit.errors import Conflict, NotFound


class GuaranteeNotFound(NotFound):
    """There is no such guarantee in this group."""


class GuaranteeEnded(Conflict):
    """This guarantee was withdrawn or released already."""


class GuaranteeIdTaken(Conflict):
    """A guarantee with this external id exists already."""


class GuaranteeSpent(Conflict):
    """Another call took what was left under a guarantor's cap; look at the guarantees again."""
