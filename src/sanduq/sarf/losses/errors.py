"""What the writing off of lost gold refuses."""

from __future__ import annotations

from sanduq.kit.errors import Conflict, NotFound


class UnknownGoldLoss(NotFound):
    """There is no such loss in this institution."""


class LossReported(Conflict):
    """This piece is reported as lost already: decide on that report first."""


class LossDecided(Conflict):
    """This loss was decided on already."""
