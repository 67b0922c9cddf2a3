"""What auctions refuse."""

from __future__ import annotations

from collections.abc import Sequence

from sanduq.kit.errors import Conflict, Forbidden, NotFound, Refusal, ValidationFailed
from sanduq.rahnu.contracts.liquidation.auctions.model import (
    AuctionAction,
    AuctionStatus,
    actions_of,
)


class AuctionUnknown(NotFound):
    """There is no such auction in this institution."""


class LotUnknown(NotFound):
    """There is no such lot in this institution."""


class AuctionChanged(Conflict):
    """The auction has changed since you read it: read it again."""


class AuctionExternalIdTaken(Conflict):
    """Another auction has this external_id."""


class AuctionStateRefuses(Conflict):
    """The auction's state does not allow this."""

    @classmethod
    def of(
        cls, auction_id: str, status: AuctionStatus, action: AuctionAction
    ) -> AuctionStateRefuses:
        """Says the state and what it allows."""
        allowed: Sequence[str] = actions_of(status)
        return cls(
            f"{auction_id} is {status}; {action} is not possible. "
            + (f"Possible now: {', '.join(allowed)}." if allowed else "It is over."),
            details=[{"field": "status", "code": "state", "message": str(status)}],
            state=str(status),
            allowed=list(allowed),
        )


class OutsideSession(Conflict):
    """Bids are taken from the opening to the closing time, and at no other."""

    code = "AUCTION_NOT_IN_SESSION"


class TooEarlyToClose(Conflict):
    """The auction stays open until the closing time that was announced."""


class LotStateRefuses(Conflict):
    """The lot's state does not allow this."""


class HammerFallen(Conflict):
    """The hammer has fallen: a lot of this pledge is sold, and its buyer is to be served."""

    code = "HAMMER_FALLEN"


class ItemListedAlready(Conflict):
    """One of these things is put up in another lot."""


class NothingToSell(Conflict):
    """The debt and the costs are covered without selling anything."""


class BidderUnknown(NotFound):
    """This party is not admitted to the auction: register it first."""


class BidderRegistered(Conflict):
    """This party is admitted to the auction already."""


class BidderNotIdentified(Refusal):
    """Who bids must be identified: record an identity document first."""

    code = "BIDDER_NOT_IDENTIFIED"


class TooManyBids(Refusal):
    """This bidder has used up the bids of the lot."""

    code = "LIMIT_EXCEEDED"


class BidMustRise(ValidationFailed):
    """An open bid is higher than the one that stands."""


class SameOfficer(Forbidden):
    """The lot is awarded by another person than the one who opened the auction."""


class PaymentDiffers(ValidationFailed):
    """The buyer pays the price that was struck, neither more nor less."""


class NotYetLate(Conflict):
    """The buyer still has time to pay."""


class RelatedPartyKnown(Conflict):
    """This party is on the register already."""


class RelatedPartyUnknown(NotFound):
    """This party is not on the register."""
