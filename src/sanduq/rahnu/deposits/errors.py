"""What the keeping of deposits refuses."""

from __future__ import annotations

from sanduq.kit.errors import Conflict, LimitExceeded, NotFound


class UnknownDeposit(NotFound):
    """There is no such deposit in this institution."""


class DepositChanged(Conflict):
    """The deposit has changed since you read it: read it again."""


class DepositExternalIdTaken(Conflict):
    """Another deposit has this external_id."""


class DepositState(Conflict):
    """The deposit is not in a state that allows this."""


class ItemDepositedAlready(Conflict):
    """One of these things is in an open deposit already."""


class FeeUnpaid(Conflict):
    """The fee for keeping is unpaid: pay it, and the things are ready the same day."""

    code = "DEPOSIT_FEE_UNPAID"


class MoreThanDue(LimitExceeded):
    """The amount is above the fee that is due today."""
