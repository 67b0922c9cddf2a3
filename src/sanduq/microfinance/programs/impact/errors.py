"""What impact measurement refuses."""

from __future__ import annotations

from sanduq.kit.errors import NotFound


class NothingToChart(NotFound):
    """The report holds no such figure to draw: it was not measured, or hides a few people."""
