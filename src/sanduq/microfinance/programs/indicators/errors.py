"""What the keeping of indicators refuses."""

from __future__ import annotations

from sanduq.kit.errors import Conflict, NotFound


class UnknownIndicator(NotFound):
    """There is no such indicator: list them to see the catalogue and the institution's own."""


class IndicatorCodeTaken(Conflict):
    """The institution has an indicator of this code already: a definition is never changed."""
