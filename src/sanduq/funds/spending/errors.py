"""What the door to the funds refuses."""

from __future__ import annotations

from sanduq.kit.errors import Conflict, NotFound, ValidationFailed


class SpendingUnknown(NotFound):
    """There is no such drawing on a fund in this institution."""


class ReturnCollided(Conflict):
    """Another recovery came back to the fund at the same moment: send this one again."""


class ReturnTooLarge(ValidationFailed):
    """More would come back than the fund still bears."""


class UseNotOffered(ValidationFailed):
    """This fund is not drawn on for that here."""
