"""What moves refuse."""

from __future__ import annotations

from sanduq.custody.moves.model import NEXT, Move
from sanduq.kit.errors import Conflict, NotFound


class UnknownMove(NotFound):
    """There is no such move in this institution."""


class MoveState(Conflict):
    """The move is not in a state that allows this."""

    @classmethod
    def of(cls, move: Move) -> MoveState:
        """Says the state and what it allows."""
        ends = " or ".join(sorted(NEXT[move.kind]))
        return cls(f"{move.move_id} is a {move.kind} and {move.status}; from PROPOSED it is {ends}")


class MoveOpen(Conflict):
    """Something was proposed for this bag and nobody confirmed it: end that first."""


class SamePlace(Conflict):
    """The bag lies there already."""


class NotOpened(Conflict):
    """An item comes out of an opened bag of the same subject and place, or not at all."""
