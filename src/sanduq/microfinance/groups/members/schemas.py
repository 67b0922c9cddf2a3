"""Wire shapes of a group's roster."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from sanduq.kit.wire import Input, IsoDate, ListOutput, Output, PageQuery, Text
from sanduq.microfinance.groups.members.model import Membership, MemberStatus, Role

Identifier = Annotated[str, Field(min_length=1, max_length=70)]


class GroupMemberIn(Input):
    party_id: Identifier
    role: Role = Role.MEMBER
    joined_on: IsoDate | None = None


class GroupRoleIn(Input):
    role: Role
    on: IsoDate | None = None
    reason: Text | None = None


class GroupLeavingIn(Input):
    reason: Text
    on: IsoDate | None = None


class GroupMemberFilters(PageQuery):
    """`ACTIVE` (who is in the group now), `LEFT`, or `ALL` with the history."""

    status: Literal["ACTIVE", "LEFT", "ALL"] = "ACTIVE"


class GroupRoleOut(Output):
    role: Role
    from_date: date
    reason: str | None


class GroupMemberOut(Output):
    id: str
    type: Literal["group_member"]
    group_id: str
    party_id: str
    name: str
    role: Role
    status: MemberStatus
    joined_on: date
    left_on: date | None
    left_reason: str | None
    roles: list[GroupRoleOut]
    created_at: datetime
    created_by: str


class GroupMemberList(ListOutput):
    data: list[GroupMemberOut]


def member_out(member: Membership) -> dict[str, Any]:
    """A membership as the API writes it."""
    return GroupMemberOut(
        id=member.membership_id,
        type="group_member",
        group_id=member.group_id,
        party_id=member.party_id,
        name=member.party_name,
        role=member.role,
        status=member.status,
        joined_on=member.joined_on,
        left_on=member.left_on,
        left_reason=member.left_reason,
        roles=[
            GroupRoleOut(role=held.role, from_date=held.from_on, reason=held.reason)
            for held in member.roles
        ],
        created_at=member.created_at,
        created_by=member.created_by,
    ).model_dump()
