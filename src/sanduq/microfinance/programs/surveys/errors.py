"""What surveys refuse."""

from __future__ import annotations

from sanduq.kit.errors import Conflict, NotFound


class UnknownSurvey(NotFound):
    """There is no such survey in this institution."""


class UnknownResponse(NotFound):
    """There is no such response to this survey."""


class UnknownScorecard(NotFound):
    """There is no such poverty scorecard in this institution."""


class ScorecardTaken(Conflict):
    """The scorecard of this country, version and line is loaded already."""


class AnsweredAlready(Conflict):
    """Somebody's answers to this survey on this day are recorded already; none was recorded."""


class ConsentWithdrawnAlready(Conflict):
    """The consent to this response was taken back already."""
