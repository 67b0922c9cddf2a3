"""SQL of access: keys, users, roles, approvals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from psycopg import sql

from sanduq.access.model import ApiKey, Approval, ApprovalStatus, Branch, Institution, StaffUser
from sanduq.kit.db import Connection, Row, UnitOfWork
from sanduq.kit.money import Money, asset_from_text


def enter_with_key(connection: Connection, key_hash: bytes) -> Row | None:
    """Binds the transaction to the key's institution; the actor's row, or nothing."""
    return connection.execute(
        "select * from access.enter_with_key(%s)", (key_hash,)
    ).fetchone()


def enter_as(connection: Connection, institution: str, user_id: str) -> Row | None:
    """Binds the transaction for a staff user; the actor's row, or nothing."""
    return connection.execute(
        "select * from access.enter_as(%s, %s)", (institution, user_id)
    ).fetchone()


def get_institution(uow: UnitOfWork) -> Institution:
    row = uow.one(
        "select institution_id, id, name, is_live, time_zone, currency, shariah_profile, weekend,"
        " holidays, prohibited_purposes, majority_age_years, clock_frozen_at"
        " from access.institution where institution_id = %s",
        uow.institution_id,
    )
    assert row is not None
    return Institution(
        *row[:7], frozenset(row[7]), frozenset(row[8]), frozenset(row[9]), row[10], row[11]
    )


def default_branch(uow: UnitOfWork) -> str:
    row = uow.one(
        "select branch_id from access.branch where institution_id = %s and is_default",
        uow.institution_id,
    )
    assert row is not None, "an institution is made with its default branch"
    return str(row[0])


def list_branches(uow: UnitOfWork) -> list[Branch]:
    rows = uow.all(
        "select branch_id, name, is_default, created_at from access.branch"
        " where institution_id = %s order by branch_id",
        uow.institution_id,
    )
    return [Branch(*row) for row in rows]


def list_users(uow: UnitOfWork) -> list[StaffUser]:
    rows = uow.all(
        "select user_id, name, email, roles, branch_id, is_active, created_at"
        " from access.staff_user where institution_id = %s order by user_id",
        uow.institution_id,
    )
    return [StaffUser(row[0], row[1], row[2], tuple(row[3]), *row[4:]) for row in rows]


def list_keys(uow: UnitOfWork) -> list[ApiKey]:
    rows = uow.all(
        "select key_id, name, hint, user_id, scopes, status, created_at, created_by"
        " from access.api_key where institution_id = %s order by key_id desc",
        uow.institution_id,
    )
    return [ApiKey(*row[:4], tuple(row[4]), *row[5:]) for row in rows]


def insert_key(uow: UnitOfWork, key: ApiKey, key_hash: bytes) -> None:
    uow.execute(
        "insert into access.api_key (institution_id, key_id, name, hint, key_hash, user_id, scopes,"
        " status, created_at, created_by) values (%s,%s,%s,%s,%s,%s,%s,%s,%s,%s)",
        uow.institution_id, key.key_id, key.name, key.hint, key_hash, key.user_id,
        list(key.scopes), key.status, key.created_at, key.created_by,
    )  # fmt: skip


def set_key_status(uow: UnitOfWork, key_id: str, status: str) -> bool:
    return bool(
        uow.execute(
            "update access.api_key set status = %(status)s,"
            " approved_at = case when %(status)s = 'ACTIVE' then %(now)s else approved_at end,"
            " approved_by = case when %(status)s = 'ACTIVE' then %(user)s else approved_by end,"
            " revoked_at = case when %(status)s = 'REVOKED' then %(now)s else revoked_at end"
            " where institution_id = %(institution)s and key_id = %(key)s and status <> 'REVOKED'",
            {
                "status": status, "now": uow.now, "user": uow.actor.user_id,
                "institution": uow.institution_id, "key": key_id,
            },
        )
    )  # fmt: skip


