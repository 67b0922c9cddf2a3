"""What salam refuses beyond its Shariah rules."""

from __future__ import annotations

from sanduq.kit.errors import Conflict, FundsInsufficient, NotFound, ValidationFailed


class SalamNotFound(NotFound):
    """There is no such salam in this institution."""


class SalamChangedMeanwhile(Conflict):
    """The contract changed since you read it; read it again and decide anew."""


class NothingUndelivered(Conflict):
    """All goods of this salam are delivered, substituted or cancelled: there is none to settle."""


class PriceAlreadyMoved(Conflict):
    """Part of the price is paid: complete it, or let the rest lapse, and cancel the salam then."""


class MoreThanUndelivered(ValidationFailed):
    """The quantity is more than what is still to be delivered."""


class MoreThanUnpaid(ValidationFailed):
    """The payment is more than what is left of the price."""


class CommodityUnknown(ValidationFailed):
    """This commodity is not registered here."""


class CommodityNotFound(NotFound):
    """There is no such commodity in this institution."""


class CommodityTaken(Conflict):
    """A commodity with this code or external id is registered already."""


class GoodsNotFound(NotFound):
    """There are no such goods in this institution."""


class GoodsNotInHand(FundsInsufficient):
    """Not enough goods of that description are in hand."""


class ParallelNotFound(NotFound):
    """There is no such parallel salam in this institution."""


class ParallelExternalIdTaken(Conflict):
    """A parallel salam with this external id exists already."""
