"""What the register of owned gold refuses."""

from __future__ import annotations

from sanduq.kit.errors import Conflict


class PieceNotFree(Conflict):
    """A piece is not free to be sold: it is not owned, reserved, or in another currency."""

    code = "PIECE_NOT_FREE"


class PieceOwnedAlready(Conflict):
    """The institution owns this thing already."""

    code = "PIECE_OWNED"
