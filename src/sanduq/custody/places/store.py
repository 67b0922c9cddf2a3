"""SQL of places and of the institution's settings of custody."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from psycopg import errors, sql

from sanduq.custody.places.errors import PlaceTaken
from sanduq.custody.places.model import Place, PlaceFilters, PlaceKind
from sanduq.kit.db import Row, UnitOfWork
from sanduq.kit.json import dumps
from sanduq.kit.listing import newest_first
from sanduq.kit.pages import Page, PageRequest

_SELECT = sql.SQL(
    "select p.place_id, p.external_id, p.branch_id, p.parent_id, p.kind, p.name, p.path,"
    " p.vault_class, p.capacity, p.is_open, p.keeper_party_id,"
    " (select count(*) from custody.bag b where b.institution_id = p.institution_id"
    "   and b.place_id = p.place_id and b.status in ('AWAITING_SECOND', 'IN_CUSTODY', 'OPENED'))"
    " + (select count(*) from custody.move m where m.institution_id = p.institution_id"
    "   and m.to_place_id = p.place_id and m.status = 'PROPOSED' and m.kind = 'transport'),"
    " exists (select 1 from custody.stocktake s where s.institution_id = p.institution_id"
    "   and s.branch_id = p.branch_id and s.status in ('COUNTING', 'RECOUNTING')"
    "   and (s.scope_path is null or s.scope_path = p.path"
    "        or starts_with(p.path, s.scope_path || '/'))),"
    " p.metadata, p.created_at, p.created_by, p.version"
    " from custody.place p where p.institution_id = %(institution)s"
)


def insert(uow: UnitOfWork, one: Place) -> None:
    try:
        with uow.savepoint():
            uow.execute(
                "insert into custody.place (institution_id, place_id, external_id, branch_id,"
                " parent_id, kind, name, path, vault_class, capacity, is_open, keeper_party_id,"
                " metadata, created_at, created_by, version)"
                " values (%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s::json,%s,%s,%s)",
                uow.institution_id, one.place_id, one.external_id, one.branch_id, one.parent_id,
                str(one.kind), one.name, one.path, one.vault_class, one.capacity, one.is_open,
                one.keeper_party_id, dumps(dict(one.metadata)).decode(), one.created_at,
                one.created_by, one.version,
            )  # fmt: skip
    except errors.UniqueViolation:
        raise PlaceTaken from None


def lock(uow: UnitOfWork, place_ids: Collection[str]) -> None:
    """Has whoever puts bags into these places, or counts them, do so in turn."""
    uow.all(
        "select place_id from custody.place where institution_id = %s and place_id = any(%s)"
        " order by place_id for no key update",
        uow.institution_id, sorted(place_ids),
    )  # fmt: skip


def lock_scope(uow: UnitOfWork, branch_id: str, path: str | None) -> list[str]:
    """Locks a branch's places, or one and all within it; their ids."""
    rows = uow.all(
        "select place_id from custody.place where institution_id = %(institution)s"
        " and branch_id = %(branch)s and (%(path)s::text is null or path = %(path)s"
        "  or starts_with(path, %(path)s || '/')) order by place_id for no key update",
        {"institution": uow.institution_id, "branch": branch_id, "path": path},
    )
    return [row[0] for row in rows]


def load(uow: UnitOfWork, place_ids: Collection[str]) -> list[Place]:
    rows = uow.composed(
        _SELECT + sql.SQL(" and p.place_id = any(%(ids)s)"),
        {"institution": uow.institution_id, "ids": sorted(place_ids)},
    )
    return [_place(row) for row in rows]


def select_page(uow: UnitOfWork, filters: PlaceFilters, request: PageRequest) -> Page[Place]:
    query: sql.Composable = _SELECT
    parameters: dict[str, Any] = {"institution": uow.institution_id}
    for name in ("branch_id", "parent_id"):
        wanted = getattr(filters, name)
        if wanted is not None:
            parameters[name] = wanted
            query = query + sql.SQL(" and p.{} = {}").format(
                sql.Identifier(name), sql.Placeholder(name)
            )
    rows, total = newest_first(uow, query, parameters, request, order=["place_id"])
    found = [_place(row) for row in rows]
    return Page.of(found, request, lambda one: (one.created_at, one.place_id), total)


def set_open(uow: UnitOfWork, place_id: str, *, is_open: bool) -> int:
    return uow.execute(
        "update custody.place set is_open = %s, version = version + 1"
        " where institution_id = %s and place_id = %s and is_open <> %s",
        is_open, uow.institution_id, place_id, is_open,
    )  # fmt: skip


def tolerance_mg(uow: UnitOfWork) -> int | None:
    row = uow.one(
        "select weight_tolerance_mg from custody.setting where institution_id = %s",
        uow.institution_id,
    )
    return None if row is None else int(row[0])


def set_tolerance(uow: UnitOfWork, weight_tolerance_mg: int) -> None:
    uow.execute(
        "insert into custody.setting (institution_id, weight_tolerance_mg, set_at, set_by)"
        " values (%(institution)s, %(mg)s, %(now)s, %(user)s)"
        " on conflict (institution_id) do update set weight_tolerance_mg = %(mg)s,"
        " set_at = %(now)s, set_by = %(user)s",
        {
            "institution": uow.institution_id,
            "mg": weight_tolerance_mg,
            "now": uow.now,
            "user": uow.actor.user_id,
        },
    )


def _place(row: Row) -> Place:
    return Place(
        place_id=row[0], external_id=row[1], branch_id=row[2], parent_id=row[3],
        kind=PlaceKind(row[4]), name=row[5], path=row[6], vault_class=row[7], capacity=row[8],
        is_open=row[9], keeper_party_id=row[10], bag_count=row[11], is_being_counted=row[12],
        metadata=row[13], created_at=row[14], created_by=row[15], version=row[16],
    )  # fmt: skip
