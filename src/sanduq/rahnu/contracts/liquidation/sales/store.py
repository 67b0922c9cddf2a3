"""SQL of sales and the things sold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from datetime import date
from typing import Any

import psycopg
from psycopg import sql

from sanduq.kit.db import Row, UnitOfWork
from sanduq.kit.json import dumps, loads
from sanduq.kit.listing import newest_first
from sanduq.kit.money import Asset, asset_from_text
from sanduq.kit.pages import Page, PageRequest
from sanduq.rahnu.contracts.liquidation.sales.errors import SaleExternalIdTaken
from sanduq.rahnu.contracts.liquidation.sales.model import (
    Cost,
    CostKind,
    Quote,
    Sale,
    SaleItem,
    SaleMethod,
    SaleStatus,
)

_COLUMNS = tuple(each.name for each in fields(Sale) if each.name != "items")
_JSON = ("costs", "quotes", "metadata")
_NAMES = ", ".join(f"{name}::text" if name in _JSON else name for name in _COLUMNS)
_SELECT = sql.SQL(f"select {_NAMES} from rahnu.sale where institution_id = %(institution)s")


def _stored(name: str, value: Any) -> Any:
    if name in ("costs", "quotes"):
        return dumps([asdict(one) for one in value]).decode()
    if name == "metadata":
        return dumps(dict(value)).decode()
    if isinstance(value, Asset | SaleMethod | SaleStatus):
        return str(value)
    return list(value) if isinstance(value, tuple) else value


def insert(uow: UnitOfWork, sale: Sale) -> None:
    """Writes a sale with its things. Refuses CONFLICT an external id that is taken."""
    marks = ", ".join(["%s"] * len(_COLUMNS))
    try:
        with uow.savepoint():
            uow.execute(
                f"insert into rahnu.sale (institution_id, {', '.join(_COLUMNS)})"
                f" values (%s, {marks})",
                uow.institution_id,
                *(_stored(name, getattr(sale, name)) for name in _COLUMNS),
            )
    except psycopg.errors.UniqueViolation:
        raise SaleExternalIdTaken from None
    uow.execute(
        "insert into rahnu.sale_item select %s, %s, n.item_id, n.market"
        " from unnest(%s::text[], %s::bigint[]) n(item_id, market)",
        uow.institution_id, sale.sale_id, sale.item_ids,
        [one.market_minor for one in sale.items],
    )  # fmt: skip


def update(uow: UnitOfWork, sale_id: str, **changed: Any) -> None:
    """Writes the named columns of a sale and counts its version up."""
    assert changed.keys() <= set(_COLUMNS)
    pairs = ", ".join(f"{name} = %s" for name in changed)
    uow.execute(
        f"update rahnu.sale set {pairs}, version = version + 1"
        " where institution_id = %s and sale_id = %s",
        *(_stored(name, value) for name, value in changed.items()),
        uow.institution_id,
        sale_id,
    )


def get(uow: UnitOfWork, sale_id: str, *, is_locked: bool = False) -> Sale | None:
    """One sale with its things."""
    tail = " and sale_id = %(id)s" + (" for update" if is_locked else "")
    rows = uow.composed(_SELECT + sql.SQL(tail), {"institution": uow.institution_id, "id": sale_id})
    return _sales(uow, rows)[0] if rows else None


def search(uow: UnitOfWork, filters: Mapping[str, str], request: PageRequest) -> Page[Sale]:
    """Sales that match every filter, newest first."""
    query: sql.Composable = _SELECT
    for name in filters:
        query = query + sql.SQL(f" and {name} = %({name})s")
    parameters = {"institution": uow.institution_id, **filters}
    rows, total = newest_first(uow, query, parameters, request, order=["sale_id"])
    found = _sales(uow, rows)
    return Page.of(found, request, lambda one: (one.created_at, one.sale_id), total)


def _sales(uow: UnitOfWork, rows: Sequence[Row]) -> list[Sale]:
    ids = [row[0] for row in rows]
    things: dict[str, list[SaleItem]] = {sale_id: [] for sale_id in ids}
    lines = uow.all(
        "select sale_id, item_id, market_minor from rahnu.sale_item where institution_id = %s"
        " and sale_id = any(%s) order by sale_id, item_id",
        uow.institution_id,
        ids,
    ) if ids else []  # fmt: skip
    for line in lines:
        things[line[0]].append(SaleItem(line[1], line[2]))
    return [_sale(row, tuple(things[row[0]])) for row in rows]


def _sale(row: Row, items: tuple[SaleItem, ...]) -> Sale:
    values = dict(zip(_COLUMNS, row, strict=True))
    values.update(
        method=SaleMethod(values["method"]),
        status=SaleStatus(values["status"]),
        asset=asset_from_text(values["asset"]),
        price_board_ids=tuple(values["price_board_ids"]),
        return_release_ids=tuple(values["return_release_ids"]),
        costs=tuple(
            Cost(CostKind(one["kind"]), one["amount_minor"], one["receipt_reference"], one["payee"])
            for one in loads(values["costs"])
        ),
        quotes=tuple(
            Quote(
                one["given_by"], one["amount_minor"], one["reference"],
                date.fromisoformat(one["quoted_on"]),
            )
            for one in loads(values["quotes"])
        ),
        metadata=loads(values["metadata"]),
    )  # fmt: skip
    return Sale(**values, items=items)
