"""SQL of margin calls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from psycopg import sql

from sanduq.kit.db import Row, UnitOfWork
from sanduq.kit.listing import newest_first
from sanduq.kit.money import asset_from_text
from sanduq.kit.pages import Page, PageRequest
from sanduq.rahnu.contracts.margin.model import Channel, Delivery, MarginCall, MarginCause
from sanduq.rahnu.contracts.model import MarginFlag

_CALL = (
    "select margin_call_id, contract_id, pledgor_id, branch_id, asset, flag, called_on,"
    " cure_by_on, claims_minor, cover_minor, notice, created_at, created_by, channel, proof,"
    " delivered_on, delivered_by, ended_on, end_cause"
    " from rahnu.margin_call where institution_id = %(institution)s"
)
_FILTERS: Mapping[str, sql.SQL] = {
    "OPEN": sql.SQL(" and ended_on is null"),
    "CURED": sql.SQL(" and ended_on is not null and end_cause <> 'closed'"),
    "CLOSED": sql.SQL(" and ended_on is not null and end_cause = 'closed'"),
    "contract_id": sql.SQL(" and contract_id = %(contract_id)s"),
    "pledgor_id": sql.SQL(" and pledgor_id = %(pledgor_id)s"),
    "branch_id": sql.SQL(" and branch_id = %(branch_id)s"),
    "asset": sql.SQL(" and asset = %(asset)s"),
    "called_from": sql.SQL(" and called_on >= %(called_from)s"),
    "called_before": sql.SQL(" and called_on < %(called_before)s"),
    "cure_by": sql.SQL(" and ended_on is null and cure_by_on <= %(cure_by)s"),
}


def insert(uow: UnitOfWork, calls: Sequence[MarginCall]) -> None:
    """Writes calls in one statement."""
    uow.execute(
        "insert into rahnu.margin_call (institution_id, margin_call_id, contract_id, pledgor_id,"
        " branch_id, asset, flag, called_on, cure_by_on, claims_minor, cover_minor, notice,"
        " created_at, created_by) select %s, n.*, %s, %s from unnest(%s::text[], %s::text[],"
        " %s::text[], %s::text[], %s::text[], %s::text[], %s::date[], %s::date[], %s::bigint[],"
        " %s::bigint[], %s::text[]) n",
        uow.institution_id, uow.now, uow.actor.user_id,
        [one.margin_call_id for one in calls], [one.contract_id for one in calls],
        [one.pledgor_id for one in calls], [one.branch_id for one in calls],
        [str(one.asset) for one in calls], [str(one.flag) for one in calls],
        [one.called_on for one in calls], [one.cure_by_on for one in calls],
        [one.claims_minor for one in calls], [one.cover_minor for one in calls],
        [one.notice for one in calls],
    )  # fmt: skip


def end(uow: UnitOfWork, ended: Mapping[str, MarginCause], on: date) -> None:
    """Ends the open calls of pledges, each for its cause, in one statement."""
    uow.execute(
        "update rahnu.margin_call m set ended_on = greatest(%s, m.called_on), end_cause = n.cause"
        " from unnest(%s::text[], %s::text[]) n(contract_id, cause)"
        " where m.institution_id = %s and m.contract_id = n.contract_id and m.ended_on is null",
        on, list(ended), [str(cause) for cause in ended.values()], uow.institution_id,
    )  # fmt: skip


def set_delivery(
    uow: UnitOfWork, margin_call_id: str, delivery: Delivery, cure_by_on: date
) -> None:
    uow.execute(
        "update rahnu.margin_call set channel = %s, proof = %s, delivered_on = %s,"
        " delivered_by = %s, cure_by_on = %s where institution_id = %s and margin_call_id = %s",
        str(delivery.channel), delivery.proof, delivery.delivered_on, delivery.recorded_by,
        cure_by_on, uow.institution_id, margin_call_id,
    )  # fmt: skip


def get(uow: UnitOfWork, margin_call_id: str, *, is_locked: bool = False) -> MarginCall | None:
    rows = uow.composed(
        sql.SQL(_CALL + " and margin_call_id = %(id)s" + (" for update" if is_locked else "")),
        {"institution": uow.institution_id, "id": margin_call_id},
    )
    return _call(rows[0]) if rows else None


def open_call(uow: UnitOfWork, contract_id: str) -> MarginCall | None:
    """The call that waits on a pledge, if one does."""
    rows = uow.composed(
        sql.SQL(_CALL + " and contract_id = %(contract_id)s and ended_on is null"),
        {"institution": uow.institution_id, "contract_id": contract_id},
    )
    return _call(rows[0]) if rows else None


def search(
    uow: UnitOfWork, status: str | None, filters: Mapping[str, Any], request: PageRequest
) -> Page[MarginCall]:
    """Calls that match every filter, newest first."""
    query: sql.Composable = sql.SQL(_CALL)
    for name in ([status] if status else []) + list(filters):
        query = query + _FILTERS[name]
    parameters = {"institution": uow.institution_id, **filters}
    rows, total = newest_first(uow, query, parameters, request, order=["margin_call_id"])
    found = [_call(row) for row in rows]
    return Page.of(found, request, lambda one: (one.created_at, one.margin_call_id), total)


def _call(row: Row) -> MarginCall:
    delivery = None if row[13] is None else Delivery(Channel(row[13]), row[14], row[15], row[16])
    return MarginCall(
        margin_call_id=row[0],
        contract_id=row[1],
        pledgor_id=row[2],
        branch_id=row[3],
        asset=asset_from_text(row[4]),
        flag=MarginFlag(row[5]),
        called_on=row[6],
        cure_by_on=row[7],
        claims_minor=row[8],
        cover_minor=row[9],
        notice=row[10],
        created_at=row[11],
        created_by=row[12],
        delivery=delivery,
        ended_on=row[17],
        end_cause=None if row[18] is None else MarginCause(row[18]),
    )
