"""SQL of qard contracts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sanduq.kit.db import Row, UnitOfWork
from sanduq.kit.money import asset_from_text
from sanduq.qard.contract import Qard, QardStatus

_CONTRACT = (
    "qard_id, serves_id, borrower_id, branch_id, asset, principal_minor, fee_minor,"
    " component_order, cost_study_id, status, disbursed_on, journal_id, created_at, created_by,"
    " fund, pool_id"
)


def _qard(row: Row) -> Qard:
    values: list[Any] = [*row]
    values[4], values[9] = asset_from_text(row[4]), QardStatus(row[9])
    return Qard(*values)


def insert(uow: UnitOfWork, contracts: Sequence[Qard]) -> None:
    uow.execute(
        f"insert into qard.contract (institution_id, {_CONTRACT})"
        " select %s, c.* from unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::text[],"
        " %s::bigint[], %s::bigint[], %s::text[], %s::text[], %s::text[], %s::date[], %s::text[],"
        " %s::timestamptz[], %s::text[], %s::text[], %s::text[]) c",
        uow.institution_id,
        [c.qard_id for c in contracts],
        [c.serves_id for c in contracts],
        [c.borrower_id for c in contracts],
        [c.branch_id for c in contracts],
        [str(c.asset) for c in contracts],
        [c.principal_minor for c in contracts],
        [c.fee_minor for c in contracts],
        [c.component_order for c in contracts],
        [c.cost_study_id for c in contracts],
        [str(c.status) for c in contracts],
        [c.disbursed_on for c in contracts],
        [c.journal_id for c in contracts],
        [c.created_at for c in contracts],
        [c.created_by for c in contracts],
        [c.fund for c in contracts],
        [c.pool_id for c in contracts],
    )


def load(uow: UnitOfWork, qard_id: str) -> Qard | None:
    row = uow.one(
        f"select {_CONTRACT} from qard.contract where institution_id = %s and qard_id = %s",
        uow.institution_id,
        qard_id,
    )
    return _qard(row) if row is not None else None


def load_locked(uow: UnitOfWork, ids: Sequence[str]) -> dict[str, Qard]:
    rows = uow.all(
        f"select {_CONTRACT} from qard.contract where institution_id = %s and qard_id = any(%s)"
        " order by qard_id for no key update",
        uow.institution_id,
        list(ids),
    )
    return {row[0]: _qard(row) for row in rows}


def set_status(
    uow: UnitOfWork,
    ids: Sequence[str],
    status: QardStatus,
    *,
    disbursed_on: Sequence[date | None] = (),
    journal_ids: Sequence[str | None] = (),
    funds: Sequence[str | None] = (),
    pool_ids: Sequence[str | None] = (),
) -> None:
    """Sets a state; what is known of the disbursement is kept when nothing is given."""
    uow.execute(
        "update qard.contract q set status = %s,"
        " disbursed_on = coalesce(c.disbursed_on, q.disbursed_on),"
        " journal_id = coalesce(c.journal_id, q.journal_id), fund = coalesce(c.fund, q.fund),"
        " pool_id = coalesce(c.pool_id, q.pool_id)"
        " from unnest(%s::text[], %s::date[], %s::text[], %s::text[], %s::text[])"
        " c(qard_id, disbursed_on, journal_id, fund, pool_id)"
        " where q.institution_id = %s and q.qard_id = c.qard_id",
        str(status),
        list(ids),
        list(disbursed_on) or [None] * len(ids),
        list(journal_ids) or [None] * len(ids),
        list(funds) or [None] * len(ids),
        list(pool_ids) or [None] * len(ids),
        uow.institution_id,
    )


def recent_fees(uow: UnitOfWork, asset: str, limit: int) -> list[tuple[int, int]]:
    """Principal and fee of the latest contracts made here; those brought in had other fees."""
    rows = uow.all(
        "select principal_minor, fee_minor from qard.contract"
        " where institution_id = %s and asset = %s and cost_study_id is not null"
        " order by created_at desc, qard_id desc limit %s",
        uow.institution_id,
        asset,
        limit,
    )
    return [(row[0], row[1]) for row in rows]
