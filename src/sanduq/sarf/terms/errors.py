"""What the terms of the facility refuse."""

from __future__ import annotations

from sanduq.kit.errors import Conflict, NotFound


class UnknownTerms(NotFound):
    """There are no such terms in this institution."""


class NoDefaultTerms(Conflict):
    """No terms are the default: name some, or make some the default."""


class TermsStateRefuses(Conflict):
    """The state of the terms does not allow this."""


class TermsChanged(Conflict):
    """The terms have changed since you read them: read them again."""


class TermsExternalIdTaken(Conflict):
    """Other terms have this external_id."""


class DefaultTermsTaken(Conflict):
    """Other terms became the default at this moment: read them, and approve again."""
