"""SQL of access: keys, users, roles, approvals."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from psycopg import sql

from sanduq.access.model import (
    ApiKey,
    Approval,
    ApprovalStatus,
    Branch,
    Institution,
    InstitutionState,
    Role,
    RoleLimit,
    StaffUser,
)
from sanduq.kit.db import Connection, Row, UnitOfWork
from sanduq.kit.listing import newest_first
from sanduq.kit.money import Money, asset_from_text
from sanduq.kit.pages import Page, PageRequest


def enter_with_key(connection: Connection, key_hash: bytes) -> Row | None:
    """Binds the transaction to the key's institution; the actor's row, or nothing."""
    return connection.execute("select * from access.enter_with_key(%s)", (key_hash,)).fetchone()


def enter_as(connection: Connection, institution: str, user_id: str) -> Row | None:
    """Binds the transaction for a staff user; the actor's row, or nothing."""
    return connection.execute(
        "select * from access.enter_as(%s, %s)", (institution, user_id)
    ).fetchone()


def enter_as_system(connection: Connection, institution: str) -> Row | None:
    """Binds the transaction for the institution's own clockwork; a row, or nothing."""
    return connection.execute("select * from access.enter_as_system(%s)", (institution,)).fetchone()


def get_institution(uow: UnitOfWork) -> Institution:
    row = uow.one(
        "select institution_id, id, name, is_live, time_zone, currency, shariah_profile, weekend,"
        " holidays, prohibited_purposes, majority_age_years, clock_frozen_at,"
        " closed_through_on, created_at from access.institution where institution_id = %s",
        uow.institution_id,
    )
    assert row is not None
    number, own_id, name, is_live, zone, code, profile, weekend, holidays, prohibited, *rest = row
    return Institution(
        number, own_id, name, is_live, zone, code, profile,
        frozenset(weekend), frozenset(holidays), frozenset(prohibited), *rest,
    )  # fmt: skip


def default_branch(uow: UnitOfWork) -> str:
    row = uow.one(
        "select branch_id from access.branch where institution_id = %s and is_default",
        uow.institution_id,
    )
    assert row is not None, "an institution is made with its default branch"
    return str(row[0])


def institutions(connection: Connection) -> list[InstitutionState]:
    """Every institution of this database, by id: for the worker, which enters each in turn."""
    rows = connection.execute("select * from access.institutions()").fetchall()
    return [InstitutionState(*row) for row in rows]


def list_branches(uow: UnitOfWork, request: PageRequest) -> Page[Branch]:
    query = sql.SQL(
        "select branch_id, name, is_default, created_at from access.branch"
        " where institution_id = %(institution)s"
    )
    rows, total = newest_first(uow, query, _here(uow), request, order=("created_at", "branch_id"))
    found = [Branch(*row) for row in rows]
    return Page.of(found, request, lambda branch: (branch.created_at, branch.branch_id), total)


def insert_branch(uow: UnitOfWork, branch: Branch) -> bool:
    return bool(
        uow.execute(
            "insert into access.branch (institution_id, branch_id, name, is_default, created_at)"
            " values (%s, %s, %s, %s, %s) on conflict do nothing",
            uow.institution_id, branch.branch_id, branch.name, branch.is_default,
            branch.created_at,
        )
    )  # fmt: skip


def branch_name(uow: UnitOfWork, branch_id: str) -> str | None:
    row = uow.one(
        "select name from access.branch where institution_id = %s and branch_id = %s",
        uow.institution_id, branch_id,
    )  # fmt: skip
    return None if row is None else str(row[0])


def known_branches(uow: UnitOfWork, branch_ids: Collection[str]) -> set[str]:
    rows = uow.all(
        "select branch_id from access.branch where institution_id = %s and branch_id = any(%s)",
        uow.institution_id,
        list(branch_ids),
    )
    return {row[0] for row in rows}


