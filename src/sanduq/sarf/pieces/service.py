"""The register of gold the institution owns; only sittings change it."""

from __future__ import annotations

from collections.abc import Sequence

from sanduq.kit.db import UnitOfWork
from sanduq.kit.errors import ValidationFailed
from sanduq.kit.money import Asset
from sanduq.kit.pages import Page, PageRequest
from sanduq.sarf.pieces import store
from sanduq.sarf.pieces.errors import PieceNotFree
from sanduq.sarf.pieces.model import NEXT, NewPiece, Piece, PieceFilters, PieceStatus


def acquire(
    uow: UnitOfWork, new: Sequence[NewPiece], *, asset: Asset, branch_id: str, session_id: str
) -> None:
    """Takes pieces into the inventory at what they cost. Refuses PIECE_OWNED one owned already."""
    store.insert(uow, new, asset=asset, branch_id=branch_id, session_id=session_id)


def reserve(uow: UnitOfWork, item_ids: Sequence[str], asset: Asset, session_id: str) -> list[Piece]:
    """Keeps free pieces for one sitting, in the order of their items; nobody else can sell them.

    Refuses VALIDATION_ERROR an item named twice or none, PIECE_NOT_FREE what is not owned, is
    reserved, or was bought in another currency.
    """
    if not item_ids or len(set(item_ids)) < len(item_ids):
        raise ValidationFailed.field(
            "item_ids", "doubled_or_none", "name each item once, and one at least"
        )
    found = {one.item_id: one for one in store.owned(uow, item_ids, is_locked=True)}
    for item_id in sorted(item_ids):
        one = found.get(item_id)
        if one is None or one.status is not PieceStatus.HELD or one.asset != asset:
            message = f"{item_id} is no piece free to be sold for {asset.code}"
            raise PieceNotFree(
                f"{message}: choose among the pieces of status HELD in that currency",
                details=[{"field": "item_ids", "code": "not_free", "message": message}],
            )
    pieces = list(found.values())
    store.set_status(uow, [one.piece_id for one in pieces], PieceStatus.RESERVED, session_id)
    return pieces


def put_back(uow: UnitOfWork, session_id: str) -> None:
    """Frees what was reserved for a sitting, or sold in one that is void."""
    found = store.of_session(uow, session_id, is_acquired=False, is_locked=True)
    # What the sitting brought in and gave back bears its name too, and stays returned.
    back = [one.piece_id for one in found if PieceStatus.HELD in NEXT[one.status]]
    store.set_status(uow, back, PieceStatus.HELD, None)


def let_go(uow: UnitOfWork, session_id: str, status: PieceStatus) -> list[Piece]:
    """Ends the ownership of what is reserved for a sitting; the pieces as they were before."""
    found = store.of_session(uow, session_id, is_acquired=False, is_locked=True)
    store.set_status(uow, [one.piece_id for one in found], status, session_id)
    return found


def give_back(uow: UnitOfWork, session_id: str) -> list[Piece]:
    """Ends the ownership of what a sitting that is void had brought in.

    Refuses PIECE_NOT_FREE when a piece was sold or is reserved meanwhile.
    """
    found = store.of_session(uow, session_id, is_acquired=True, is_locked=True)
    for one in found:
        if one.status is not PieceStatus.HELD:
            raise PieceNotFree(
                f"{one.item_id} is {one.status}: what was sold on cannot be given back"
            )
    store.set_status(uow, [one.piece_id for one in found], PieceStatus.RETURNED, session_id)
    return found


def lose(uow: UnitOfWork, item_id: str) -> Piece:
    """Ends the ownership of a piece that is gone; the piece as it was before.

    Refuses PIECE_NOT_FREE what is not owned, or is reserved for a sitting.
    """
    found = store.owned(uow, [item_id], is_locked=True)
    if not found or found[0].status is not PieceStatus.HELD:
        raise PieceNotFree(f"{item_id} is no free piece of the institution's gold")
    store.set_status(uow, [found[0].piece_id], PieceStatus.LOST, None)
    return found[0]


def free(uow: UnitOfWork, asset: Asset, *, fitting_mg: int, limit: int) -> list[Piece]:
    """What may be sold in one currency and holds so much pure gold at most, the oldest first."""
    return store.free(uow, asset, fitting_mg=fitting_mg, limit=limit)


def owned(uow: UnitOfWork, item_ids: Sequence[str]) -> dict[str, Piece]:
    """The owned pieces among these items; others are left out."""
    return {one.item_id: one for one in store.owned(uow, item_ids)} if item_ids else {}


def reserved_for(uow: UnitOfWork, session_id: str) -> list[Piece]:
    """The pieces reserved for a sitting or gone by it."""
    return store.of_session(uow, session_id, is_acquired=False)


def list_pieces(uow: UnitOfWork, filters: PieceFilters, request: PageRequest) -> Page[Piece]:
    """Pieces, newest first."""
    return store.select_page(uow, filters, request)
