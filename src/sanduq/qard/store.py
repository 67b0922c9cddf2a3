"""SQL of qard contracts and their repayments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import psycopg

from sanduq.kit.db import Row, UnitOfWork
from sanduq.kit.json import dumps, loads
from sanduq.kit.money import Money, asset_from_text
from sanduq.qard.contract import Qard, QardStatus, Repayment
from sanduq.qard.errors import RepaymentKnown

_CONTRACT = (
    "qard_id, serves_id, borrower_id, branch_id, asset, principal_minor, fee_minor,"
    " component_order, cost_study_id, status, disbursed_on, journal_id, created_at, created_by"
)
_REPAYMENT = (
    "repayment_id, external_id, qard_id, serves_id, amount_minor, asset, principal_minor,"
    " fee_minor, credit_minor, gift_minor, method, reference, received_on, journal_id, reverses,"
    " reason, recorded_at, recorded_by, metadata::text"
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
        " %s::timestamptz[], %s::text[]) c",
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
    )


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
) -> None:
    """Sets a state; dates and journals of disbursement are kept when none are given."""
    uow.execute(
        "update qard.contract q set status = %s,"
        " disbursed_on = coalesce(c.disbursed_on, q.disbursed_on),"
        " journal_id = coalesce(c.journal_id, q.journal_id)"
        " from unnest(%s::text[], %s::date[], %s::text[]) c(qard_id, disbursed_on, journal_id)"
        " where q.institution_id = %s and q.qard_id = c.qard_id",
        str(status),
        list(ids),
        list(disbursed_on) or [None] * len(ids),
        list(journal_ids) or [None] * len(ids),
        uow.institution_id,
    )


def insert_repayments(uow: UnitOfWork, repayments: Sequence[Repayment]) -> None:
    """Writes repayments in one statement. Refuses CONFLICT an external id taken meanwhile."""
    try:
        _insert_repayments(uow, repayments)
    except psycopg.errors.UniqueViolation as error:
        raise RepaymentKnown from error


def _insert_repayments(uow: UnitOfWork, repayments: Sequence[Repayment]) -> None:
    uow.execute(
        "insert into qard.repayment (institution_id, repayment_id, external_id, qard_id, serves_id,"
        " amount_minor, asset, principal_minor, fee_minor, credit_minor, gift_minor, method,"
        " reference, received_on, journal_id, reverses, reason, recorded_at, recorded_by, metadata)"
        " select %s, r.repayment_id, r.external_id, r.qard_id, r.serves_id, r.amount_minor,"
        " r.asset, r.principal_minor, r.fee_minor, r.credit_minor, r.gift_minor, r.method,"
        " r.reference, r.received_on, r.journal_id, r.reverses, r.reason, %s, %s, r.metadata::json"
        " from unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::bigint[], %s::text[],"
        " %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::text[], %s::text[],"
        " %s::date[], %s::text[], %s::text[], %s::text[], %s::text[])"
        " r(repayment_id, external_id, qard_id, serves_id, amount_minor, asset, principal_minor,"
        " fee_minor, credit_minor, gift_minor, method, reference, received_on, journal_id,"
        " reverses, reason, metadata)",
        uow.institution_id,
        uow.now,
        uow.actor.user_id,
        [r.repayment_id for r in repayments],
        [r.external_id for r in repayments],
        [r.qard_id for r in repayments],
        [r.serves_id for r in repayments],
        [r.amount.amount_minor for r in repayments],
        [str(r.amount.asset) for r in repayments],
        [r.principal_minor for r in repayments],
        [r.fee_minor for r in repayments],
        [r.credit_minor for r in repayments],
        [r.gift_minor for r in repayments],
        [r.method for r in repayments],
        [r.reference for r in repayments],
        [r.received_on for r in repayments],
        [r.journal_id for r in repayments],
        [r.reverses for r in repayments],
        [r.reason for r in repayments],
        [metadata_text(r.metadata) for r in repayments],
    )


def metadata_text(metadata: Mapping[str, str]) -> str:
    return dumps(dict(metadata)).decode() if metadata else "{}"


def _repayment(row: Row) -> Repayment:
    amount = Money(row[4], asset_from_text(row[5]))
    values: list[Any] = [*row[:4], amount, *row[6:18], loads(row[18])]
    return Repayment(*values)


def get_repayment(uow: UnitOfWork, serves_id: str, repayment_id: str) -> Repayment | None:
    row = uow.one(
        f"select {_REPAYMENT} from qard.repayment"
        " where institution_id = %s and serves_id = %s and repayment_id = %s",
        uow.institution_id,
        serves_id,
        repayment_id,
    )
    return _repayment(row) if row else None


def is_reversed(uow: UnitOfWork, repayment_id: str) -> bool:
    return (
        uow.one(
            "select 1 from qard.repayment where institution_id = %s and reverses = %s",
            uow.institution_id,
            repayment_id,
        )
        is not None
    )


def known_external_ids(uow: UnitOfWork, external_ids: Sequence[str]) -> set[str]:
    rows = uow.all(
        "select external_id from qard.repayment"
        " where institution_id = %s and external_id = any(%s)",
        uow.institution_id,
        list(external_ids),
    )
    return {row[0] for row in rows}


def repayments_of(
    uow: UnitOfWork, serves_id: str, *, limit: int | None, after: str | None, offset: int
) -> list[Repayment]:
    """Repayments and reversals of one loan, in the order they were recorded."""
    rows = uow.all(
        f"select {_REPAYMENT} from qard.repayment where institution_id = %s and serves_id = %s"
        " and repayment_id > %s order by repayment_id limit %s offset %s",
        uow.institution_id,
        serves_id,
        after or "",
        limit,
        offset,
    )
    return [_repayment(row) for row in rows]


def repayment_count(uow: UnitOfWork, serves_id: str) -> int:
    row = uow.one(
        "select count(*) from qard.repayment where institution_id = %s and serves_id = %s",
        uow.institution_id,
        serves_id,
    )
    return int(row[0]) if row else 0


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
