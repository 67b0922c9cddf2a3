"""SQL of commodities and of goods in hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import psycopg
from psycopg import sql

from sanduq.kit.db import Row, UnitOfWork
from sanduq.kit.ids import new_id
from sanduq.kit.json import dumps, loads
from sanduq.kit.listing import newest_first
from sanduq.kit.money import asset_from_text
from sanduq.kit.pages import Page, PageRequest
from sanduq.microfinance.loans.salam.errors import CommodityTaken
from sanduq.microfinance.loans.salam.facts import CommodityKind, Quality
from sanduq.microfinance.loans.salam.model_goods import Commodity, Lot, Move

_COMMODITY = (
    "commodity_id, code, external_id, name, kind, unit, is_fungible, required_specifications,"
    " harvest_months, metadata::text, created_at, created_by"
)
_LOT = (
    "goods_id, contract_id, branch_id, asset, commodity_code, quantity_unit, specifications,"
    " quality, place, received_on, quantity_milli, left_milli, cost_minor, left_cost_minor,"
    " created_at, created_by"
)


def _commodity(row: Row) -> Commodity:
    return Commodity(
        commodity_id=row[0], code=row[1], external_id=row[2], name=row[3],
        kind=CommodityKind(row[4]), unit=row[5], is_fungible=row[6],
        required_specifications=tuple(row[7]), harvest_months=tuple(row[8]),
        metadata=loads(row[9]), created_at=row[10], created_by=row[11],
    )  # fmt: skip


def insert_commodity(uow: UnitOfWork, new: Commodity) -> None:
    """Writes a commodity. Refuses CONFLICT a code or external id that is taken."""
    try:
        with uow.savepoint():
            uow.execute(
                "insert into microfinance.commodity (institution_id, commodity_id, code,"
                " external_id, name, kind, unit, is_fungible, required_specifications,"
                " harvest_months, metadata, created_at, created_by) values (%s, %s, %s, %s, %s,"
                " %s, %s, %s, %s::text[], %s::integer[], %s::json, %s, %s)",
                uow.institution_id, new.commodity_id, new.code, new.external_id, new.name,
                str(new.kind), new.unit, new.is_fungible, list(new.required_specifications),
                list(new.harvest_months), dumps(dict(new.metadata)).decode(), new.created_at,
                new.created_by,
            )  # fmt: skip
    except psycopg.errors.UniqueViolation:
        raise CommodityTaken from None


def commodity(uow: UnitOfWork, *, code: str | None = None, id_: str | None = None) -> (
    Commodity | None
):  # fmt: skip
    row = uow.one(
        f"select {_COMMODITY} from microfinance.commodity where institution_id = %s"
        " and (%s::text is null or code = %s) and (%s::text is null or commodity_id = %s)",
        uow.institution_id, code, code, id_, id_,
    )  # fmt: skip
    return _commodity(row) if row else None


def list_commodities(uow: UnitOfWork, request: PageRequest) -> Page[Commodity]:
    rows, total = newest_first(
        uow,
        sql.SQL(
            f"select {_COMMODITY} from microfinance.commodity"
            " where institution_id = %(institution)s"
        ),
        {"institution": uow.institution_id},
        request,
        order=["created_at", "commodity_id"],
    )
    found = [_commodity(row) for row in rows]
    return Page.of(found, request, lambda one: (one.created_at, one.commodity_id), total)


def _lot(row: Row) -> Lot:
    return Lot(
        goods_id=row[0], contract_id=row[1], branch_id=row[2], asset=asset_from_text(row[3]),
        commodity=row[4], quantity_unit=row[5], specifications=row[6], quality=Quality(row[7]),
        place=row[8], received_on=row[9], quantity_milli=row[10], left_milli=row[11],
        cost_minor=row[12], left_cost_minor=row[13], created_at=row[14], created_by=row[15],
    )  # fmt: skip


def insert_lot(uow: UnitOfWork, lot: Lot) -> None:
    uow.execute(
        f"insert into microfinance.salam_goods (institution_id, {_LOT})"
        " values (%s, %s, %s, %s, %s, %s, %s, %s::jsonb, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        uow.institution_id, lot.goods_id, lot.contract_id, lot.branch_id, str(lot.asset),
        lot.commodity, lot.quantity_unit, dumps(dict(lot.specifications)).decode(),
        str(lot.quality), lot.place, lot.received_on, lot.quantity_milli, lot.left_milli,
        lot.cost_minor, lot.left_cost_minor, lot.created_at, lot.created_by,
    )  # fmt: skip


def lots_in_hand(uow: UnitOfWork, contract_id: str) -> list[Lot]:
    """Lots of one contract with something left, oldest first, locked."""
    rows = uow.all(
        f"select {_LOT} from microfinance.salam_goods where institution_id = %s"
        " and contract_id = %s and left_milli > 0 order by goods_id for no key update",
        uow.institution_id,
        contract_id,
    )
    return [_lot(row) for row in rows]


def lots_fit_for(
    uow: UnitOfWork, commodity_code: str, asset: str, specifications: Mapping[str, str]
) -> list[Lot]:
    """Lots in hand, of whatever contract, that are of the description; oldest first, locked."""
    rows = uow.all(
        f"select {_LOT} from microfinance.salam_goods where institution_id = %s"
        " and commodity_code = %s and asset = %s and left_milli > 0 and quality <> 'worse'"
        " and specifications @> %s::jsonb order by goods_id for no key update",
        uow.institution_id,
        commodity_code,
        asset,
        dumps(dict(specifications)).decode(),
    )
    return [_lot(row) for row in rows]


def get_lot(uow: UnitOfWork, goods_id: str) -> Lot | None:
    """One lot, locked."""
    row = uow.one(
        f"select {_LOT} from microfinance.salam_goods where institution_id = %s"
        " and goods_id = %s for no key update",
        uow.institution_id,
        goods_id,
    )
    return _lot(row) if row else None


def list_lots(
    uow: UnitOfWork,
    request: PageRequest,
    *,
    contract_id: str | None,
    commodity_code: str | None,
) -> Page[Lot]:
    query: sql.Composable = sql.SQL(
        f"select {_LOT} from microfinance.salam_goods where institution_id = %(institution)s"
    )
    parameters: dict[str, Any] = {"institution": uow.institution_id}
    for name, value in (("contract_id", contract_id), ("commodity_code", commodity_code)):
        if value is not None:
            query = query + sql.SQL(" and {} = {}").format(
                sql.Identifier(name), sql.Placeholder(name)
            )
            parameters[name] = value
    rows, total = newest_first(uow, query, parameters, request, order=["created_at", "goods_id"])
    found = [_lot(row) for row in rows]
    return Page.of(found, request, lambda one: (one.created_at, one.goods_id), total)


def update_lots(uow: UnitOfWork, lots: Sequence[Lot]) -> None:
    uow.execute(
        "update microfinance.salam_goods g set left_milli = c.milli, left_cost_minor = c.cost"
        " from unnest(%s::text[], %s::bigint[], %s::bigint[]) c(id, milli, cost)"
        " where g.institution_id = %s and g.goods_id = c.id",
        [lot.goods_id for lot in lots],
        [lot.left_milli for lot in lots],
        [lot.left_cost_minor for lot in lots],
        uow.institution_id,
    )


def insert_moves(uow: UnitOfWork, moves: Sequence[Move]) -> None:
    uow.execute(
        "insert into microfinance.salam_goods_move (institution_id, move_id, goods_id, kind,"
        " quantity_milli, cost_minor, reference, journal_id, moved_on, recorded_at, recorded_by)"
        " select %s, c.id, c.goods, c.kind, c.quantity, c.cost, c.reference, c.journal, c.on_day,"
        " %s, %s from unnest(%s::text[], %s::text[], %s::text[], %s::bigint[], %s::bigint[],"
        " %s::text[], %s::text[], %s::date[])"
        " c(id, goods, kind, quantity, cost, reference, journal, on_day)",
        uow.institution_id,
        uow.now,
        uow.actor.user_id,
        [new_id("gmv") for _ in moves],
        [move.goods_id for move in moves],
        [str(move.kind) for move in moves],
        [move.quantity_milli for move in moves],
        [move.cost_minor for move in moves],
        [move.reference for move in moves],
        [move.journal_id for move in moves],
        [move.on for move in moves],
    )
