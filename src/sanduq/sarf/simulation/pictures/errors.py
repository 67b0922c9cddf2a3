"""What the pictures refuse."""

from __future__ import annotations

from sanduq.kit.errors import NotFound


class UnknownPicture(NotFound):
    """There is no picture of that name or format."""
