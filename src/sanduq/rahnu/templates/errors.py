"""What pledge templates refuse."""

from __future__ import annotations

from sanduq.kit.errors import Conflict, NotFound


class UnknownTemplate(NotFound):
    """There is no such pledge template in this institution."""


class NoDefaultTemplate(Conflict):
    """No pledge template is the default: name one, or make one the default."""


class TemplateStateRefuses(Conflict):
    """The template's state does not allow this."""


class TemplateChanged(Conflict):
    """The template has changed since you read it: read it again."""


class TemplateExternalIdTaken(Conflict):
    """Another pledge template has this external_id."""
