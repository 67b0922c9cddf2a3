"""SQL of recourse: what one member owes another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from psycopg import sql

from sanduq.kit.db import Row, UnitOfWork
from sanduq.kit.listing import newest_first
from sanduq.kit.money import asset_from_text
from sanduq.kit.pages import Page, PageRequest
from sanduq.microfinance.guarantee_calls.model import Recourse, RecourseStatus, Recovery

_RECOURSE = (
    "select recourse_id, group_id, call_id, payment_id, creditor_id, debtor_id, asset,"
    " amount_minor, recovered_minor, status, created_at, created_by, version"
    " from microfinance.recourse where institution_id = "
)


def _recourse(row: Row, recoveries: Mapping[str, tuple[Recovery, ...]]) -> Recourse:
    return Recourse(
        recourse_id=row[0],
        group_id=row[1],
        call_id=row[2],
        payment_id=row[3],
        creditor_id=row[4],
        debtor_id=row[5],
        asset=asset_from_text(row[6]),
        amount_minor=row[7],
        recovered_minor=row[8],
        status=RecourseStatus(row[9]),
        created_at=row[10],
        created_by=row[11],
        version=row[12],
        recoveries=recoveries.get(row[0], ()),
    )


def _recoveries(uow: UnitOfWork, ids: Sequence[str]) -> dict[str, tuple[Recovery, ...]]:
    rows = uow.all(
        "select recourse_id, recovery_id, amount_minor, recovered_on, note"
        " from microfinance.recourse_recovery where institution_id = %s and recourse_id = any(%s)"
        " order by recourse_id, recovery_id",
        uow.institution_id,
        list(ids),
    )
    found: dict[str, list[Recovery]] = {}
    for row in rows:
        found.setdefault(row[0], []).append(Recovery(*row[1:]))
    return {recourse_id: tuple(items) for recourse_id, items in found.items()}


def insert(uow: UnitOfWork, new: Recourse) -> None:
    uow.execute(
        "insert into microfinance.recourse (institution_id, recourse_id, group_id, call_id,"
        " payment_id, creditor_id, debtor_id, asset, amount_minor, recovered_minor, status,"
        " created_at, created_by, version) values (%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s)",
        uow.institution_id, new.recourse_id, new.group_id, new.call_id, new.payment_id,
        new.creditor_id, new.debtor_id, str(new.asset), new.amount_minor, new.recovered_minor,
        str(new.status), new.created_at, new.created_by, new.version,
    )  # fmt: skip


def update(uow: UnitOfWork, recourse: Recourse) -> None:
    uow.execute(
        "update microfinance.recourse set recovered_minor = %s, status = %s, version = %s"
        " where institution_id = %s and recourse_id = %s",
        recourse.recovered_minor,
        str(recourse.status),
        recourse.version,
        uow.institution_id,
        recourse.recourse_id,
    )


def insert_recovery(uow: UnitOfWork, recourse_id: str, recovery: Recovery) -> None:
    uow.execute(
        "insert into microfinance.recourse_recovery (institution_id, recovery_id, recourse_id,"
        " amount_minor, recovered_on, note, recorded_at, recorded_by)"
        " values (%s,%s,%s,%s,%s,%s,%s,%s)",
        uow.institution_id, recovery.recovery_id, recourse_id, recovery.amount_minor,
        recovery.recovered_on, recovery.note, uow.now, uow.actor.user_id,
    )  # fmt: skip


def get(uow: UnitOfWork, recourse_id: str, *, is_locked: bool = False) -> Recourse | None:
    row = uow.one(
        f"{_RECOURSE}%s and recourse_id = %s" + (" for no key update" if is_locked else ""),
        uow.institution_id,
        recourse_id,
    )
    return _recourse(row, _recoveries(uow, [recourse_id])) if row else None


def of_payment(uow: UnitOfWork, payment_id: str) -> Recourse | None:
    """What a payment on a call made the debtor owe, locked."""
    row = uow.one(
        f"{_RECOURSE}%s and payment_id = %s for no key update", uow.institution_id, payment_id
    )
    return _recourse(row, {}) if row else None


def select_page(
    uow: UnitOfWork, group_id: str, status: RecourseStatus | None, request: PageRequest
) -> Page[Recourse]:
    query: sql.Composable = sql.SQL(f"{_RECOURSE}%(institution)s and group_id = %(group)s")
    if status is not None:
        query = query + sql.SQL(" and status = %(status)s")
    parameters = {
        "institution": uow.institution_id,
        "group": group_id,
        "status": None if status is None else str(status),
    }
    rows, total = newest_first(uow, query, parameters, request, order=["created_at", "recourse_id"])
    recoveries = _recoveries(uow, [row[0] for row in rows])
    found = [_recourse(row, recoveries) for row in rows]
    return Page.of(found, request, lambda r: (r.created_at, r.recourse_id), total)
