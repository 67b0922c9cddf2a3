"""SQL of repayments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import psycopg

from sanduq.kit.db import Row, UnitOfWork
from sanduq.kit.json import dumps, loads
from sanduq.kit.money import Money, asset_from_text
from sanduq.obligations.receipts.errors import RepaymentKnown
from sanduq.obligations.receipts.model import Repayment

_REPAYMENT = (
    "repayment_id, external_id, obligation_id, serves_id, amount_minor, asset, principal_minor,"
    " fee_minor, credit_minor, gift_minor, method, reference, received_on, journal_id, reverses,"
    " reason, recorded_at, recorded_by, metadata::text"
)


def insert_repayments(uow: UnitOfWork, repayments: Sequence[Repayment]) -> None:
    """Writes repayments in one statement. Refuses CONFLICT an external id taken meanwhile."""
    try:
        _insert_repayments(uow, repayments)
    except psycopg.errors.UniqueViolation as error:
        raise RepaymentKnown from error


def _insert_repayments(uow: UnitOfWork, repayments: Sequence[Repayment]) -> None:
    uow.execute(
        "insert into obligations.repayment (institution_id, repayment_id, external_id,"
        " obligation_id, serves_id, amount_minor, asset, principal_minor, fee_minor, credit_minor,"
        " gift_minor, method, reference, received_on, journal_id, reverses, reason, recorded_at,"
        " recorded_by, metadata)"
        " select %s, r.repayment_id, r.external_id, r.obligation_id, r.serves_id, r.amount_minor,"
        " r.asset, r.principal_minor, r.fee_minor, r.credit_minor, r.gift_minor, r.method,"
        " r.reference, r.received_on, r.journal_id, r.reverses, r.reason, %s, %s, r.metadata::json"
        " from unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::bigint[], %s::text[],"
        " %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::text[], %s::text[],"
        " %s::date[], %s::text[], %s::text[], %s::text[], %s::text[])"
        " r(repayment_id, external_id, obligation_id, serves_id, amount_minor, asset,"
        " principal_minor, fee_minor, credit_minor, gift_minor, method, reference, received_on,"
        " journal_id, reverses, reason, metadata)",
        uow.institution_id,
        uow.now,
        uow.actor.user_id,
        [r.repayment_id for r in repayments],
        [r.external_id for r in repayments],
        [r.obligation_id for r in repayments],
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
        f"select {_REPAYMENT} from obligations.repayment"
        " where institution_id = %s and serves_id = %s and repayment_id = %s",
        uow.institution_id,
        serves_id,
        repayment_id,
    )
    return _repayment(row) if row else None


def is_reversed(uow: UnitOfWork, repayment_id: str) -> bool:
    return (
        uow.one(
            "select 1 from obligations.repayment where institution_id = %s and reverses = %s",
            uow.institution_id,
            repayment_id,
        )
        is not None
    )


def known_external_ids(uow: UnitOfWork, external_ids: Sequence[str]) -> set[str]:
    rows = uow.all(
        "select external_id from obligations.repayment"
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
        f"select {_REPAYMENT} from obligations.repayment where institution_id = %s"
        " and serves_id = %s and repayment_id > %s order by repayment_id limit %s offset %s",
        uow.institution_id,
        serves_id,
        after or "",
        limit,
        offset,
    )
    return [_repayment(row) for row in rows]


def repayment_count(uow: UnitOfWork, serves_id: str) -> int:
    row = uow.one(
        "select count(*) from obligations.repayment where institution_id = %s and serves_id = %s",
        uow.institution_id,
        serves_id,
    )
    return int(row[0]) if row else 0
