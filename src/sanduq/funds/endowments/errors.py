"""What the keeping of endowments refuses."""

from __future__ import annotations

from sanduq.kit.errors import Conflict, NotFound


class UnknownEndowment(NotFound):
    """There is no such endowment in this institution."""


class EndowmentChanged(Conflict):
    """The endowment has changed since you read it: read it again."""


class EndowmentExternalIdTaken(Conflict):
    """Another endowment, or another record of this kind, has this external_id."""


class EndowmentStepRefused(Conflict):
    """The endowment's status does not allow this step."""
