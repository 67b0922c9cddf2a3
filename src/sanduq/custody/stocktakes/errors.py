"""What stock-takes refuse."""

from __future__ import annotations

from sanduq.custody.stocktakes.model import NEXT, Stocktake
from sanduq.kit.errors import Conflict, NotFound


class UnknownStocktake(NotFound):
    """There is no such stock-take in this institution."""


class StocktakeState(Conflict):
    """The stock-take is not in a state that allows this."""

    @classmethod
    def of(cls, one: Stocktake, what: str) -> StocktakeState:
        """Says the state and what it allows."""
        allowed = ", ".join(sorted(NEXT[one.status])) or "nothing more"
        return cls(f"{one.stocktake_id} is {one.status}; {what}. It may become: {allowed}")


class AlreadyCounting(Conflict):
    """These places are being counted already: close that stock-take, or cancel it."""


class InTransit(Conflict):
    """A bag of these places is on the way: have it confirmed or turned back, then count."""


class OutOfScope(Conflict):
    """That place is not part of this count, or not of its recount."""


class NotWeighed(Conflict):
    """Bags that were drawn are not weighed yet."""

    code = "SAMPLE_NOT_WEIGHED"
