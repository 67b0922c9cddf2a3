"""What the true-up of fees refuses."""

from __future__ import annotations

from sanduq.kit.errors import Conflict


class NoSurplus(Conflict):
    """The fees of these days are not beyond their direct cost: there is nothing to resolve."""
