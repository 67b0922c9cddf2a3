"""HTTP of a group's roster."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from sanduq.kit.db import UnitOfWork
from sanduq.kit.web import gateway, scope
from sanduq.kit.wire import checked_id
from sanduq.microfinance.groups.members import service
from sanduq.microfinance.groups.members.model import MemberStatus
from sanduq.microfinance.groups.members.schemas import (
    GroupLeavingIn,
    GroupMemberFilters,
    GroupMemberIn,
    GroupMemberList,
    GroupMemberOut,
    GroupRoleIn,
    Identifier,
    member_out,
)

router = APIRouter(prefix="/v1/rails/microfinance/groups", tags=["Microfinance groups"])

READ, WRITE = "microfinance:read", "microfinance:write"


def _group_id(value: str) -> str:
    return checked_id(value, "grp", "group_id")


def _party_id(value: str) -> str:
    return checked_id(value, "cpty", "party_id")


@router.post(
    "/{group_id}/members",
    status_code=201,
    response_model=GroupMemberOut,
    openapi_extra=scope(WRITE),
)
def add_member(request: Request, group_id: Identifier, body: GroupMemberIn) -> Any:
    """Lets a person into a group."""

    def work(uow: UnitOfWork) -> Any:
        new = service.NewMember(_party_id(body.party_id), body.role, body.joined_on)
        return member_out(service.add_member(uow, _group_id(group_id), new))

    return gateway(request).write(request, work, status=201)


@router.get("/{group_id}/members", response_model=GroupMemberList, openapi_extra=scope(READ))
def list_members(
    request: Request, group_id: Identifier, query: Annotated[GroupMemberFilters, Query()]
) -> Any:
    """Who is in a group, and who was."""
    status = None if query.status == "ALL" else MemberStatus(query.status)
    return gateway(request).read(
        request,
        lambda uow: service.list_members(
            uow, _group_id(group_id), status, query.page_request()
        ).render(member_out),
    )


@router.post(
    "/{group_id}/members/{party_id}/role",
    response_model=GroupMemberOut,
    openapi_extra=scope(WRITE),
)
def set_role(
    request: Request, group_id: Identifier, party_id: Identifier, body: GroupRoleIn
) -> Any:
    """Gives a member an office, or takes it back."""
    return gateway(request).write(
        request,
        lambda uow: member_out(
            service.set_role(
                uow,
                _group_id(group_id),
                _party_id(party_id),
                body.role,
                on=body.on,
                reason=body.reason,
            )
        ),
    )


@router.post(
    "/{group_id}/members/{party_id}/leave",
    response_model=GroupMemberOut,
    openapi_extra=scope(WRITE),
)
def leave_group(
    request: Request, group_id: Identifier, party_id: Identifier, body: GroupLeavingIn
) -> Any:
    """Lets a member go whom nothing binds."""
    return gateway(request).write(
        request,
        lambda uow: member_out(
            service.leave(
                uow, _group_id(group_id), _party_id(party_id), reason=body.reason, on=body.on
            )
        ),
    )
