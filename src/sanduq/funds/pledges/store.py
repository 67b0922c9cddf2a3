"""SQL of pledges."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from psycopg import errors, sql

from sanduq.funds.pledges.errors import PledgeExternalIdTaken
from sanduq.funds.pledges.model import Frequency, Pledge, PledgeStatus
from sanduq.kit.db import Row, UnitOfWork
from sanduq.kit.errors import ValidationFailed
from sanduq.kit.json import dumps
from sanduq.kit.listing import newest_first
from sanduq.kit.money import asset_from_text
from sanduq.kit.pages import Page, PageRequest

_SELECT = sql.SQL(
    "select pledge_id, external_id, donor_id, asset, amount_minor, frequency, project_id,"
    " category, purpose, duration_months, starts_on, instalment_count, received_minor, status,"
    " metadata, created_at, created_by, version"
    " from funds.pledge where institution_id = %(institution)s"
)


def insert(uow: UnitOfWork, pledge: Pledge) -> None:
    try:
        with uow.savepoint():
            uow.execute(
                "insert into funds.pledge (institution_id, pledge_id, external_id, donor_id,"
                " asset, amount_minor, frequency, project_id, category, purpose, duration_months,"
                " starts_on, instalment_count, received_minor, status, metadata, created_at,"
                " created_by, version)"
                " values (%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s::json,%s,%s,%s)",
                uow.institution_id, pledge.pledge_id, pledge.external_id, pledge.donor_id,
                str(pledge.asset), pledge.amount_minor, str(pledge.frequency), pledge.project_id,
                pledge.category, pledge.purpose, pledge.duration_months, pledge.starts_on,
                pledge.instalment_count, pledge.received_minor, str(pledge.status),
                dumps(dict(pledge.metadata)).decode(), pledge.created_at, pledge.created_by,
                pledge.version,
            )  # fmt: skip
    except errors.UniqueViolation:
        raise PledgeExternalIdTaken from None
    except errors.ForeignKeyViolation as error:
        if error.diag.constraint_name != "pledge_donor":
            raise
        message = "there is no such party; POST /v1/parties enters the donor first"
        raise ValidationFailed.field("donor_id", "unknown_party", message) from None


def load(uow: UnitOfWork, ids: Collection[str], *, is_locked: bool = False) -> dict[str, Pledge]:
    tail = " and pledge_id = any(%(ids)s) order by pledge_id"
    rows = uow.composed(
        _SELECT + sql.SQL(tail + (" for no key update" if is_locked else "")),
        {"institution": uow.institution_id, "ids": sorted(ids)},
    )
    return {row[0]: _pledge(row) for row in rows}


def add_received(uow: UnitOfWork, received_minor: Mapping[str, int]) -> None:
    """Adds to what was received; a pledge that has come in full is fulfilled."""
    uow.execute(
        "update funds.pledge p set received_minor = p.received_minor + r.minor,"
        " version = p.version + 1,"
        " status = case when p.status = 'ACTIVE'"
        "  and p.received_minor + r.minor >= p.amount_minor * p.instalment_count"
        "  then 'FULFILLED' else p.status end"
        " from unnest(%s::text[], %s::bigint[]) r(pledge_id, minor)"
        " where p.institution_id = %s and p.pledge_id = r.pledge_id",
        list(received_minor),
        list(received_minor.values()),
        uow.institution_id,
    )


def set_cancelled(uow: UnitOfWork, pledge_id: str) -> None:
    uow.execute(
        "update funds.pledge set status = 'CANCELLED', version = version + 1"
        " where institution_id = %s and pledge_id = %s",
        uow.institution_id,
        pledge_id,
    )


def select_page(
    uow: UnitOfWork, request: PageRequest, filters: Mapping[str, str | None]
) -> Page[Pledge]:
    query: sql.Composable = _SELECT
    parameters: dict[str, Any] = {"institution": uow.institution_id}
    for column, wanted in filters.items():
        if wanted is not None:
            parameters[column] = wanted
            query += sql.SQL(" and {} = {}").format(sql.Identifier(column), sql.Placeholder(column))
    rows, total = newest_first(uow, query, parameters, request, order=["pledge_id"])
    found = [_pledge(row) for row in rows]
    return Page.of(found, request, lambda one: (one.created_at, one.pledge_id), total)


def _pledge(row: Row) -> Pledge:
    return Pledge(
        pledge_id=row[0],
        external_id=row[1],
        donor_id=row[2],
        asset=asset_from_text(row[3]),
        amount_minor=row[4],
        frequency=Frequency(row[5]),
        project_id=row[6],
        category=row[7],
        purpose=row[8],
        duration_months=row[9],
        starts_on=row[10],
        instalment_count=row[11],
        received_minor=row[12],
        status=PledgeStatus(row[13]),
        metadata=row[14],
        created_at=row[15],
        created_by=row[16],
        version=row[17],
    )
