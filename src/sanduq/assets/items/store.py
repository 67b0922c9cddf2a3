"""SQL of items and their photos."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from psycopg import errors, sql

from sanduq.assets.items.errors import ItemExternalIdTaken, PhotoTaken
from sanduq.assets.items.model import Item, ItemKind, MediaType, Photo
from sanduq.assets.model import Metal
from sanduq.kit.db import Row, UnitOfWork
from sanduq.kit.json import dumps
from sanduq.kit.listing import newest_first
from sanduq.kit.pages import Page, PageRequest

_SELECT = sql.SQL(
    "select i.item_id, i.owner_id, i.kind, i.metal, i.description, i.marks, i.serial,"
    " i.gross_weight_mg, i.stone_weight_mg, i.other_weight_mg, i.fineness_bp, i.volume_mm3,"
    " i.external_id, i.metadata, i.created_at, i.created_by,"
    " array(select p.sha256 from assets.item_photo p where p.institution_id = i.institution_id"
    "  and p.item_id = i.item_id order by p.photo_id) as photo_hashes"
    " from assets.item i where i.institution_id = %(institution)s"
)


def insert(uow: UnitOfWork, items: Sequence[Item]) -> None:
    rows = [
        {
            "item_id": item.item_id,
            "owner_id": item.owner_id,
            "kind": item.kind.value,
            "metal": item.metal.value,
            "description": item.description,
            "marks": item.marks,
            "serial": item.serial,
            "gross_weight_mg": item.gross_weight_mg,
            "stone_weight_mg": item.stone_weight_mg,
            "other_weight_mg": item.other_weight_mg,
            "fineness_bp": item.fineness_bp,
            "volume_mm3": item.volume_mm3,
            "external_id": item.external_id,
            "metadata": dict(item.metadata),
        }
        for item in items
    ]
    try:
        with uow.savepoint():
            uow.execute(
                "insert into assets.item (institution_id, item_id, owner_id, kind, metal,"
                " description, marks, serial, gross_weight_mg, stone_weight_mg, other_weight_mg,"
                " fineness_bp, volume_mm3, external_id, metadata, created_at, created_by)"
                " select %s, r.item_id, r.owner_id, r.kind, r.metal, r.description, r.marks,"
                " r.serial, r.gross_weight_mg, r.stone_weight_mg, r.other_weight_mg,"
                " r.fineness_bp, r.volume_mm3, r.external_id, r.metadata, %s, %s"
                " from json_to_recordset(%s::json) r(item_id text, owner_id text, kind text,"
                " metal text, description text, marks text, serial text, gross_weight_mg bigint,"
                " stone_weight_mg bigint, other_weight_mg bigint, fineness_bp integer,"
                " volume_mm3 bigint, external_id text, metadata json)",
                uow.institution_id, uow.now, uow.actor.user_id, dumps(rows).decode(),
            )  # fmt: skip
    except errors.UniqueViolation:
        raise ItemExternalIdTaken from None


def load(uow: UnitOfWork, ids: Collection[str]) -> list[Item]:
    rows = uow.composed(
        _SELECT + sql.SQL(" and i.item_id = any(%(ids)s)"),
        {"institution": uow.institution_id, "ids": sorted(ids)},
    )
    return [_item(row) for row in rows]


def select_page(
    uow: UnitOfWork,
    request: PageRequest,
    equal: Mapping[str, str | None],
    created_from: datetime | None,
    created_before: datetime | None,
) -> Page[Item]:
    query: sql.Composable = _SELECT
    for column, wanted in equal.items():
        if wanted is not None:
            query = query + sql.SQL(" and i.{} = {}").format(
                sql.Identifier(column), sql.Placeholder(column)
            )
    if created_from is not None:
        query = query + sql.SQL(" and i.created_at >= %(created_from)s")
    if created_before is not None:
        query = query + sql.SQL(" and i.created_at < %(created_before)s")
    parameters: dict[str, Any] = {
        "institution": uow.institution_id,
        "created_from": created_from,
        "created_before": created_before,
        **equal,
    }
    rows, total = newest_first(uow, query, parameters, request, order=["item_id"])
    found = [_item(row) for row in rows]
    return Page.of(found, request, lambda one: (one.created_at, one.item_id), total)


def insert_photo(uow: UnitOfWork, photo: Photo, content: bytes) -> None:
    try:
        with uow.savepoint():
            uow.execute(
                "insert into assets.item_photo (institution_id, photo_id, item_id, media_type,"
                " sha256, size_bytes, content, created_at, created_by)"
                " values (%s,%s,%s,%s,%s,%s,%s,%s,%s)",
                uow.institution_id, photo.photo_id, photo.item_id, photo.media_type.value,
                photo.sha256, photo.size_bytes, content, photo.created_at, photo.created_by,
            )  # fmt: skip
    except errors.UniqueViolation:
        raise PhotoTaken from None


def select_photos(uow: UnitOfWork, item_id: str, request: PageRequest) -> Page[Photo]:
    query = sql.SQL(
        "select photo_id, item_id, media_type, sha256, size_bytes, created_at, created_by"
        " from assets.item_photo where institution_id = %(institution)s and item_id = %(item)s"
    )
    parameters = {"institution": uow.institution_id, "item": item_id}
    rows, total = newest_first(uow, query, parameters, request, order=["photo_id"])
    found = [Photo(r[0], r[1], MediaType(r[2]), r[3], r[4], r[5], r[6]) for r in rows]
    return Page.of(found, request, lambda one: (one.created_at, one.photo_id), total)


def photo_content(uow: UnitOfWork, item_id: str, photo_id: str) -> tuple[MediaType, bytes] | None:
    row = uow.one(
        "select media_type, content from assets.item_photo"
        " where institution_id = %s and photo_id = %s and item_id = %s",
        uow.institution_id,
        photo_id,
        item_id,
    )
    return None if row is None else (MediaType(row[0]), bytes(row[1]))


def _item(row: Row) -> Item:
    return Item(
        item_id=row[0],
        owner_id=row[1],
        kind=ItemKind(row[2]),
        metal=Metal(row[3]),
        description=row[4],
        marks=row[5],
        serial=row[6],
        gross_weight_mg=row[7],
        stone_weight_mg=row[8],
        other_weight_mg=row[9],
        fineness_bp=row[10],
        volume_mm3=row[11],
        external_id=row[12],
        metadata=row[13],
        created_at=row[14],
        created_by=row[15],
        photo_hashes=tuple(row[16]),
    )
