"""SQL of price boards. A board is never changed; what was decided on it is a row of its own."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from psycopg import errors, sql

from sanduq.assets.model import Metal
from sanduq.assets.price_boards.errors import BoardExternalIdTaken
from sanduq.assets.price_boards.model import BoardStatus, PriceBoard, PriceMethod, QuotedUnit
from sanduq.kit.db import Row, UnitOfWork
from sanduq.kit.json import dumps
from sanduq.kit.listing import newest_first
from sanduq.kit.money import Asset, asset_from_text
from sanduq.kit.pages import Page, PageRequest

# A published board is superseded once another one of its metal and currency is in force that came
# into force later; `in_force_at` is the later of effective_at and its publication.
_BOARDS = (
    "select b.institution_id, b.price_board_id, b.metal, b.asset, b.method, b.fineness_bp,"
    " b.price_per_kg_minor, b.quoted_unit, b.effective_at, b.source, b.observed_at,"
    " b.spike_explanation, d.decided_at, d.decided_by, d.reason, b.external_id, b.metadata,"
    " b.created_at, b.created_by, case when d.status is null then 'PROPOSED'"
    "  when d.status = 'PUBLISHED' and exists (select from assets.price_board_decision o"
    "   where o.institution_id = d.institution_id and o.metal = d.metal and o.asset = d.asset"
    "    and o.status = 'PUBLISHED' and o.in_force_at <= %(now)s"
    "    and (o.in_force_at, o.price_board_id) > (d.in_force_at, d.price_board_id))"
    "  then 'SUPERSEDED' else d.status end as status"
    " from assets.price_board b left join assets.price_board_decision d"
    "  using (institution_id, price_board_id)"
)
_SELECT = sql.SQL("select * from (" + _BOARDS + ") b where institution_id = %(institution)s")


def lock_published(uow: UnitOfWork) -> None:
    """Those who publish a board do so in turn, so that each is held against the last one."""
    uow.execute("select pg_advisory_xact_lock(%s, hashtext('price board'))", uow.institution_id)


def insert(uow: UnitOfWork, board: PriceBoard) -> None:
    try:
        with uow.savepoint():
            uow.execute(
                "insert into assets.price_board (institution_id, price_board_id, metal, asset,"
                " method, fineness_bp, price_per_kg_minor, quoted_unit, effective_at, source,"
                " observed_at, spike_explanation, external_id, metadata, created_at, created_by)"
                " values (%s,%s,%s,%s,%s,%s::integer[],%s::bigint[],%s,%s,%s,%s,%s,%s,%s::json,"
                " %s,%s)",
                uow.institution_id, board.price_board_id, board.metal.value, str(board.asset),
                board.method.value, list(board.grades), list(board.grades.values()),
                board.quoted_unit.value, board.effective_at, board.source, board.observed_at,
                board.spike_explanation, board.external_id,
                dumps(dict(board.metadata)).decode(), board.created_at, board.created_by,
            )  # fmt: skip
    except errors.UniqueViolation:
        raise BoardExternalIdTaken from None


def decide(uow: UnitOfWork, price_board_id: str, status: BoardStatus, reason: str | None) -> None:
    uow.execute(
        "insert into assets.price_board_decision (institution_id, price_board_id, metal, asset,"
        " status, in_force_at, proposed_by, decided_at, decided_by, reason)"
        " select institution_id, price_board_id, metal, asset, %s, greatest(effective_at, %s),"
        " created_by, %s, %s, %s from assets.price_board"
        " where institution_id = %s and price_board_id = %s",
        status.value, uow.now, uow.now, uow.actor.user_id, reason,
        uow.institution_id, price_board_id,
    )  # fmt: skip


def get(uow: UnitOfWork, price_board_id: str) -> PriceBoard | None:
    rows = uow.composed(
        _SELECT + sql.SQL(" and price_board_id = %(id)s"),
        {"institution": uow.institution_id, "now": uow.now, "id": price_board_id},
    )
    return _board(rows[0]) if rows else None


def newest_in_force(uow: UnitOfWork, metal: Metal, asset: Asset) -> PriceBoard | None:
    """The published board that came into force last, of those in force now."""
    return _newest(uow, metal, asset, sql.SQL(" and in_force_at <= %(now)s"))


def last_published(uow: UnitOfWork, metal: Metal, asset: Asset) -> PriceBoard | None:
    """The published board that is in force latest, be it now or later."""
    return _newest(uow, metal, asset, sql.SQL(""))


def _newest(uow: UnitOfWork, metal: Metal, asset: Asset, also: sql.Composable) -> PriceBoard | None:
    rows = uow.composed(
        _SELECT
        + sql.SQL(
            " and price_board_id = (select price_board_id from assets.price_board_decision"
            " where institution_id = %(institution)s and metal = %(metal)s and asset = %(asset)s"
            " and status = 'PUBLISHED'{}"
            " order by in_force_at desc, price_board_id desc limit 1)"
        ).format(also),
        {
            "institution": uow.institution_id,
            "now": uow.now,
            "metal": metal.value,
            "asset": str(asset),
        },
    )
    return _board(rows[0]) if rows else None


def select_page(
    uow: UnitOfWork,
    request: PageRequest,
    equal: Mapping[str, str | None],
    effective_from: datetime | None,
    effective_before: datetime | None,
) -> Page[PriceBoard]:
    query: sql.Composable = _SELECT
    for column, wanted in equal.items():
        if wanted is not None:
            query = query + sql.SQL(" and {} = {}").format(
                sql.Identifier(column), sql.Placeholder(column)
            )
    if effective_from is not None:
        query = query + sql.SQL(" and effective_at >= %(effective_from)s")
    if effective_before is not None:
        query = query + sql.SQL(" and effective_at < %(effective_before)s")
    parameters: dict[str, Any] = {
        "institution": uow.institution_id,
        "now": uow.now,
        "effective_from": effective_from,
        "effective_before": effective_before,
        **equal,
    }
    rows, total = newest_first(uow, query, parameters, request, order=["price_board_id"])
    found = [_board(row) for row in rows]
    return Page.of(found, request, lambda one: (one.created_at, one.price_board_id), total)


def _board(row: Row) -> PriceBoard:
    return PriceBoard(
        price_board_id=row[1],
        metal=Metal(row[2]),
        asset=asset_from_text(row[3]),
        method=PriceMethod(row[4]),
        grades=dict(zip(row[5], row[6], strict=True)),
        quoted_unit=QuotedUnit(row[7]),
        effective_at=row[8],
        source=row[9],
        observed_at=row[10],
        spike_explanation=row[11],
        decided_at=row[12],
        decided_by=row[13],
        decision_reason=row[14],
        external_id=row[15],
        metadata=row[16],
        created_at=row[17],
        created_by=row[18],
        status=BoardStatus(row[19]),
    )