def user_is_active(uow: UnitOfWork, user_id: str) -> bool:
    return (
        uow.one(
            "select 1 from access.staff_user"
            " where institution_id = %s and user_id = %s and is_active",
            uow.institution_id,
            user_id,
        )
        is not None
    )


def role_limits(uow: UnitOfWork, action: str) -> dict[str, int]:
    """The actor's highest limit by asset for one action (`*` stands for every asset)."""
    rows = uow.all(
        "select asset, max(limit_minor) from access.role_limit"
        " where institution_id = %s and role = any(%s) and action = %s group by asset",
        uow.institution_id,
        sorted(uow.actor.roles),
        action,
    )
    return dict(rows)  # type: ignore[arg-type]


def insert_approvals(uow: UnitOfWork, approvals: Sequence[Approval]) -> None:
    uow.execute(
        "insert into access.approval (institution_id, approval_id, action, subject_id, asset,"
        " amount_minor, maker_id, requested_at, status)"
        " select %s, a.*, 'PENDING' from unnest(%s::text[], %s::text[], %s::text[], %s::text[],"
        " %s::bigint[], %s::text[], %s::timestamptz[]) a",
        uow.institution_id,
        [a.approval_id for a in approvals],
        [a.action for a in approvals],
        [a.subject_id for a in approvals],
        [str(a.amount.asset) if a.amount else None for a in approvals],
        [a.amount.amount_minor if a.amount else None for a in approvals],
        [a.maker_id for a in approvals],
        [a.requested_at for a in approvals],
    )


_APPROVAL = sql.SQL(
    "select approval_id, action, subject_id, asset, amount_minor, maker_id, requested_at, status,"
    " checker_id, decided_at, reason from access.approval where institution_id = %(institution)s"
)


def _approval(row: Row) -> Approval:
    amount = Money(row[4], asset_from_text(row[3])) if row[3] is not None else None
    return Approval(
        row[0], row[1], row[2], amount, row[5], row[6], ApprovalStatus(row[7]), *row[8:]
    )


def pending_approval(uow: UnitOfWork, action: str, subject_id: str) -> Approval | None:
    """The open request on one subject, locked."""
    rows = uow.composed(
        _APPROVAL
        + sql.SQL(
            " and action = %(action)s and subject_id = %(subject)s and status = 'PENDING'"
            " for update"
        ),
        {"institution": uow.institution_id, "action": action, "subject": subject_id},
    )
    return _approval(rows[0]) if rows else None


def get_approval(uow: UnitOfWork, approval_id: str) -> Approval | None:
    rows = uow.composed(
        _APPROVAL + sql.SQL(" and approval_id = %(approval)s"),
        {"institution": uow.institution_id, "approval": approval_id},
    )
    return _approval(rows[0]) if rows else None


def list_approvals(uow: UnitOfWork, *, status: str | None, limit: int, before: str | None) -> list[Approval]:
    parameters: dict[str, Any] = {"institution": uow.institution_id, "limit": limit}
    query: sql.Composed | sql.SQL = _APPROVAL
    if status is not None:
        query = query + sql.SQL(" and status = %(status)s")
        parameters["status"] = status
    if before is not None:
        query = query + sql.SQL(" and approval_id < %(before)s")
        parameters["before"] = before
    rows = uow.composed(query + sql.SQL(" order by approval_id desc limit %(limit)s"), parameters)
    return [_approval(row) for row in rows]


def decide_approval(uow: UnitOfWork, approval_id: str, status: ApprovalStatus, reason: str | None) -> None:
    uow.execute(
        "update access.approval set status = %s, checker_id = %s, decided_at = %s, reason = %s"
        " where institution_id = %s and approval_id = %s",
        str(status), uow.actor.user_id, uow.now, reason, uow.institution_id, approval_id,
    )  # fmt: skip


def freeze_clock(uow: UnitOfWork, instant: object) -> None:
    uow.execute(
        "update access.institution set clock_frozen_at = %s where institution_id = %s",
        instant,
        uow.institution_id,
    )
