"""SQL of moves."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from psycopg import errors, sql

from sanduq.custody.model import Consents
from sanduq.custody.moves.errors import MoveOpen
from sanduq.custody.moves.model import Move, MoveFilters, MoveKind, MoveStatus
from sanduq.kit.db import Row, UnitOfWork
from sanduq.kit.listing import newest_first
from sanduq.kit.pages import Page, PageRequest

_SELECT = sql.SQL(
    "select move_id, kind, bag_id, subject_id, status, from_place_id, to_place_id, reason,"
    " seal_number, present, item_ids, pledgor_consent, pledgee_consent, first_weight_mg,"
    " second_weight_mg, first_officer_id, second_officer_id, created_at, closed_at, version"
    " from custody.move where institution_id = %(institution)s"
)


def insert(uow: UnitOfWork, one: Move) -> None:
    consents = one.consents
    try:
        with uow.savepoint():
            uow.execute(
                "insert into custody.move (institution_id, move_id, kind, bag_id, subject_id,"
                " status, from_place_id, to_place_id, reason, seal_number, present, item_ids,"
                " pledgor_consent, pledgee_consent, first_weight_mg, first_officer_id,"
                " created_at, version)"
                " values (%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s)",
                uow.institution_id, one.move_id, str(one.kind), one.bag_id, one.subject_id,
                str(one.status), one.from_place_id, one.to_place_id, one.reason,
                one.seal_number, list(one.present), list(one.item_ids),
                consents.pledgor if consents else None, consents.pledgee if consents else None,
                one.first_weight_mg, one.first_officer_id, one.created_at, one.version,
            )  # fmt: skip
    except errors.UniqueViolation:
        raise MoveOpen from None


def get(uow: UnitOfWork, move_id: str, *, is_locked: bool = False) -> Move | None:
    tail = " and move_id = %(id)s" + (" for no key update" if is_locked else "")
    rows = uow.composed(_SELECT + sql.SQL(tail), {"institution": uow.institution_id, "id": move_id})
    return _move(rows[0]) if rows else None


def close(uow: UnitOfWork, move_id: str, status: MoveStatus, second_weight_mg: int | None) -> None:
    uow.execute(
        "update custody.move set status = %s, second_weight_mg = %s, second_officer_id = %s,"
        " closed_at = %s, version = version + 1 where institution_id = %s and move_id = %s",
        str(status), second_weight_mg, uow.actor.user_id, uow.now, uow.institution_id, move_id,
    )  # fmt: skip


def has_open(uow: UnitOfWork, bag_ids: Collection[str]) -> bool:
    row = uow.one(
        "select 1 from custody.move where institution_id = %s and bag_id = any(%s)"
        " and status = 'PROPOSED' limit 1",
        uow.institution_id, list(bag_ids),
    )  # fmt: skip
    return row is not None


def select_page(uow: UnitOfWork, filters: MoveFilters, request: PageRequest) -> Page[Move]:
    query: sql.Composable = _SELECT
    parameters: dict[str, Any] = {"institution": uow.institution_id}
    for name in ("bag_id", "subject_id", "status"):
        wanted = getattr(filters, name)
        if wanted is not None:
            parameters[name] = str(wanted)
            query = query + sql.SQL(" and {} = {}").format(
                sql.Identifier(name), sql.Placeholder(name)
            )
    rows, total = newest_first(uow, query, parameters, request, order=["move_id"])
    found = [_move(row) for row in rows]
    return Page.of(found, request, lambda one: (one.created_at, one.move_id), total)


def _move(row: Row) -> Move:
    return Move(
        move_id=row[0], kind=MoveKind(row[1]), bag_id=row[2], subject_id=row[3],
        status=MoveStatus(row[4]), from_place_id=row[5], to_place_id=row[6], reason=row[7],
        seal_number=row[8], present=tuple(row[9]), item_ids=tuple(row[10]),
        consents=Consents(row[11], row[12]) if row[11] is not None else None,
        first_weight_mg=row[13], second_weight_mg=row[14], first_officer_id=row[15],
        second_officer_id=row[16], created_at=row[17], closed_at=row[18], version=row[19],
    )  # fmt: skip
