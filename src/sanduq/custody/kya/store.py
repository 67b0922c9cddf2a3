"""SQL of knowing one's assets: one statement for any number of things, by index."""

from __future__ import annotations

from collections.abc import Sequence

from sanduq.custody.kya.model import MARKS_WEIGHT_TOLERANCE_MG, MatchedOn, Twin
from sanduq.custody.register.model import Entering
from sanduq.kit.db import UnitOfWork


def twins(uow: UnitOfWork, things: Sequence[Entering]) -> list[Twin]:
    photos = sorted({(one.item_id, photo) for one in things for photo in one.photo_hashes})
    rows = uow.all(
        "with wanted as (select * from unnest(%(items)s::text[], %(metals)s::text[],"
        "  %(gross)s::bigint[], %(serials)s::text[], %(marks)s::text[])"
        "  as one (item_id, metal, gross_mg, serial_key, marks_key)),"
        " photographed as (select * from unnest(%(photo_items)s::text[], %(photos)s::text[])"
        "  as one (item_id, photo_hash))"
        " select w.item_id, h.item_id, h.subject_id, %(serial)s::text from wanted w"
        "  join custody.holding h on h.institution_id = %(institution)s"
        "   and h.serial_key = w.serial_key and h.bag_id is not null"
        "   and h.item_id <> w.item_id and h.metal = w.metal"
        " union select p.item_id, h.item_id, h.subject_id, %(photo)s from photographed p"
        "  join custody.item_photo i on i.institution_id = %(institution)s"
        "   and i.photo_hash = p.photo_hash and i.item_id <> p.item_id"
        "  join custody.holding h on h.institution_id = i.institution_id"
        "   and h.item_id = i.item_id and h.bag_id is not null"
        " union select w.item_id, h.item_id, h.subject_id, %(alike)s from wanted w"
        "  join custody.holding h on h.institution_id = %(institution)s"
        "   and h.marks_key = w.marks_key and h.bag_id is not null and h.item_id <> w.item_id"
        "   and h.metal = w.metal and h.gross_weight_mg between w.gross_mg - %(tolerance)s"
        "    and w.gross_mg + %(tolerance)s"
        " order by 1, 2, 4",
        {
            "institution": uow.institution_id,
            "items": [one.item_id for one in things],
            "metals": [one.metal for one in things],
            "gross": [one.gross_weight_mg for one in things],
            "serials": [one.serial_key for one in things],
            "marks": [one.marks_key for one in things],
            "photo_items": [item_id for item_id, _ in photos],
            "photos": [photo for _, photo in photos],
            "serial": str(MatchedOn.SERIAL),
            "photo": str(MatchedOn.PHOTO),
            "alike": str(MatchedOn.MARKS_AND_WEIGHT),
            "tolerance": MARKS_WEIGHT_TOLERANCE_MG,
        },
    )
    return [Twin(row[0], row[1], row[2], MatchedOn(row[3])) for row in rows]


def lock(uow: UnitOfWork) -> None:
    """Has receipts of one institution look for twins in turn, so that two twins never pass."""
    uow.one("select pg_advisory_xact_lock(%s, hashtext('custody:receive'))", uow.institution_id)


def keep_photos(uow: UnitOfWork, photos: Sequence[tuple[str, str]]) -> None:
    """Adds photographs, each with its item, of those items that are in the register."""
    uow.execute(
        "insert into custody.item_photo (institution_id, photo_hash, item_id)"
        " select h.institution_id, one.photo_hash, h.item_id"
        " from unnest(%s::text[], %s::text[]) as one (item_id, photo_hash)"
        " join custody.holding h on h.institution_id = %s and h.item_id = one.item_id"
        " on conflict do nothing",
        [item_id for item_id, _ in photos], [photo for _, photo in photos], uow.institution_id,
    )  # fmt: skip
