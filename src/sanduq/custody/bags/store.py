"""SQL of bags."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from psycopg import errors, sql

from sanduq.custody.bags.errors import NumberTaken
from sanduq.custody.bags.model import Bag, BagFilters, NewBag
from sanduq.custody.model import BagStatus, Basis, Consents
from sanduq.kit.db import Row, UnitOfWork
from sanduq.kit.json import dumps
from sanduq.kit.listing import newest_first
from sanduq.kit.pages import Page, PageRequest

_SELECT = sql.SQL(
    "select b.bag_id, b.external_id, b.bag_number, b.seal_number, b.subject_id, b.basis,"
    " b.status, b.place_id, p.branch_id, p.keeper_party_id, b.move_id, b.received_weight_mg,"
    " b.confirmed_weight_mg, b.sealed_weight_mg, held.item_ids, held.weight_mg,"
    " b.first_officer_id, b.second_officer_id, b.received_at, b.confirmed_at, b.ended_at,"
    " b.pledgor_consent, b.pledgee_consent, b.metadata, b.version"
    " from custody.bag b"
    " join custody.place p on p.institution_id = b.institution_id and p.place_id = b.place_id"
    " cross join lateral (select coalesce(array_agg(h.item_id order by h.item_id), '{}')"
    "   as item_ids, coalesce(sum(h.gross_weight_mg), 0)::bigint as weight_mg"
    "  from custody.holding h where h.institution_id = b.institution_id"
    "   and h.bag_id = b.bag_id) held"
    " where b.institution_id = %(institution)s"
)
_TAKEN = {
    "bag_number_held": "bag_number",
    "bag_seal_held": "seal_number",
    "bag_external": "external_id",
}


def taken(error: errors.UniqueViolation, numbers: dict[str, str]) -> NumberTaken:
    """The refusal of a number in use; any other doubled row is our fault."""
    field = _TAKEN.get(error.diag.constraint_name or "")
    if field is None:
        raise error
    return NumberTaken.of(field, numbers[field])


def insert(uow: UnitOfWork, bag_id: str, new: NewBag) -> None:
    consents = new.consents
    try:
        with uow.savepoint():
            uow.execute(
                "insert into custody.bag (institution_id, bag_id, external_id, bag_number,"
                " seal_number, subject_id, basis, status, place_id, received_weight_mg,"
                " sealed_weight_mg, first_officer_id, received_at, pledgor_consent,"
                " pledgee_consent, metadata, version)"
                " values (%s,%s,%s,%s,%s,%s,%s,'AWAITING_SECOND',%s,%s,%s,%s,%s,%s,%s,%s::json,1)",
                uow.institution_id, bag_id, new.external_id, new.bag_number, new.seal_number,
                new.subject_id, str(new.basis), new.place_id, new.weight_mg, new.weight_mg,
                uow.actor.user_id, uow.now, consents.pledgor if consents else None,
                consents.pledgee if consents else None, dumps(dict(new.metadata)).decode(),
            )  # fmt: skip
    except errors.UniqueViolation as error:
        numbers = {"bag_number": new.bag_number, "seal_number": new.seal_number}
        raise taken(error, {**numbers, "external_id": new.external_id or ""}) from None


def load(uow: UnitOfWork, bag_ids: Collection[str], *, is_locked: bool = False) -> list[Bag]:
    if is_locked:
        uow.all(
            "select bag_id from custody.bag where institution_id = %s and bag_id = any(%s)"
            " order by bag_id for no key update",
            uow.institution_id, sorted(bag_ids),
        )  # fmt: skip
    rows = uow.composed(
        _SELECT + sql.SQL(" and b.bag_id = any(%(ids)s) order by b.bag_id"),
        {"institution": uow.institution_id, "ids": sorted(bag_ids)},
    )
    return [_bag(row) for row in rows]


def of_subjects(uow: UnitOfWork, subject_ids: Collection[str]) -> list[Bag]:
    rows = uow.composed(
        _SELECT + sql.SQL(" and b.subject_id = any(%(ids)s) order by b.bag_id"),
        {"institution": uow.institution_id, "ids": sorted(subject_ids)},
    )
    return [_bag(row) for row in rows]


def confirm(uow: UnitOfWork, bag_id: str, weight_mg: int) -> None:
    uow.execute(
        "update custody.bag set status = 'IN_CUSTODY', confirmed_weight_mg = %s,"
        " second_officer_id = %s, confirmed_at = %s, version = version + 1"
        " where institution_id = %s and bag_id = %s",
        weight_mg, uow.actor.user_id, uow.now, uow.institution_id, bag_id,
    )  # fmt: skip


def end(uow: UnitOfWork, bag_ids: Collection[str], status: BagStatus) -> None:
    """Bags that are empty now: their numbers are free again."""
    uow.execute(
        "update custody.bag set status = %s, ended_at = %s, version = version + 1"
        " where institution_id = %s and bag_id = any(%s)",
        str(status), uow.now, uow.institution_id, sorted(bag_ids),
    )  # fmt: skip


def set_status(uow: UnitOfWork, bag_ids: Collection[str], status: BagStatus) -> None:
    uow.execute(
        "update custody.bag set status = %s, version = version + 1"
        " where institution_id = %s and bag_id = any(%s)",
        str(status), uow.institution_id, sorted(bag_ids),
    )  # fmt: skip


def assign(
    uow: UnitOfWork, bag_ids: Collection[str], subject_id: str, basis: Basis, owner_id: str | None
) -> None:
    """Has bags and what is in them stand for another subject, and owner, where they lie."""
    uow.execute(
        "with changed as (update custody.bag set subject_id = %s, basis = %s,"
        " version = version + 1 where institution_id = %s and bag_id = any(%s) returning bag_id)"
        " update custody.holding set subject_id = %s, owner_id = coalesce(%s, owner_id)"
        " where institution_id = %s and bag_id in (select bag_id from changed)",
        subject_id, str(basis), uow.institution_id, list(bag_ids), subject_id, owner_id,
        uow.institution_id,
    )  # fmt: skip


def set_transit(uow: UnitOfWork, bag_id: str, move_id: str | None, place_id: str) -> None:
    uow.execute(
        "update custody.bag set move_id = %s, place_id = %s, version = version + 1"
        " where institution_id = %s and bag_id = %s",
        move_id, place_id, uow.institution_id, bag_id,
    )  # fmt: skip


def reseal(uow: UnitOfWork, bag: Bag, seal_number: str, weight_mg: int) -> None:
    try:
        with uow.savepoint():
            uow.execute(
                "update custody.bag set status = 'IN_CUSTODY', seal_number = %s,"
                " sealed_weight_mg = %s, version = version + 1"
                " where institution_id = %s and bag_id = %s",
                seal_number, weight_mg, uow.institution_id, bag.bag_id,
            )  # fmt: skip
    except errors.UniqueViolation as error:
        raise taken(error, {"seal_number": seal_number}) from None


def select_page(uow: UnitOfWork, filters: BagFilters, request: PageRequest) -> Page[Bag]:
    query: sql.Composable = _SELECT
    parameters: dict[str, Any] = {"institution": uow.institution_id}
    for name in ("subject_id", "status", "place_id", "bag_number"):
        wanted = getattr(filters, name)
        if wanted is not None:
            parameters[name] = str(wanted)
            query = query + sql.SQL(" and b.{} = {}").format(
                sql.Identifier(name), sql.Placeholder(name)
            )
    rows, total = newest_first(uow, query, parameters, request, order=["bag_id"])
    found = [_bag(row) for row in rows]
    return Page.of(found, request, lambda one: (one.received_at, one.bag_id), total)


def _bag(row: Row) -> Bag:
    return Bag(
        bag_id=row[0], external_id=row[1], bag_number=row[2], seal_number=row[3],
        subject_id=row[4], basis=Basis(row[5]), status=BagStatus(row[6]), place_id=row[7],
        branch_id=row[8], keeper_party_id=row[9], move_id=row[10], received_weight_mg=row[11],
        confirmed_weight_mg=row[12], sealed_weight_mg=row[13], item_ids=tuple(row[14]),
        content_weight_mg=row[15], first_officer_id=row[16], second_officer_id=row[17],
        received_at=row[18], confirmed_at=row[19], ended_at=row[20],
        consents=Consents(row[21], row[22]) if row[21] is not None else None,
        metadata=row[23], version=row[24],
    )  # fmt: skip
