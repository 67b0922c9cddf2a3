"""SQL of takaful covers."""

from __future__ import annotations

from datetime import date
from typing import Any

from psycopg import errors, sql

from sanduq.custody.takaful.errors import CoverTaken
from sanduq.custody.takaful.model import Cover, CoverFilters
from sanduq.kit.db import Row, UnitOfWork
from sanduq.kit.json import dumps
from sanduq.kit.listing import newest_first
from sanduq.kit.money import Asset, Money, asset_from_text
from sanduq.kit.pages import Page, PageRequest

_SELECT = sql.SQL(
    "select cover_id, external_id, branch_id, provider, policy_number, asset, covered_minor,"
    " premium_minor, valid_from_on, valid_to_on, metadata, created_at, created_by"
    " from custody.takaful_cover where institution_id = %(institution)s"
)
_VALID = sql.SQL(" and valid_to_on >= %(valid_on)s and valid_from_on <= %(valid_on)s")


def insert(uow: UnitOfWork, one: Cover) -> None:
    try:
        with uow.savepoint():
            uow.execute(
                "insert into custody.takaful_cover (institution_id, cover_id, external_id,"
                " branch_id, provider, policy_number, asset, covered_minor, premium_minor,"
                " valid_from_on, valid_to_on, metadata, created_at, created_by)"
                " values (%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s::json,%s,%s)",
                uow.institution_id, one.cover_id, one.external_id, one.branch_id, one.provider,
                one.policy_number, str(one.covered.asset), one.covered.amount_minor,
                one.premium.amount_minor, one.valid_from_on, one.valid_to_on,
                dumps(dict(one.metadata)).decode(), one.created_at, one.created_by,
            )  # fmt: skip
    except errors.UniqueViolation:
        raise CoverTaken from None


def get(uow: UnitOfWork, cover_id: str) -> Cover | None:
    rows = uow.composed(
        _SELECT + sql.SQL(" and cover_id = %(id)s"),
        {"institution": uow.institution_id, "id": cover_id},
    )
    return _cover(rows[0]) if rows else None


def valid_on(uow: UnitOfWork, on: date, branch_id: str | None, asset: Asset | None) -> list[Cover]:
    rows = uow.composed(
        _SELECT
        + _VALID
        + sql.SQL(
            " and (%(branch)s::text is null or branch_id = %(branch)s)"
            " and (%(asset)s::text is null or asset = %(asset)s) order by cover_id"
        ),
        {
            "institution": uow.institution_id,
            "valid_on": on,
            "branch": branch_id,
            "asset": str(asset) if asset is not None else None,
        },
    )
    return [_cover(row) for row in rows]


def select_page(uow: UnitOfWork, filters: CoverFilters, request: PageRequest) -> Page[Cover]:
    query: sql.Composable = _SELECT
    parameters: dict[str, Any] = {"institution": uow.institution_id}
    if filters.branch_id is not None:
        parameters["branch"] = filters.branch_id
        query = query + sql.SQL(" and branch_id = %(branch)s")
    if filters.valid_on is not None:
        parameters["valid_on"] = filters.valid_on
        query = query + _VALID
    rows, total = newest_first(uow, query, parameters, request, order=["cover_id"])
    found = [_cover(row) for row in rows]
    return Page.of(found, request, lambda one: (one.created_at, one.cover_id), total)


def _cover(row: Row) -> Cover:
    asset = asset_from_text(row[5])
    return Cover(
        cover_id=row[0], external_id=row[1], branch_id=row[2], provider=row[3],
        policy_number=row[4], covered=Money(row[6], asset), premium=Money(row[7], asset),
        valid_from_on=row[8], valid_to_on=row[9], metadata=row[10], created_at=row[11],
        created_by=row[12],
    )  # fmt: skip