def branch_exists(uow: UnitOfWork, branch_id: str) -> bool:
    return (
        uow.one(
            "select 1 from access.branch where institution_id = %s and branch_id = %s",
            uow.institution_id,
            branch_id,
        )
        is not None
    )


_USER = sql.SQL(
    "select user_id, name, email, roles, branch_id, is_active, created_at"
    " from access.staff_user where institution_id = %(institution)s"
)


def list_users(uow: UnitOfWork, request: PageRequest) -> Page[StaffUser]:
    rows, total = newest_first(uow, _USER, _here(uow), request, order=("created_at", "user_id"))
    found = [StaffUser(row[0], row[1], row[2], tuple(row[3]), *row[4:]) for row in rows]
    return Page.of(found, request, lambda user: (user.created_at, user.user_id), total)


def insert_user(uow: UnitOfWork, user: StaffUser) -> bool:
    return bool(
        uow.execute(
            "insert into access.staff_user (institution_id, user_id, name, email, roles, branch_id,"
            " is_active, created_at) values (%s, %s, %s, %s, %s, %s, %s, %s)"
            " on conflict do nothing",
            uow.institution_id, user.user_id, user.name, user.email, list(user.roles),
            user.branch_id, user.is_active, user.created_at,
        )
    )  # fmt: skip


def list_roles(uow: UnitOfWork) -> list[Role]:
    limits: dict[str, list[RoleLimit]] = {}
    for role, *limit in uow.all(
        "select role, action, asset, limit_minor from access.role_limit"
        " where institution_id = %s order by role, action, asset",
        uow.institution_id,
    ):
        limits.setdefault(role, []).append(RoleLimit(*limit))
    rows = uow.all(
        "select role, name, scopes from access.role where institution_id = %s order by role",
        uow.institution_id,
    )
    return [Role(row[0], row[1], tuple(row[2]), tuple(limits.get(row[0], ()))) for row in rows]


def known_roles(uow: UnitOfWork) -> set[str]:
    rows = uow.all("select role from access.role where institution_id = %s", uow.institution_id)
    return {row[0] for row in rows}


_KEY = sql.SQL(
    "select key_id, name, hint, user_id, scopes, status, created_at, created_by"
    " from access.api_key where institution_id = %(institution)s"
)


def _key(row: Row) -> ApiKey:
    own_id, name, hint, user_id, scopes, *rest = row
    return ApiKey(own_id, name, hint, user_id, tuple(scopes), *rest)


def list_keys(uow: UnitOfWork, request: PageRequest) -> Page[ApiKey]:
    rows, total = newest_first(uow, _KEY, _here(uow), request, order=("created_at", "key_id"))
    found = [_key(row) for row in rows]
    return Page.of(found, request, lambda key: (key.created_at, key.key_id), total)


def get_key(uow: UnitOfWork, key_id: str) -> ApiKey | None:
    """One key, locked: its status may be about to change."""
    rows = uow.composed(
        _KEY + sql.SQL(" and key_id = %(key)s for update"), {**_here(uow), "key": key_id}
    )
    return _key(rows[0]) if rows else None


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
    return dict(rows)


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


def list_approvals(
    uow: UnitOfWork, *, status: ApprovalStatus | None, request: PageRequest
) -> Page[Approval]:
    parameters = _here(uow)
    query: sql.Composable = _APPROVAL
    if status is not None:
        query = query + sql.SQL(" and status = %(status)s")
        parameters["status"] = str(status)
    rows, total = newest_first(uow, query, parameters, request, order=("approval_id",))
    found = [_approval(row) for row in rows]
    return Page.of(found, request, lambda one: (one.requested_at, one.approval_id), total)


def decide_approval(
    uow: UnitOfWork, approval_id: str, status: ApprovalStatus, reason: str | None
) -> None:
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


def _here(uow: UnitOfWork) -> dict[str, Any]:
    return {"institution": uow.institution_id}
