"""SQL of owned gold."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from psycopg import errors, sql

from sanduq.kit.db import Row, UnitOfWork
from sanduq.kit.ids import new_id
from sanduq.kit.listing import newest_first
from sanduq.kit.money import Asset, asset_from_text
from sanduq.kit.pages import Page, PageRequest
from sanduq.sarf.pieces.errors import PieceOwnedAlready
from sanduq.sarf.pieces.model import OWNED, NewPiece, Piece, PieceFilters, PieceStatus

_SELECT = sql.SQL(
    "select piece_id, item_id, status, asset, kind, gross_weight_mg, net_weight_mg, fineness_bp,"
    " fine_weight_mg, cost_minor, written_down_minor, branch_id, acquired_session_id, acquired_on,"
    " session_id, left_on, version from sarf.piece where institution_id = %(institution)s"
)


def insert(
    uow: UnitOfWork, new: Sequence[NewPiece], *, asset: Asset, branch_id: str, session_id: str
) -> None:
    try:
        with uow.savepoint():
            uow.execute(
                "insert into sarf.piece (institution_id, piece_id, item_id, status, asset, kind,"
                " gross_weight_mg, net_weight_mg, fineness_bp, fine_weight_mg, cost_minor,"
                " branch_id, acquired_session_id, acquired_on, version)"
                " select %s, piece_id, item_id, 'HELD', %s, kind, gross_mg, net_mg, fineness,"
                "  fine_mg, cost, %s, %s, %s, 1"
                " from unnest(%s::text[], %s::text[], %s::text[], %s::bigint[], %s::bigint[],"
                "  %s::integer[], %s::bigint[], %s::bigint[]) as one (piece_id, item_id, kind,"
                "  gross_mg, net_mg, fineness, fine_mg, cost)",
                uow.institution_id, str(asset), branch_id, session_id, uow.today,
                [new_id("pce") for _ in new], [one.item_id for one in new],
                [one.kind for one in new], [one.gross_weight_mg for one in new],
                [one.net_weight_mg for one in new], [one.fineness_bp for one in new],
                [one.fine_weight_mg for one in new], [one.cost_minor for one in new],
            )  # fmt: skip
    except errors.UniqueViolation:
        raise PieceOwnedAlready from None


def owned(uow: UnitOfWork, item_ids: Sequence[str], *, is_locked: bool = False) -> list[Piece]:
    """The owned pieces of these items; locked in the order of their items if asked."""
    tail = " and item_id = any(%(items)s) and status = any(%(owned)s) order by item_id"
    rows = uow.composed(
        _SELECT + sql.SQL(tail + (" for update" if is_locked else "")),
        {
            "institution": uow.institution_id,
            "items": sorted(item_ids),
            "owned": [str(each) for each in OWNED],
        },
    )
    return [_piece(row) for row in rows]


def of_session(
    uow: UnitOfWork, session_id: str, *, is_acquired: bool, is_locked: bool = False
) -> list[Piece]:
    """The pieces a sitting brought in, or those reserved for it or gone by it."""
    column = "acquired_session_id" if is_acquired else "session_id"
    rows = uow.composed(
        _SELECT
        + sql.SQL(" and {} = %(session)s order by item_id").format(sql.Identifier(column))
        + sql.SQL(" for update" if is_locked else ""),
        {"institution": uow.institution_id, "session": session_id},
    )
    return [_piece(row) for row in rows]


def free(uow: UnitOfWork, asset: Asset, *, fitting_mg: int, limit: int) -> list[Piece]:
    """What may be sold and holds so much pure gold at most, the oldest first."""
    rows = uow.composed(
        _SELECT + sql.SQL(" and status = 'HELD' and asset = %(asset)s"
                          " and fine_weight_mg <= %(fitting)s"
                          " order by acquired_on, piece_id limit %(limit)s"),
        {
            "institution": uow.institution_id, "asset": str(asset), "fitting": fitting_mg,
            "limit": limit,
        },
    )  # fmt: skip
    return [_piece(row) for row in rows]


def set_status(
    uow: UnitOfWork, piece_ids: Sequence[str], status: PieceStatus, session_id: str | None
) -> None:
    """Writes where pieces stand now."""
    left_on = None if status in OWNED else uow.today
    uow.execute(
        "update sarf.piece set status = %s, session_id = %s, left_on = %s,"
        " version = version + 1 where institution_id = %s and piece_id = any(%s)",
        str(status), session_id, left_on, uow.institution_id, sorted(piece_ids),
    )  # fmt: skip


def select_page(uow: UnitOfWork, filters: PieceFilters, request: PageRequest) -> Page[Piece]:
    query: sql.Composable = _SELECT
    parameters: dict[str, Any] = {"institution": uow.institution_id}
    for name in ("status", "asset", "item_id"):
        wanted = getattr(filters, name)
        if wanted is not None:
            parameters[name] = str(wanted)
            query = query + sql.SQL(" and {} = {}").format(
                sql.Identifier(name), sql.Placeholder(name)
            )
    rows, total = newest_first(uow, query, parameters, request, order=["piece_id"])
    found = [_piece(row) for row in rows]
    return Page.of(found, request, lambda one: (uow.now, one.piece_id), total)


def _piece(row: Row) -> Piece:
    return Piece(
        piece_id=row[0], item_id=row[1], status=PieceStatus(row[2]),
        asset=asset_from_text(row[3]), kind=row[4], gross_weight_mg=row[5], net_weight_mg=row[6],
        fineness_bp=row[7], fine_weight_mg=row[8], cost_minor=row[9], written_down_minor=row[10],
        branch_id=row[11], acquired_session_id=row[12], acquired_on=row[13], session_id=row[14],
        left_on=row[15], version=row[16],
    )  # fmt: skip
