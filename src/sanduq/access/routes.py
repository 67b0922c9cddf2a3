"""HTTP of access: the institution, its people, their keys, and decisions that need two."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from sanduq.access import service
from sanduq.access.schemas import (
    ApiKeyCreatedOut,
    ApiKeyIn,
    ApiKeyList,
    ApiKeyOut,
    ApprovalFilters,
    ApprovalList,
    ApprovalOut,
    BranchIn,
    BranchList,
    BranchOut,
    InstitutionList,
    InstitutionOut,
    OptionalReasonIn,
    ReasonIn,
    RoleList,
    UserIn,
    UserList,
    UserOut,
    approval_out,
    branch_out,
    institution_out,
    key_created_out,
    key_out,
    role_out,
    user_out,
)
from sanduq.kit.db import UnitOfWork
from sanduq.kit.errors import NotFound
from sanduq.kit.json import dumps, loads
from sanduq.kit.pages import LIMIT_MAX, Page, PageRequest
from sanduq.kit.web import gateway, scope
from sanduq.kit.wire import PageQuery, checked_id

router = APIRouter(prefix="/v1", tags=["Access"])

_READ = scope("access:read")
_WRITE = scope("access:write")


@router.get("/institutions", response_model=InstitutionList, openapi_extra=_READ)
def list_institutions(request: Request) -> Any:
    """The key's own institution, as a list of one."""
    return gateway(request).read(request, lambda uow: _whole([_institution(uow)]))


@router.get("/institutions/{institution_id}", response_model=InstitutionOut, openapi_extra=_READ)
def get_institution(request: Request, institution_id: str) -> Any:
    """The key's own institution; every other id is unknown here."""

    def work(uow: UnitOfWork) -> dict[str, Any]:
        if institution_id != uow.actor.institution:
            raise NotFound
        return _institution(uow)

    return gateway(request).read(request, work)


@router.get("/branches", response_model=BranchList, openapi_extra=_READ)
def list_branches(request: Request, query: Annotated[PageQuery, Query()]) -> Any:
    """Branches, newest first."""
    page = query.page_request()
    return gateway(request).read(
        request, lambda uow: service.list_branches(uow, page).render(branch_out)
    )


@router.post("/branches", response_model=BranchOut, status_code=201, openapi_extra=_WRITE)
def create_branch(request: Request, body: BranchIn) -> Any:
    """Opens a branch; its `brn_` id may be brought along."""
    return gateway(request).write(
        request,
        lambda uow: branch_out(service.create_branch(uow, name=body.name, branch_id=body.id)),
        status=201,
    )


@router.get("/users", response_model=UserList, openapi_extra=_READ)
def list_users(request: Request, query: Annotated[PageQuery, Query()]) -> Any:
    """Staff users, newest first."""
    page = query.page_request()
    return gateway(request).read(
        request, lambda uow: service.list_users(uow, page).render(user_out)
    )


@router.post("/users", response_model=UserOut, status_code=201, openapi_extra=_WRITE)
def create_user(request: Request, body: UserIn) -> Any:
    """Takes on a staff user with existing roles; the `user_` id may be brought along."""

    def work(uow: UnitOfWork) -> dict[str, Any]:
        user = service.create_user(
            uow,
            name=body.name,
            roles=body.roles,
            email=body.email,
            branch_id=body.branch_id,
            user_id=body.id,
        )
        return user_out(user)

    return gateway(request).write(request, work, status=201)


@router.get("/roles", response_model=RoleList, openapi_extra=_READ)
def list_roles(request: Request) -> Any:
    """Every role with its scopes and with how much it may decide."""
    return gateway(request).read(
        request, lambda uow: _whole([role_out(role) for role in service.list_roles(uow)])
    )


@router.get("/api-keys", response_model=ApiKeyList, openapi_extra=_READ)
def list_keys(request: Request, query: Annotated[PageQuery, Query()]) -> Any:
    """Keys, newest first, never their secrets."""
    page = query.page_request()
    return gateway(request).read(request, lambda uow: service.list_keys(uow, page).render(key_out))


