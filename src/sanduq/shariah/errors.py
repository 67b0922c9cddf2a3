"""What the Shariah rules refuse."""

from __future__ import annotations

from sanduq.kit.errors import NotFound, Refusal


class ShariahViolation(Refusal):
    """A Shariah rule refuses this; `details` holds every finding."""

    code = "SHARIAH_VIOLATION"
    status = 422


class UnknownResolution(NotFound):
    """There is no such resolution in this institution."""


class UnknownRule(NotFound):
    """There is no such rule in the rulebook."""
