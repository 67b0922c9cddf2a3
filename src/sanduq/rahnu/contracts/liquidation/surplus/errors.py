"""What the keeping of surpluses refuses."""

from __future__ import annotations

from sanduq.kit.errors import Conflict, NotFound, Refusal


class SurplusUnknown(NotFound):
    """There is no such surplus in this institution."""


class PayoutUnknown(NotFound):
    """There is no such payout in this institution."""


class SurplusGone(Conflict):
    """This surplus has left already, or is on its way out."""


class PayoutDecided(Conflict):
    """This payout is decided already."""


class NotYetUnclaimed(Conflict):
    """The owner still has time, or was not looked for enough: unclaimed money stays his."""


class NotEntitled(Refusal):
    """Only the owner, a proven heir or an agent with a mandate for it may receive a surplus."""

    code = "SURPLUS_RECIPIENT"


class ResolutionMissing(Refusal):
    """Unclaimed money goes to charity only by a resolution of the board in force for it."""

    code = "SURPLUS_RESOLUTION"
