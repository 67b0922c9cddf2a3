"""What the register of promises refuses."""

from __future__ import annotations

from sanduq.kit.errors import NotFound


class UnknownPromise(NotFound):
    """There is no such promise in this institution."""
