"""What a qard refuses."""

from __future__ import annotations

from sanduq.kit.errors import Conflict, NotFound


class QardNotFound(NotFound):
    """There is no such qard in this institution."""


class QardNotAgreed(Conflict):
    """Only an agreed qard that was not paid out yet can be disbursed."""
