"""SQL of parallel salams."""

from __future__ import annotations

import psycopg
from psycopg import sql

from sanduq.kit.db import Row, UnitOfWork
from sanduq.kit.json import dumps
from sanduq.kit.listing import newest_first
from sanduq.kit.money import asset_from_text
from sanduq.kit.pages import Page, PageRequest
from sanduq.microfinance.loans.salam.errors import ParallelExternalIdTaken
from sanduq.microfinance.loans.salam.model_goods import ParallelSalam, ParallelStatus

_PARALLEL = (
    "parallel_id, external_id, buyer_id, branch_id, asset, commodity_code, quantity_milli,"
    " quantity_unit, price_per_unit_minor, price_minor, specifications, delivery_on,"
    " delivery_place, notes, delivered_milli, earned_minor, status, metadata, created_at,"
    " created_by, version"
)


def _parallel(row: Row) -> ParallelSalam:
    return ParallelSalam(
        parallel_id=row[0], external_id=row[1], buyer_id=row[2], branch_id=row[3],
        asset=asset_from_text(row[4]), commodity=row[5], quantity_milli=row[6],
        quantity_unit=row[7], price_per_unit_minor=row[8], price_minor=row[9],
        specifications=row[10], delivery_on=row[11], delivery_place=row[12], notes=row[13],
        delivered_milli=row[14], earned_minor=row[15], status=ParallelStatus(row[16]),
        metadata=row[17], created_at=row[18], created_by=row[19], version=row[20],
    )  # fmt: skip


def insert(uow: UnitOfWork, new: ParallelSalam) -> None:
    """Writes a parallel salam. Refuses CONFLICT an external id that is taken."""
    try:
        with uow.savepoint():
            uow.execute(
                f"insert into microfinance.parallel_salam (institution_id, {_PARALLEL})"
                " values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s::jsonb, %s, %s, %s, %s,"
                " %s, %s, %s::jsonb, %s, %s, %s)",
                uow.institution_id, new.parallel_id, new.external_id, new.buyer_id,
                new.branch_id, str(new.asset), new.commodity, new.quantity_milli,
                new.quantity_unit, new.price_per_unit_minor, new.price_minor,
                dumps(dict(new.specifications)).decode(), new.delivery_on, new.delivery_place,
                new.notes, new.delivered_milli, new.earned_minor, str(new.status),
                dumps(dict(new.metadata)).decode(), new.created_at, new.created_by, new.version,
            )  # fmt: skip
    except psycopg.errors.UniqueViolation:
        raise ParallelExternalIdTaken from None


def get(uow: UnitOfWork, parallel_id: str, *, is_locked: bool = False) -> ParallelSalam | None:
    row = uow.one(
        f"select {_PARALLEL} from microfinance.parallel_salam"
        " where institution_id = %s and parallel_id = %s"
        + (" for no key update" if is_locked else ""),
        uow.institution_id,
        parallel_id,
    )
    return _parallel(row) if row else None


def search(
    uow: UnitOfWork, request: PageRequest, *, status: str | None, buyer_id: str | None
) -> Page[ParallelSalam]:
    query: sql.Composable = sql.SQL(
        f"select {_PARALLEL} from microfinance.parallel_salam"
        " where institution_id = %(institution)s"
    )
    if status is not None:
        query = query + sql.SQL(" and status = %(status)s")
    if buyer_id is not None:
        query = query + sql.SQL(" and buyer_id = %(buyer_id)s")
    rows, total = newest_first(
        uow,
        query,
        {"institution": uow.institution_id, "status": status, "buyer_id": buyer_id},
        request,
        order=["created_at", "parallel_id"],
    )
    found = [_parallel(row) for row in rows]
    return Page.of(found, request, lambda one: (one.created_at, one.parallel_id), total)


def update(uow: UnitOfWork, parallel: ParallelSalam) -> None:
    uow.execute(
        "update microfinance.parallel_salam set delivered_milli = %s, earned_minor = %s,"
        " status = %s, version = %s where institution_id = %s and parallel_id = %s",
        parallel.delivered_milli, parallel.earned_minor, str(parallel.status), parallel.version,
        uow.institution_id, parallel.parallel_id,
    )  # fmt: skip
