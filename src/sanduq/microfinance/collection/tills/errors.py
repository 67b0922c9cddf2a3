"""What the settling of tills refuses."""

from __future__ import annotations

from sanduq.kit.errors import Conflict, Forbidden
from sanduq.kit.money import Money
from sanduq.microfinance.collection.tills.model import Direction, Till


class OwnTill(Forbidden):
    """An officer does not settle his own till: somebody else counts the cash with him."""


class MoreThanTheTill(Conflict):
    """The till does not hold, or lack, that much."""

    @classmethod
    def of(cls, till: Till, direction: Direction) -> MoreThanTheTill:
        """Says what is open in that direction."""
        open_ = Money(till.open_minor(direction), till.asset)
        word = "owes" if direction is Direction.PAID_IN else "keeps"
        return cls(
            f"{till.officer_id} {word} {open_} {till.asset.code} on his till: no more than that is"
            f" {direction.replace('_', ' ')}",
            details=[{"field": "amount", "code": "above_till", "message": str(open_)}],
        )