@router.post("/api-keys", response_model=ApiKeyCreatedOut, status_code=201, openapi_extra=_WRITE)
def create_key(request: Request, body: ApiKeyIn) -> Any:
    """Makes a key that another user must approve; the secret is in this answer and nowhere else."""
    shown: list[str] = []

    def work(uow: UnitOfWork) -> dict[str, Any]:
        key, secret = service.create_key(
            uow, name=body.name, user_id=body.user_id, scopes=body.scopes
        )
        shown[:] = [secret]
        return key_created_out(key)

    answer = gateway(request).write(request, work, status=201)
    return _with_secret(answer, shown[0]) if shown and answer.status_code == 201 else answer


def _with_secret(answer: Any, secret: str) -> Any:
    """Adds the secret after the answer was stored: a stored answer would keep it for ever."""
    answer.body = dumps({**loads(answer.body), "secret": secret})
    answer.headers["content-length"] = str(len(answer.body))
    return answer


@router.post("/api-keys/{key_id}/approve", response_model=ApiKeyOut, openapi_extra=_WRITE)
def approve_key(request: Request, key_id: str) -> Any:
    """Makes a waiting key usable; its maker may not."""
    own = checked_id(key_id, "key", "key_id")
    return gateway(request).write(request, lambda uow: key_out(service.approve_key(uow, own)))


@router.post("/api-keys/{key_id}/revoke", response_model=ApiKeyOut, openapi_extra=_WRITE)
def revoke_key(request: Request, key_id: str, body: OptionalReasonIn | None = None) -> Any:
    """Ends a key at once, everywhere."""
    own = checked_id(key_id, "key", "key_id")
    reason = body.reason if body is not None else None
    return gateway(request).write(
        request, lambda uow: key_out(service.revoke_key(uow, own, reason))
    )


@router.get("/approvals", response_model=ApprovalList, openapi_extra=_READ)
def list_approvals(request: Request, query: Annotated[ApprovalFilters, Query()]) -> Any:
    """Four-eyes requests, newest first, optionally of one status."""
    page = query.page_request()
    return gateway(request).read(
        request,
        lambda uow: service.list_approvals(uow, status=query.status, request=page).render(
            approval_out
        ),
    )


@router.get("/approvals/{approval_id}", response_model=ApprovalOut, openapi_extra=_READ)
def get_approval(request: Request, approval_id: str) -> Any:
    """One four-eyes request."""
    own = checked_id(approval_id, "appr", "approval_id")
    return gateway(request).read(request, lambda uow: approval_out(service.get_approval(uow, own)))


@router.post("/approvals/{approval_id}/approve", response_model=ApprovalOut, openapi_extra=_WRITE)
def approve(request: Request, approval_id: str, body: OptionalReasonIn | None = None) -> Any:
    """Approves what another user made; it takes effect with this answer."""
    reason = body.reason if body is not None else None
    return _decide(request, approval_id, is_approved=True, reason=reason)


@router.post("/approvals/{approval_id}/reject", response_model=ApprovalOut, openapi_extra=_WRITE)
def reject(request: Request, approval_id: str, body: ReasonIn) -> Any:
    """Refuses what another user made, with the reason."""
    return _decide(request, approval_id, is_approved=False, reason=body.reason)


def _decide(request: Request, approval_id: str, *, is_approved: bool, reason: str | None) -> Any:
    own = checked_id(approval_id, "appr", "approval_id")
    return gateway(request).write(
        request,
        lambda uow: approval_out(
            service.decide_approval(uow, own, is_approved=is_approved, reason=reason)
        ),
    )


def _institution(uow: UnitOfWork) -> dict[str, Any]:
    return institution_out(service.get_institution(uow), uow.today)


def _whole(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """A short list that always fits on one page."""
    request = PageRequest(limit=LIMIT_MAX, page=1)
    return Page(rows, False, request, None, len(rows)).render(lambda row: row)
