"""SQL of the register: holdings change only together with the movement that explains it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from psycopg import sql

from sanduq.custody.model import CONFIRMED
from sanduq.custody.register.model import (
    Entering,
    HeldItem,
    Holding,
    HoldingFilters,
    MetalTotal,
    Movement,
    MovementFilters,
    MovementKind,
    Total,
    in_bag,
)
from sanduq.kit.db import Row, UnitOfWork
from sanduq.kit.ids import new_id
from sanduq.kit.listing import newest_first
from sanduq.kit.pages import Page, PageRequest

_HOLDING = sql.SQL(
    "select h.item_id, h.bag_id, b.bag_number, b.status, h.subject_id, b.basis, h.owner_id,"
    " p.branch_id, b.place_id, p.path, b.move_id is not null, h.metal, h.gross_weight_mg,"
    " h.fine_weight_mg from custody.holding h"
    " join custody.bag b on b.institution_id = h.institution_id and b.bag_id = h.bag_id"
    " join custody.place p on p.institution_id = b.institution_id and p.place_id = b.place_id"
    " where h.institution_id = %(institution)s and h.bag_id is not null"
)
_FILTERS = {
    "subject_id": sql.SQL(" and h.subject_id = %(subject_id)s"),
    "place_id": sql.SQL(
        " and b.place_id in (select inner_place.place_id from custody.place outer_place"
        " join custody.place inner_place on inner_place.institution_id = outer_place.institution_id"
        "  and inner_place.branch_id = outer_place.branch_id"
        "  and (inner_place.place_id = outer_place.place_id"
        "       or starts_with(inner_place.path, outer_place.path || '/'))"
        " where outer_place.institution_id = %(institution)s"
        "  and outer_place.place_id = %(place_id)s)"
    ),
    "branch_id": sql.SQL(" and p.branch_id = %(branch_id)s"),
    "item_id": sql.SQL(" and h.item_id = %(item_id)s"),
}


def enter(uow: UnitOfWork, bag_id: str, subject_id: str, things: Sequence[Entering]) -> set[str]:
    """Takes things into a bag, from their owners or from where they last went; the ids taken.

    An id that is not among them is held already.
    """
    ordered = sorted(things, key=lambda one: one.item_id)
    uow.all(  # a statement of its own, so that the next one reads what was waited for
        "select item_id from custody.holding where institution_id = %s and item_id = any(%s)"
        " order by item_id for update",
        uow.institution_id,
        [one.item_id for one in ordered],
    )
    rows = uow.all(
        "with before as (select item_id, position from custody.holding"
        "  where institution_id = %(institution)s and item_id = any(%(items)s)),"
        " entered as ("
        " insert into custody.holding as held (institution_id, item_id, position, bag_id,"
        "  subject_id, owner_id, metal, gross_weight_mg, net_weight_mg, fine_weight_mg,"
        "  fineness_bp, serial_key, marks_key, step)"
        " select %(institution)s, item_id, %(position)s, %(bag)s, %(subject)s, owner_id, metal,"
        "  gross_mg, net_mg, fine_mg, fineness_bp, serial_key, marks_key, 1"
        " from unnest(%(items)s::text[], %(owners)s::text[], %(metals)s::text[],"
        "  %(gross)s::bigint[], %(net)s::bigint[], %(fine)s::bigint[], %(fineness)s::integer[],"
        "  %(serials)s::text[], %(marks)s::text[]) as one (item_id, owner_id, metal, gross_mg,"
        "  net_mg, fine_mg, fineness_bp, serial_key, marks_key)"
        " order by item_id"
        " on conflict (institution_id, item_id) do update set position = excluded.position,"
        "  bag_id = excluded.bag_id, subject_id = excluded.subject_id,"
        "  owner_id = excluded.owner_id, metal = excluded.metal,"
        "  gross_weight_mg = excluded.gross_weight_mg, net_weight_mg = excluded.net_weight_mg,"
        "  fine_weight_mg = excluded.fine_weight_mg, fineness_bp = excluded.fineness_bp,"
        "  serial_key = excluded.serial_key, marks_key = excluded.marks_key,"
        "  step = held.step + 1"
        " where held.bag_id is null"
        " returning item_id, step, owner_id, gross_weight_mg, fine_weight_mg)"
        " insert into custody.movement (institution_id, thing_id, step, movement_id, kind,"
        "  from_position, to_position, weight_mg, fine_weight_mg, reference_id, moved_at,"
        "  moved_by)"
        " select %(institution)s, e.item_id, e.step, m.movement_id, %(kind)s,"
        "  coalesce(before.position, 'owner:' || e.owner_id), %(position)s, e.gross_weight_mg,"
        "  e.fine_weight_mg, %(bag)s, %(now)s, %(user)s"
        " from entered e left join before using (item_id)"
        " join unnest(%(items)s::text[], %(movements)s::text[]) as m (item_id, movement_id)"
        "  using (item_id)"
        " returning thing_id",
        {
            "institution": uow.institution_id,
            "position": in_bag(bag_id),
            "bag": bag_id,
            "subject": subject_id,
            "kind": str(MovementKind.RECEIVED),
            "items": [one.item_id for one in ordered],
            "owners": [one.owner_id for one in ordered],
            "metals": [one.metal for one in ordered],
            "gross": [one.gross_weight_mg for one in ordered],
            "net": [one.net_weight_mg for one in ordered],
            "fine": [one.fine_weight_mg for one in ordered],
            "fineness": [one.fineness_bp for one in ordered],
            "serials": [one.serial_key for one in ordered],
            "marks": [one.marks_key for one in ordered],
            "movements": [new_id("mvt") for _ in ordered],
            "now": uow.now,
            "user": uow.actor.user_id,
        },
    )
    return {row[0] for row in rows}


def keep_photos(uow: UnitOfWork, things: Sequence[Entering]) -> None:
    pairs = sorted({(photo, one.item_id) for one in things for photo in one.photo_hashes})
    if pairs:
        uow.execute(
            "insert into custody.item_photo (institution_id, photo_hash, item_id)"
            " select %s, photo_hash, item_id from unnest(%s::text[], %s::text[])"
            "  as one (photo_hash, item_id) on conflict do nothing",
            uow.institution_id, [photo for photo, _ in pairs], [item for _, item in pairs],
        )  # fmt: skip


def shift(
    uow: UnitOfWork,
    bag_ids: Sequence[str],
    item_ids: Sequence[str],
    *,
    to: Mapping[str, str],
    to_bag_id: str | None,
    kind: MovementKind,
    reference_id: str,
) -> int:
    """Takes items out of these bags to the position `to` names for each; how many were there."""
    ordered = sorted(item_ids)
    rows = uow.all(
        "with wanted as (select * from unnest(%(items)s::text[], %(to)s::text[],"
        "  %(movements)s::text[]) as one (item_id, to_position, movement_id)),"
        " before as (select item_id, position from custody.holding"
        "  where institution_id = %(institution)s and item_id = any(%(items)s)"
        "   and bag_id = any(%(bags)s) order by item_id for update),"
        " shifted as (update custody.holding h set position = w.to_position,"
        "  bag_id = %(to_bag)s, step = step + 1"
        "  from wanted w join before using (item_id)"
        "  where h.institution_id = %(institution)s and h.item_id = w.item_id"
        "  returning h.item_id, h.step, before.position as from_position, h.position,"
        "   h.gross_weight_mg, h.fine_weight_mg, w.movement_id)"
        " insert into custody.movement (institution_id, thing_id, step, movement_id, kind,"
        "  from_position, to_position, weight_mg, fine_weight_mg, reference_id, moved_at,"
        "  moved_by)"
        " select %(institution)s, item_id, step, movement_id, %(kind)s, from_position, position,"
        "  gross_weight_mg, fine_weight_mg, %(reference)s, %(now)s, %(user)s from shifted"
        " returning thing_id",
        {
            "institution": uow.institution_id,
            "items": ordered,
            "to": [to[item_id] for item_id in ordered],
            "movements": [new_id("mvt") for _ in ordered],
            "bags": list(bag_ids),
            "to_bag": to_bag_id,
            "kind": str(kind),
            "reference": reference_id,
            "now": uow.now,
            "user": uow.actor.user_id,
        },
    )
    return len(rows)


def record_bags(
    uow: UnitOfWork,
    bags: Sequence[tuple[str, int, str, str]],
    *,
    kind: MovementKind,
    reference_id: str,
) -> None:
    """Writes down that bags moved: of each its id, weight, and the positions from and to."""
    uow.execute(
        "insert into custody.movement (institution_id, thing_id, step, movement_id, kind,"
        " from_position, to_position, weight_mg, fine_weight_mg, reference_id, moved_at, moved_by)"
        " select %(institution)s, one.bag_id, 1 + coalesce((select max(step)"
        "   from custody.movement m where m.institution_id = %(institution)s"
        "   and m.thing_id = one.bag_id), 0), one.movement_id, %(kind)s, one.from_position,"
        "  one.to_position, one.weight_mg, 0, %(reference)s, %(now)s, %(user)s"
        " from unnest(%(bags)s::text[], %(weights)s::bigint[], %(from)s::text[], %(to)s::text[],"
        "  %(movements)s::text[])"
        "  as one (bag_id, weight_mg, from_position, to_position, movement_id)",
        {
            "institution": uow.institution_id,
            "kind": str(kind),
            "reference": reference_id,
            "now": uow.now,
            "user": uow.actor.user_id,
            "bags": [bag[0] for bag in bags],
            "weights": [bag[1] for bag in bags],
            "from": [bag[2] for bag in bags],
            "to": [bag[3] for bag in bags],
            "movements": [new_id("mvt") for _ in bags],
        },
    )


def owners(uow: UnitOfWork, bag_id: str) -> dict[str, str]:
    """What is in a bag, each with its owner."""
    rows = uow.all(
        "select item_id, owner_id from custody.holding where institution_id = %s and bag_id = %s",
        uow.institution_id, bag_id,
    )  # fmt: skip
    return {row[0]: row[1] for row in rows}


def load(uow: UnitOfWork, item_ids: Sequence[str]) -> list[Holding]:
    """Those of the things that are held, in one query."""
    rows = uow.composed(
        _HOLDING + sql.SQL(" and h.item_id = any(%(items)s) order by h.item_id"),
        {"institution": uow.institution_id, "items": sorted(item_ids)},
    )
    return [_holding(row) for row in rows]


def held(uow: UnitOfWork, subject_ids: Sequence[str]) -> list[tuple[str, HeldItem]]:
    rows = uow.all(
        "select h.subject_id, h.item_id, h.bag_id, b.place_id, h.gross_weight_mg,"
        "  h.fine_weight_mg from custody.holding h"
        " join custody.bag b on b.institution_id = h.institution_id and b.bag_id = h.bag_id"
        " where h.institution_id = %s and h.subject_id = any(%s) and h.bag_id is not null"
        "  and b.status = any(%s) order by h.subject_id, h.item_id",
        uow.institution_id, list(subject_ids), [str(status) for status in CONFIRMED],
    )  # fmt: skip
    return [(row[0], HeldItem(*row[1:])) for row in rows]


def select_page(uow: UnitOfWork, filters: HoldingFilters, request: PageRequest) -> Page[Holding]:
    query: sql.Composable = _HOLDING
    parameters: dict[str, Any] = {"institution": uow.institution_id}
    for name, clause in _FILTERS.items():
        wanted = getattr(filters, name)
        if wanted is not None:
            query = query + clause
            parameters[name] = wanted
    framed = sql.SQL("select * from ({}) held where true").format(query)
    rows, total = newest_first(uow, framed, parameters, request, order=["item_id"])
    found = [_holding(row) for row in rows]
    return Page.of(found, request, lambda one: (uow.now, one.item_id), total)


def totals(uow: UnitOfWork, branch_id: str | None, *, by_place: bool) -> list[Total]:
    """What lies where, by branch or by place."""
    place = "p.place_id, p.path" if by_place else "null::text, null::text"
    rows = uow.composed(
        sql.SQL(
            "select p.branch_id, {place}, b.move_id is not null, count(distinct b.bag_id),"
            " count(*), sum(h.gross_weight_mg)::bigint, sum(h.fine_weight_mg)::bigint"
            " from custody.holding h"
            " join custody.bag b on b.institution_id = h.institution_id and b.bag_id = h.bag_id"
            " join custody.place p on p.institution_id = b.institution_id"
            "  and p.place_id = b.place_id"
            " where h.institution_id = %(institution)s and h.bag_id is not null"
            "  and (%(branch)s::text is null or p.branch_id = %(branch)s)"
            " group by 1, 2, 3, 4 order by 1, 3, 4"
        ).format(place=sql.SQL(place)),
        {"institution": uow.institution_id, "branch": branch_id},
    )
    return [
        Total(
            branch_id=row[0], place_id=row[1], place_path=row[2], is_in_transit=row[3],
            bag_count=row[4], item_count=row[5], gross_weight_mg=row[6], fine_weight_mg=row[7],
        )
        for row in rows
    ]  # fmt: skip


def metal_totals(uow: UnitOfWork, branch_id: str | None) -> list[MetalTotal]:
    rows = uow.all(
        "select p.branch_id, h.metal, h.fineness_bp, count(*), sum(h.net_weight_mg)::bigint,"
        "  sum(h.fine_weight_mg)::bigint from custody.holding h"
        " join custody.bag b on b.institution_id = h.institution_id and b.bag_id = h.bag_id"
        " join custody.place p on p.institution_id = b.institution_id and p.place_id = b.place_id"
        " where h.institution_id = %(institution)s and h.bag_id is not null"
        "  and (%(branch)s::text is null or p.branch_id = %(branch)s)"
        " group by 1, 2, 3 order by 1, 2, 3",
        {"institution": uow.institution_id, "branch": branch_id},
    )
    return [MetalTotal(*row) for row in rows]


def movements(uow: UnitOfWork, filters: MovementFilters, request: PageRequest) -> Page[Movement]:
    query: sql.Composable = sql.SQL(
        "select movement_id, thing_id, step, kind, from_position, to_position, weight_mg,"
        " fine_weight_mg, reference_id, moved_at, moved_by from custody.movement"
        " where institution_id = %(institution)s"
    )
    parameters: dict[str, Any] = {"institution": uow.institution_id}
    for name in ("thing_id", "reference_id"):
        wanted = getattr(filters, name)
        if wanted is not None:
            parameters[name] = wanted
            query = query + sql.SQL(" and {} = {}").format(
                sql.Identifier(name), sql.Placeholder(name)
            )
    rows, total = newest_first(uow, query, parameters, request, order=["movement_id"])
    found = [_movement(row) for row in rows]
    return Page.of(found, request, lambda one: (one.moved_at, one.movement_id), total)


def _holding(row: Row) -> Holding:
    return Holding(
        item_id=row[0], bag_id=row[1], bag_number=row[2], bag_status=row[3], subject_id=row[4],
        basis=row[5], owner_id=row[6], branch_id=row[7], place_id=row[8], place_path=row[9],
        is_in_transit=row[10], metal=row[11], gross_weight_mg=row[12], fine_weight_mg=row[13],
    )  # fmt: skip


def _movement(row: Row) -> Movement:
    return Movement(
        movement_id=row[0], thing_id=row[1], step=row[2], kind=MovementKind(row[3]),
        from_position=row[4], to_position=row[5], weight_mg=row[6], fine_weight_mg=row[7],
        reference_id=row[8], moved_at=row[9], moved_by=row[10],
    )  # fmt: skip
