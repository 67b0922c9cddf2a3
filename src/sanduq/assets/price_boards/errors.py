"""What price boards refuse."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from sanduq.assets.errors import FinenessUnknown
from sanduq.assets.model import Metal, per_mille
from sanduq.kit.clock import rfc3339
from sanduq.kit.errors import Conflict, NotFound, Refusal
from sanduq.kit.money import Asset


class UnknownPriceBoard(NotFound):
    """There is no such price board in this institution."""


class BoardExternalIdTaken(Conflict):
    """Another price board has this external_id."""


class FinenessNotPriced(FinenessUnknown):
    """The board has no price for this fineness."""

    @classmethod
    def of(cls, fineness_bp: int) -> FinenessNotPriced:
        """Names the grade that is missing."""
        return cls(
            f"the board has no price for {per_mille(fineness_bp)} per mille: propose one that has"
        )


class NoPriceBoard(Refusal):
    """No price board is in force today: propose one and have it approved."""

    code = "NO_PRICE_BOARD"
    status = 409

    @classmethod
    def today(cls, metal: Metal, asset: Asset) -> NoPriceBoard:
        """Nothing was published for today."""
        return cls(
            f"no price board for {metal.value} in {asset.code} is in force today, so nothing can"
            " be valued: propose one and have another officer approve it",
            details=[{"field": "price_board", "code": "none_today", "message": metal.value}],
        )

    @classmethod
    def stale(cls, board_id: str, observed_at: datetime, hours: int) -> NoPriceBoard:
        """The newest one rests on a price that has grown old."""
        return cls(
            f"the price on {board_id} was observed at {rfc3339(observed_at)}, more than {hours}"
            " hours ago, so nothing can be valued on it: propose a board with a fresh price",
            details=[{"field": "observed_at", "code": "price_stale", "message": board_id}],
        )


class PriceStale(Refusal):
    """The price was observed too long ago."""

    code = "PRICE_STALE"
    status = 422

    @classmethod
    def of(cls, observed_at: datetime, hours: int) -> PriceStale:
        """Says when it was observed and how old it may be."""
        return cls(
            f"a price observed at {rfc3339(observed_at)} is over {hours} hours old: propose a"
            " board with a fresh one",
            details=[
                {"field": "observed_at", "code": "price_stale", "message": rfc3339(observed_at)}
            ],
        )


class PriceSpike(Refusal):
    """The price moved further than the policy allows without an explanation."""

    code = "PRICE_SPIKE"
    status = 422

    @classmethod
    def of(cls, move_bp: int, limit_bp: int, board_id: str) -> PriceSpike:
        """Says how far it moved from which board."""
        message = (
            f"a price moved by {Decimal(move_bp).scaleb(-2)}% from {board_id}, the limit is"
            f" {Decimal(limit_bp).scaleb(-2)}%: check the figures, and if they are right say why in"
            " spike_explanation"
        )
        place = {"field": "spike_explanation", "code": "price_spike", "message": message}
        return cls(message, details=[place])


class BoardOutdated(Conflict):
    """The day this board was to be in force has passed: propose it anew."""


class NotInForce(Conflict):
    """This board is not the one in force now."""

    @classmethod
    def of(cls, current_id: str) -> NotInForce:
        """Names the one that is."""
        return cls(f"this board is not in force now: quote on {current_id}")


class FeedUnreadable(Refusal):
    """The price feed cannot be reached or read: nothing was proposed."""

    code = "FEED_UNREADABLE"
    status = 422
