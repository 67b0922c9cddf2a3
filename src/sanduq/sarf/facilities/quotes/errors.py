"""What quotes refuse."""

from __future__ import annotations

from sanduq.kit.errors import Conflict, NotFound


class UnknownQuote(NotFound):
    """There is no such quote in this institution."""


class QuoteExternalIdTaken(Conflict):
    """Another quote has this external_id."""
