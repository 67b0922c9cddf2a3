"""What the keeping of custody cost studies refuses."""

from __future__ import annotations

from sanduq.kit.errors import Conflict, NotFound


class UnknownCustodyCostStudy(NotFound):
    """There is no such custody cost study in this institution."""


class CustodyCostStudyChanged(Conflict):
    """The custody cost study has changed since you read it: read it again."""


class CustodyCostStudyExternalIdTaken(Conflict):
    """Another custody cost study has this external_id."""


class OneOfficeEach(Conflict):
    """You agreed to this study in the other office; another person agrees in this one."""
