"""SQL of release orders."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from psycopg import errors, sql

from sanduq.custody.model import Consents
from sanduq.custody.releases.errors import ReleaseOrdered
from sanduq.custody.releases.model import (
    HandOver,
    ReleaseFilters,
    ReleaseOrder,
    ReleaseReason,
    ReleaseStatus,
    hand_over_as_json,
    hand_over_from_json,
)
from sanduq.kit.db import Row, UnitOfWork
from sanduq.kit.json import dumps
from sanduq.kit.listing import newest_first
from sanduq.kit.pages import Page, PageRequest

_SELECT = sql.SQL(
    "select r.release_id, r.subject_id, r.branch_id, array(select i.item_id"
    "  from custody.release_item i where i.institution_id = r.institution_id"
    "  and i.release_id = r.release_id order by i.item_id), r.recipient_id, r.agent_id, r.reason,"
    " r.proof, r.status, r.pledgor_consent, r.pledgee_consent, r.hand_over, r.first_officer_id,"
    " r.second_officer_id, r.items_weight_mg, r.handed_over_at, r.cancelled_at, r.cancelled_by,"
    " r.cancel_reason, r.created_at, r.created_by, r.version"
    " from custody.release_order r where r.institution_id = %(institution)s"
)


def insert(uow: UnitOfWork, one: ReleaseOrder) -> None:
    consents = one.consents
    try:
        with uow.savepoint():
            uow.execute(
                "insert into custody.release_order (institution_id, release_id, subject_id,"
                " branch_id, recipient_id, agent_id, reason, proof, status, pledgor_consent,"
                " pledgee_consent, created_at, created_by, version)"
                " values (%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s)",
                uow.institution_id, one.release_id, one.subject_id, one.branch_id, one.recipient_id,
                one.agent_id, str(one.reason), one.proof, str(one.status),
                consents.pledgor if consents else None, consents.pledgee if consents else None,
                one.created_at, one.created_by, one.version,
            )  # fmt: skip
            uow.execute(
                "insert into custody.release_item (institution_id, release_id, item_id, is_open)"
                " select %s, %s, item_id, true from unnest(%s::text[]) as one (item_id)"
                " order by item_id",
                uow.institution_id, one.release_id, list(one.item_ids),
            )  # fmt: skip
    except errors.UniqueViolation:
        raise ReleaseOrdered from None


def load(
    uow: UnitOfWork, release_ids: Collection[str], *, is_locked: bool = False
) -> list[ReleaseOrder]:
    tail = " and r.release_id = any(%(ids)s) order by r.release_id"
    rows = uow.composed(
        _SELECT + sql.SQL(tail + (" for no key update of r" if is_locked else "")),
        {"institution": uow.institution_id, "ids": sorted(release_ids)},
    )
    return [_order(row) for row in rows]


def of_subjects(uow: UnitOfWork, subject_ids: Collection[str]) -> list[ReleaseOrder]:
    rows = uow.composed(
        _SELECT + sql.SQL(" and r.subject_id = any(%(ids)s) order by r.release_id"),
        {"institution": uow.institution_id, "ids": sorted(subject_ids)},
    )
    return [_order(row) for row in rows]


def set_hand_over(uow: UnitOfWork, release_id: str, seen: HandOver) -> None:
    uow.execute(
        "update custody.release_order set hand_over = %s::json, first_officer_id = %s,"
        " version = version + 1 where institution_id = %s and release_id = %s",
        dumps(hand_over_as_json(seen)).decode(), uow.actor.user_id, uow.institution_id, release_id,
    )  # fmt: skip


def close(
    uow: UnitOfWork,
    release_id: str,
    status: ReleaseStatus,
    *,
    items_weight_mg: int | None = None,
    reason: str | None = None,
) -> None:
    is_out = status is ReleaseStatus.HANDED_OVER
    uow.execute(
        "update custody.release_order set status = %(status)s, version = version + 1,"
        " second_officer_id = case when %(out)s then %(user)s end,"
        " items_weight_mg = %(weight)s, cancel_reason = %(reason)s,"
        " handed_over_at = case when %(out)s then %(now)s::timestamptz end,"
        " cancelled_by = case when not %(out)s then %(user)s end,"
        " cancelled_at = case when not %(out)s then %(now)s::timestamptz end"
        " where institution_id = %(institution)s and release_id = %(id)s",
        {
            "institution": uow.institution_id,
            "id": release_id,
            "status": str(status),
            "out": is_out,
            "user": uow.actor.user_id,
            "now": uow.now,
            "weight": items_weight_mg,
            "reason": reason,
        },
    )
    uow.execute(
        "update custody.release_item set is_open = false"
        " where institution_id = %s and release_id = %s",
        uow.institution_id, release_id,
    )  # fmt: skip


def select_page(
    uow: UnitOfWork, filters: ReleaseFilters, request: PageRequest
) -> Page[ReleaseOrder]:
    query: sql.Composable = _SELECT
    parameters: dict[str, Any] = {"institution": uow.institution_id}
    for name in ("status", "branch_id", "subject_id"):
        wanted = getattr(filters, name)
        if wanted is not None:
            parameters[name] = str(wanted)
            query = query + sql.SQL(" and r.{} = {}").format(
                sql.Identifier(name), sql.Placeholder(name)
            )
    rows, total = newest_first(uow, query, parameters, request, order=["release_id"])
    found = [_order(row) for row in rows]
    return Page.of(found, request, lambda one: (one.created_at, one.release_id), total)


def _order(row: Row) -> ReleaseOrder:
    return ReleaseOrder(
        release_id=row[0], subject_id=row[1], branch_id=row[2], item_ids=tuple(row[3]),
        recipient_id=row[4], agent_id=row[5], reason=ReleaseReason(row[6]), proof=row[7],
        status=ReleaseStatus(row[8]),
        consents=Consents(row[9], row[10]) if row[9] is not None else None,
        hand_over=hand_over_from_json(row[11]) if row[11] is not None else None,
        first_officer_id=row[12], second_officer_id=row[13], items_weight_mg=row[14],
        handed_over_at=row[15], cancelled_at=row[16], cancelled_by=row[17],
        cancel_reason=row[18], created_at=row[19], created_by=row[20], version=row[21],
    )  # fmt: skip
