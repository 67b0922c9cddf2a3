"""What losses in custody refuse."""

from __future__ import annotations

from sanduq.kit.errors import Conflict, NotFound, ValidationFailed


class LossNotFound(NotFound):
    """There is no such loss on this pledge."""


class LossDecided(Conflict):
    """This loss is decided already; what was decided stands."""


class LossNotDecided(Conflict):
    """This loss is not decided yet, or was refused."""


class LossImpossible(ValidationFailed):
    """The loss cannot be recorded or judged so."""


class MoreThanHeld(ValidationFailed):
    """The amount is more than what is held for the owner."""


class NothingToReplace(Conflict):
    """No like is owed for this loss, or it was given already."""


class StillPledged(Conflict):
    """An indemnity stands in the place of the pledge: it is paid out once the pledge is free."""
