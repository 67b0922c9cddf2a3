"""What releases and changes of the things in pledge refuse."""

from __future__ import annotations

from sanduq.kit.errors import Conflict, ValidationFailed


class NotInThisPledge(ValidationFailed):
    """A thing named is not pledged under this contract."""


class NothingWouldStay(Conflict):
    """A partial release leaves something in pledge: to give all back, pay what is owed and
    release the pledge, or let the creditor end it."""


class LossUndecided(Conflict):
    """A loss of this pledge waits to be decided; decide it first."""


class PledgedHereAlready(Conflict):
    """This thing is pledged under this contract already."""


class PledgeIsFree(Conflict):
    """Nothing is owed under this pledge any more: it is fetched, not changed."""
