"""SQL of products."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from psycopg import errors, sql

from sanduq.kit.db import Row, UnitOfWork
from sanduq.kit.json import dumps
from sanduq.kit.listing import newest_first
from sanduq.kit.money import Asset, asset_from_text
from sanduq.kit.pages import Page, PageRequest
from sanduq.microfinance.products.errors import ProductExternalIdTaken
from sanduq.microfinance.products.model import (
    Disclosure,
    Product,
    ProductStatus,
)
from sanduq.obligations.calendar import WorkingDays
from sanduq.obligations.model import ComponentOrder
from sanduq.obligations.schedule import Anchor, AnchorKind, Frequency
from sanduq.qard.facts import Prerequisite, PrerequisiteKind

_COLUMNS = (
    "product_id", "external_id", "name", "type", "asset", "status", "amount_min_minor",
    "amount_max_minor", "instalments_min", "instalments_max", "frequencies", "grace_months_max",
    "fee_formula", "component_order", "schedule_anchor", "working_days", "multiple_of_minor",
    "kyc_tier_min", "disclosure", "prerequisites", "resolution_id", "approved_hash", "is_default",
    "metadata", "created_at", "created_by", "approved_at", "approved_by", "version",
    "clauses",
)  # fmt: skip
_NAMES = sql.SQL(", ").join(map(sql.Identifier, _COLUMNS))
_SELECT = sql.SQL(
    "select {} from microfinance.product where institution_id = %(institution)s"
).format(_NAMES)
_SAVE = sql.SQL(
    "insert into microfinance.product (institution_id, template_hash, {names})"
    " values (%(institution)s, %(template_hash)s, {places})"
    " on conflict (institution_id, product_id) do update set"
    " template_hash = excluded.template_hash, {changes}"
    " returning product_id"
).format(
    names=_NAMES,
    places=sql.SQL(", ").join(map(sql.Placeholder, _COLUMNS)),
    changes=sql.SQL(", ").join(
        sql.SQL("{0} = excluded.{0}").format(sql.Identifier(column))
        for column in _COLUMNS
        if column not in ("product_id", "created_at", "created_by")
    ),
)


def save(uow: UnitOfWork, product: Product) -> None:
    """Writes a product as it now is. Refuses CONFLICT an external_id of another product."""
    approved = product.approved_hash
    parameters: dict[str, Any] = {name: getattr(product, name) for name in _COLUMNS} | {
        "institution": uow.institution_id,
        "asset": str(product.asset),
        "template_hash": bytes.fromhex(product.template_hash),
        "approved_hash": bytes.fromhex(approved) if approved is not None else None,
        "frequencies": [each.value for each in product.frequencies],
        "schedule_anchor": dumps(product.schedule_anchor).decode(),
        "prerequisites": dumps(product.prerequisites).decode(),
        "metadata": dumps(dict(product.metadata)).decode(),
        "clauses": dumps(dict(product.clauses)).decode(),
        "status": product.status.value,
        "component_order": product.component_order.value,
        "working_days": product.working_days.value,
        "disclosure": product.disclosure.value,
    }
    try:
        with uow.savepoint():
            uow.composed(_SAVE, parameters)
    except errors.UniqueViolation as error:
        if error.diag.constraint_name != "product_external":
            raise
        raise ProductExternalIdTaken from None


def get(uow: UnitOfWork, product_id: str, *, is_locked: bool = False) -> Product | None:
    tail = " and product_id = %(id)s" + (" for update" if is_locked else "")
    rows = uow.composed(
        _SELECT + sql.SQL(tail), {"institution": uow.institution_id, "id": product_id}
    )
    return _product(rows[0]) if rows else None


def load(uow: UnitOfWork, ids: Collection[str]) -> list[Product]:
    rows = uow.composed(
        _SELECT + sql.SQL(" and product_id = any(%(ids)s)"),
        {"institution": uow.institution_id, "ids": sorted(ids)},
    )
    return [_product(row) for row in rows]


def get_default(
    uow: UnitOfWork, type_name: str, asset: Asset, *, is_locked: bool = False
) -> Product | None:
    rows = uow.composed(
        _SELECT
        + sql.SQL(
            " and type = %(type)s and asset = %(asset)s and is_default and status = 'ACTIVE'"
            + (" for update" if is_locked else "")
        ),
        {"institution": uow.institution_id, "type": type_name, "asset": str(asset)},
    )
    return _product(rows[0]) if rows else None


def select_page(
    uow: UnitOfWork, request: PageRequest, filters: Mapping[str, str | None]
) -> Page[Product]:
    query: sql.Composable = _SELECT
    for column, wanted in filters.items():
        if wanted is not None:
            place = sql.SQL(" and {} = {}").format(sql.Identifier(column), sql.Placeholder(column))
            query = query + place
    parameters = {"institution": uow.institution_id, **filters}
    rows, total = newest_first(uow, query, parameters, request, order=["product_id"])
    found = [_product(row) for row in rows]
    return Page.of(found, request, lambda p: (p.created_at, p.product_id), total)


def _product(row: Row) -> Product:
    column = dict(zip(_COLUMNS, row, strict=True))
    anchor = column["schedule_anchor"]
    approved = column["approved_hash"]
    return Product(
        **column
        | {
            "asset": asset_from_text(column["asset"]),
            "status": ProductStatus(column["status"]),
            "frequencies": tuple(Frequency(each) for each in column["frequencies"]),
            "component_order": ComponentOrder(column["component_order"]),
            "schedule_anchor": Anchor(AnchorKind(anchor["kind"]), anchor["number"]),
            "working_days": WorkingDays(column["working_days"]),
            "disclosure": Disclosure(column["disclosure"]),
            "prerequisites": tuple(
                Prerequisite(**each | {"kind": PrerequisiteKind(each["kind"])})
                for each in column["prerequisites"]
            ),
            "approved_hash": bytes(approved).hex() if approved is not None else None,
        }
    )
