"""What the keeping of cost studies refuses."""

from __future__ import annotations

from sanduq.kit.errors import Conflict, NotFound


class UnknownCostStudy(NotFound):
    """There is no such cost study in this institution."""


class CostStudyChanged(Conflict):
    """The cost study has changed since you read it: read it again."""


class CostStudyExternalIdTaken(Conflict):
    """Another cost study has this external_id."""
