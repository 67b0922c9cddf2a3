"""What revaluation refuses."""

from __future__ import annotations

from sanduq.kit.errors import NotFound


class UnknownRevaluation(NotFound):
    """There is no such revaluation in this institution."""
