"""Access: entering with a credential, scopes, keys, and decisions that need two people."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
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
    InstitutionState,
    Role,
    StaffUser,
    hash_secret,
    hint_of,
    may,
    new_secret,
)
from sanduq.kit.clock import FixedClock, SystemClock
from sanduq.kit.db import Actor, Database, Row, UnitOfWork
from sanduq.kit.errors import Conflict, Forbidden, NotFound, Unauthorized, ValidationFailed
from sanduq.kit.ids import new_id, own_id
from sanduq.kit.money import Money
from sanduq.kit.pages import Page, PageRequest

ANY_ASSET = "*"
KEY_ACTION = "api_key.create"
USER_ACTION = "user.create"

Decider = Callable[[UnitOfWork, str, bool, str | None], None]
"""Carries out a decision: unit of work, subject, whether it is approved, and the reason."""

Witness = Callable[[UnitOfWork, str, str, str | None], None]
"""Writes down an act of access itself: unit of work, action, subject, reason."""

_deciders: dict[str, Decider] = {}
_witnesses: list[Witness] = []


def on_decision(action: str, decider: Decider) -> None:
    """Names who carries out decisions on `action`; wired at assembly, the last one named wins.

    The decider calls `decide`, which refuses; so a decision taken on the subject's own path and
    one taken on the approval are the same act.
    """
    _deciders[action] = decider


def on_deed(witness: Witness) -> None:
    """Has `witness` write down users, branches and keys made or ended here; wired once.

    The audit log stands beside this room, so access is told where to write, not the reverse.
    """
    if witness not in _witnesses:
        _witnesses.append(witness)


def _tell(uow: UnitOfWork, action: str, subject_id: str, reason: str | None = None) -> None:
    for witness in _witnesses:
        witness(uow, action, subject_id, reason)


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


@contextmanager
def work_as_system(db: Database, institution: str, request_id: str) -> Iterator[UnitOfWork]:
    """One unit of work for the clockwork: end of day, checkpoints, verification, exports.

    Its actor is `user_system`, who holds no role and so may decide nothing. Refuses NOT_FOUND.
    """
    with db.transaction() as connection:
        row = store.enter_as_system(connection, institution)
        if row is None:
            raise NotFound(f"there is no institution {institution!r} here")
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


def institutions(db: Database) -> list[InstitutionState]:
    """Every institution of the database, by id; for the worker, which enters each in turn."""
    with db.transaction() as connection:
        return store.institutions(connection)


def known_branches(uow: UnitOfWork, branch_ids: Collection[str]) -> set[str]:
    """Those of the ids that are branches of the institution, in one query."""
    return store.known_branches(uow, branch_ids) if branch_ids else set()


def branch_name(uow: UnitOfWork, branch_id: str) -> str:
    """What people call a branch. Refuses NOT_FOUND."""
    name = store.branch_name(uow, branch_id)
    if name is None:
        raise NotFound(f"there is no branch {branch_id}")
    return name


def list_branches(uow: UnitOfWork, request: PageRequest) -> Page[Branch]:
    """Branches, newest first."""
    return store.list_branches(uow, request)


def create_branch(uow: UnitOfWork, *, name: str, branch_id: str | None = None) -> Branch:
    """Opens a branch, under an id the caller may bring. Refuses CONFLICT for an id in use."""
    own = own_id(branch_id, "brn") if branch_id is not None else new_id("brn")
    branch = Branch(own, name, is_default=False, created_at=uow.now)
    if not store.insert_branch(uow, branch):
        raise Conflict(f"there is a branch {own} already")
    _tell(uow, "branch.create", own)
    return branch


def list_users(uow: UnitOfWork, request: PageRequest) -> Page[StaffUser]:
    """Staff users, newest first."""
    return store.list_users(uow, request)


def create_user(
    uow: UnitOfWork,
    *,
    name: str,
    roles: Sequence[str],
    email: str | None = None,
    branch_id: str | None = None,
    user_id: str | None = None,
) -> StaffUser:
    """Takes on a staff user, under an id the caller may bring.

    Refuses FORBIDDEN without authority for `user.create`, VALIDATION_ERROR for a role or branch
    that is not there, CONFLICT for an id or e-mail address in use.
    """
    require_authority(uow, USER_ACTION, None)
    own = own_id(user_id, "user") if user_id is not None else new_id("user")
    unknown = sorted(set(roles) - store.known_roles(uow))
    if unknown:
        raise ValidationFailed.field("roles", "unknown_role", f"there is no role {unknown[0]!r}")
    if branch_id is not None and not store.branch_exists(uow, branch_id):
        raise ValidationFailed.field(
            "branch_id", "unknown_branch", f"there is no branch {branch_id!r}"
        )
    user = StaffUser(
        own, name, email, tuple(sorted(set(roles))), branch_id, is_active=True, created_at=uow.now
    )
    if not store.insert_user(uow, user):
        raise Conflict(f"the id {own} or the e-mail address belongs to another user")
    _tell(uow, USER_ACTION, own)
    return user


def list_roles(uow: UnitOfWork) -> list[Role]:
    """Roles with their scopes and limits, by name."""
    return store.list_roles(uow)


def list_keys(uow: UnitOfWork, request: PageRequest) -> Page[ApiKey]:
    """Keys, newest first, never their secrets."""
    return store.list_keys(uow, request)


def get_key(uow: UnitOfWork, key_id: str) -> ApiKey:
    """One key, never its secret. Refuses NOT_FOUND."""
    key = store.get_key(uow, key_id)
    if key is None:
        raise NotFound
    return key


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
        new_id("key"), name, hint_of(secret), user_id, tuple(sorted(set(scopes))),
        "PENDING_APPROVAL", uow.now, uow.actor.user_id,
    )  # fmt: skip
    store.insert_key(uow, key, hash_secret(secret))
    request_approvals(uow, KEY_ACTION, [(key.key_id, None)])
    _tell(uow, KEY_ACTION, key.key_id)
    return key, secret


def approve_key(uow: UnitOfWork, key_id: str) -> ApiKey:
    """Makes a waiting key usable. Refuses the maker, roles without authority, unknown keys."""
    get_key(uow, key_id)
    _decide_key(uow, key_id, True, None)
    return get_key(uow, key_id)


def revoke_key(uow: UnitOfWork, key_id: str, reason: str | None = None) -> ApiKey:
    """Ends a key at once. Refuses NOT_FOUND for an unknown key, CONFLICT for an ended one."""
    get_key(uow, key_id)
    if not store.set_key_status(uow, key_id, "REVOKED"):
        raise Conflict("this key is REVOKED already")
    withdraw(uow, KEY_ACTION, key_id, reason)
    _tell(uow, "api_key.revoke", key_id, reason)
    return get_key(uow, key_id)


def _decide_key(uow: UnitOfWork, key_id: str, is_approved: bool, reason: str | None) -> None:
    decide(uow, KEY_ACTION, key_id, is_approved=is_approved, reason=reason)
    store.set_key_status(uow, key_id, "ACTIVE" if is_approved else "REVOKED")
    _tell(uow, "api_key.approve" if is_approved else "api_key.reject", key_id, reason)


on_decision(KEY_ACTION, _decide_key)


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


def pending(uow: UnitOfWork, action: str, subject_id: str) -> Approval:
    """The open request on a subject, locked. Refuses CONFLICT when there is none."""
    approval = store.pending_approval(uow, action, subject_id)
    if approval is None:
        raise NothingToApprove
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
    uow: UnitOfWork, *, status: ApprovalStatus | None, request: PageRequest
) -> Page[Approval]:
    """Requests, newest first, optionally of one status."""
    return store.list_approvals(uow, status=status, request=request)


def decide_approval(
    uow: UnitOfWork, approval_id: str, *, is_approved: bool, reason: str | None = None
) -> Approval:
    """Takes a decision by its request, and lets it take effect on the subject.

    Refuses NOT_FOUND, CONFLICT for a request that is not pending, and all that `decide` and the
    subject's own decision refuse.
    """
    approval = get_approval(uow, approval_id)
    if approval.status is not ApprovalStatus.PENDING:
        raise NothingToApprove(f"this request is {approval.status}; only PENDING can be decided")
    decider = _deciders.get(approval.action)
    if decider is None:
        raise NothingToApprove(f"{approval.action} is decided at {approval.subject_id} itself")
    decider(uow, approval.subject_id, is_approved, reason)
    return get_approval(uow, approval_id)


def require_clock_move(uow: UnitOfWork, instant: datetime) -> None:
    """Refuses FORBIDDEN for a live institution, VALIDATION_ERROR for an instant in the past."""
    if uow.actor.is_live:
        raise Forbidden("a live institution's clock is the world's")
    if instant < uow.now:
        raise ValidationFailed.field("to", "in_the_past", "the test clock only moves forward")


def move_clock(uow: UnitOfWork, instant: datetime) -> None:
    """Freezes a sandbox institution's clock at `instant`, which may only lie ahead."""
    require_clock_move(uow, instant)
    store.freeze_clock(uow, instant)
    uow.clock = FixedClock(instant)
