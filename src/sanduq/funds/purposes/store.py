"""SQL of purposes."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from psycopg import sql

from sanduq.funds.purposes.model import FundUse, NewPurpose, Purpose
from sanduq.kit.db import Row, UnitOfWork
from sanduq.kit.json import dumps
from sanduq.kit.listing import newest_first
from sanduq.kit.pages import Page, PageRequest

_SELECT = sql.SQL(
    "select code, name, uses, earmarked_for, is_standard, created_at, created_by"
    " from funds.purpose where institution_id = %(institution)s"
)


def insert_missing(
    uow: UnitOfWork, purposes: Sequence[NewPurpose], *, is_standard: bool
) -> set[str]:
    """Writes those that are not there yet; their codes."""
    rows = [
        {
            "code": each.code,
            "name": each.name,
            "uses": sorted(each.uses),
            "earmarked_for": each.earmarked_for,
        }
        for each in purposes
    ]
    written = uow.all(
        "insert into funds.purpose (institution_id, code, name, uses, earmarked_for, is_standard,"
        " created_at, created_by)"
        " select %s, p.code, p.name, p.uses, p.earmarked_for, %s, %s, %s"
        " from json_to_recordset(%s::json)"
        "  p(code text, name text, uses text[], earmarked_for text)"
        " order by p.code on conflict do nothing returning code",
        uow.institution_id, is_standard, uow.now, uow.actor.user_id, dumps(rows).decode(),
    )  # fmt: skip
    return {row[0] for row in written}


def load(uow: UnitOfWork, codes: Collection[str]) -> dict[str, Purpose]:
    rows = uow.composed(
        _SELECT + sql.SQL(" and code = any(%(codes)s)"),
        {"institution": uow.institution_id, "codes": sorted(codes)},
    )
    return {row[0]: _purpose(row) for row in rows}


def select_page(uow: UnitOfWork, request: PageRequest) -> Page[Purpose]:
    rows, total = newest_first(
        uow,
        _SELECT,
        {"institution": uow.institution_id},
        request,
        order=["created_at", "code"],
    )
    found = [_purpose(row) for row in rows]
    return Page.of(found, request, lambda one: (one.created_at, one.code), total)


def _purpose(row: Row) -> Purpose:
    return Purpose(row[0], row[1], frozenset(FundUse(use) for use in row[2]), *row[3:])
