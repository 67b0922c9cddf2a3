"""Access: entering with a credential, scopes, keys, and decisions that need two people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from sanduq.access import store
from sanduq.access.errors import (
    AboveRoleLimit,
    MakerMayNotApprove,
    NoAuthority,
    NothingToApprove,
    UnknownUser,
)
from sanduq.access.model import (
    SCOPES,
    ApiKey,
    Approval,
    ApprovalStatus,
    Branch,
    Institution,
    StaffUser,
    hash_secret,
    hint_of,
    may,
    new_secret,
)
from sanduq.kit.clock import FixedClock, SystemClock
from sanduq.kit.db import Actor, Database, Row, UnitOfWork
from sanduq.kit.errors import Forbidden, NotFound, Unauthorized, ValidationFailed
from sanduq.kit.ids import new_id
from sanduq.kit.money import Money

ANY_ASSET = "*"


@contextmanager
def work_with_key(db: Database, secret: str, request_id: str) -> Iterator[UnitOfWork]:
    """One unit of work for the holder of an API key.

    Refuses UNAUTHORIZED for an unknown, unapproved or revoked key, at once and everywhere.
    """
    with db.transaction() as connection:
        row = store.enter_with_key(connection, hash_secret(secret))
        if row is None:
            raise Unauthorized
        yield _unit(connection, row, request_id)


@contextmanager
def work_as(db: Database, institution: str, user_id: str, request_id: str) -> Iterator[UnitOfWork]:
    """One unit of work for a staff user: the command line, the worker, the console."""
    with db.transaction() as connection:
        row = store.enter_as(connection, institution, user_id)
        if row is None:
            raise UnknownUser
        yield _unit(connection, row, request_id)


def _unit(connection: object, row: Row, request_id: str) -> UnitOfWork:
    actor = Actor(
        institution_id=row[0],
        institution=row[1],
        user_id=row[2],
        credential_id=row[3],
        scopes=frozenset(row[4]),
        roles=frozenset(row[5]),
        is_live=row[6],
        rate_limit_per_minute=row[10],
    )
    return UnitOfWork(
        connection=connection,  # type: ignore[arg-type]
        actor=actor,
        clock=FixedClock(row[7]) if row[7] is not None else SystemClock(),
        time_zone=row[8],
        shariah_profile=row[9],
        request_id=request_id,
    )


def require_scope(actor: Actor, scope: str) -> None:
    """Refuses FORBIDDEN when the credential lacks `scope`."""
    if not may(actor.scopes, scope):
        raise Forbidden(f"this key lacks the scope {scope}")


def get_institution(uow: UnitOfWork) -> Institution:
    """The institution of this unit of work."""
    return store.get_institution(uow)


def default_branch(uow: UnitOfWork) -> str:
    """The branch that takes what names no other."""
    return store.default_branch(uow)


def list_branches(uow: UnitOfWork) -> list[Branch]:
    """All branches, by id."""
    return store.list_branches(uow)


def list_users(uow: UnitOfWork) -> list[StaffUser]:
    """All staff users, by id."""
    return store.list_users(uow)


def list_keys(uow: UnitOfWork) -> list[ApiKey]:
    """All keys, newest first, never their secrets."""
    return store.list_keys(uow)


def create_key(
    uow: UnitOfWork, *, name: str, user_id: str, scopes: Sequence[str]
) -> tuple[ApiKey, str]:
    """Makes a key that waits for another user's approval; the secret is returned this once.

    Refuses VALIDATION_ERROR for an unknown scope, NOT_FOUND for an unknown user.
    """
    for scope in scopes:
        if scope not in SCOPES:
            raise ValidationFailed.field("scopes", "unknown_scope", f"{scope!r} is no scope")
    if not store.user_is_active(uow, user_id):
        raise UnknownUser
    secret = new_secret(is_live=uow.actor.is_live)
    key = ApiKey(
        new_id("key"), name, hint_of(secret), user_id, tuple(sorted(scopes)), "PENDING_APPROVAL",
        uow.now, uow.actor.user_id,
    )  # fmt: skip
    store.insert_key(uow, key, hash_secret(secret))
    request_approvals(uow, "api_key.create", [(key.key_id, None)])
    return key, secret


def approve_key(uow: UnitOfWork, key_id: str) -> None:
    """Makes a waiting key usable. Refuses the maker, roles without authority, unknown keys."""
    decide(uow, "api_key.create", key_id, is_approved=True)
    store.set_key_status(uow, key_id, "ACTIVE")


def revoke_key(uow: UnitOfWork, key_id: str) -> None:
    """Ends a key at once. Refuses NOT_FOUND for an unknown or already revoked key."""
    if not store.set_key_status(uow, key_id, "REVOKED"):
        raise NotFound("there is no such key, or it is revoked already")


def request_approvals(
    uow: UnitOfWork, action: str, subjects: Sequence[tuple[str, Money | None]]
) -> list[Approval]:
    """Opens a four-eyes request per subject; each carries its maker."""
    approvals = [
        Approval(
            new_id("appr"), action, subject_id, amount, uow.actor.user_id, uow.now,
            ApprovalStatus.PENDING, None, None, None,
        )
        for subject_id, amount in subjects
    ]  # fmt: skip
    store.insert_approvals(uow, approvals)
    return approvals


def decide(
    uow: UnitOfWork, action: str, subject_id: str, *, is_approved: bool, reason: str | None = None
) -> Approval:
    """Closes the open request on a subject.

    Refuses CONFLICT without an open request, FORBIDDEN for the maker (approving; withdrawing a
    refusal of one's own work is allowed) and for roles without authority, LIMIT_EXCEEDED for an
    amount above the role's limit.
    """
    approval = store.pending_approval(uow, action, subject_id)
    if approval is None:
        raise NothingToApprove
    if uow.actor.user_id == approval.maker_id:
        raise MakerMayNotApprove
    require_authority(uow, action, approval.amount)
    status = ApprovalStatus.APPROVED if is_approved else ApprovalStatus.REJECTED
    store.decide_approval(uow, approval.approval_id, status, reason)
    return approval


def withdraw(uow: UnitOfWork, action: str, subject_id: str, reason: str | None = None) -> None:
    """Closes an open request because its subject was withdrawn; the maker may do this."""
    approval = store.pending_approval(uow, action, subject_id)
    if approval is not None:
        store.decide_approval(uow, approval.approval_id, ApprovalStatus.WITHDRAWN, reason)


def require_authority(uow: UnitOfWork, action: str, amount: Money | None) -> None:
    """Refuses a role that may not take `action`, or not for so much."""
    limits = store.role_limits(uow, action)
    if not limits:
        raise NoAuthority(f"none of your roles may decide {action}")
    if amount is None:
        return
    limit = limits.get(str(amount.asset), limits.get(ANY_ASSET))
    if limit is None:
        raise NoAuthority(f"none of your roles may decide {action} in {amount.asset.code}")
    if amount.amount_minor > limit:
        raise AboveRoleLimit(
            f"your role may decide {action} up to {Money(limit, amount.asset)}; this is {amount}"
        )


def get_approval(uow: UnitOfWork, approval_id: str) -> Approval:
    """One request. Refuses NOT_FOUND."""
    approval = store.get_approval(uow, approval_id)
    if approval is None:
        raise NotFound
    return approval


def list_approvals(
    uow: UnitOfWork, *, status: str | None, limit: int, before: str | None
) -> list[Approval]:
    """Requests, newest first, optionally of one status."""
    return store.list_approvals(uow, status=status, limit=limit, before=before)


def move_clock(uow: UnitOfWork, instant: datetime) -> None:
    """Freezes a sandbox institution's clock at `instant`, which may only lie ahead."""
    if uow.actor.is_live:
        raise Forbidden("a live institution's clock is the world's")
    if instant < uow.now:
        raise ValidationFailed.field("to", "in_the_past", "the test clock only moves forward")
    store.freeze_clock(uow, instant)
    uow.clock = FixedClock(instant)
