"""Wire shapes of access: institution, branches, users, roles, keys, approvals."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from sanduq.access.model import (
    ApiKey,
    Approval,
    ApprovalStatus,
    Branch,
    Institution,
    Role,
    StaffUser,
)
from sanduq.kit.money import MINOR_MAX, Money, asset_from_text
from sanduq.kit.wire import AmountOut, Input, ListOutput, Output, PageQuery, Text, number

ANY_ASSET = "*"
Email = Annotated[Text, Field(pattern=r"^[^@\s]+@[^@\s]+$", max_length=254)]


class InstitutionOut(Output):
    id: str
    type: Literal["institution"]
    name: str
    livemode: bool
    time_zone: str
    currency: str
    shariah_profile: str
    weekend: list[int]
    holidays: list[date]
    majority_age_years: int
    business_on: date
    closed_through_on: date
    clock_frozen_at: datetime | None
    created_at: datetime


class InstitutionList(ListOutput):
    data: list[InstitutionOut]


class BranchIn(Input):
    id: Text | None = None
    name: Text


class BranchOut(Output):
    id: str
    type: Literal["branch"]
    name: str
    is_default: bool
    created_at: datetime


class BranchList(ListOutput):
    data: list[BranchOut]


class UserIn(Input):
    id: Text | None = None
    name: Text
    email: Email | None = None
    roles: Annotated[list[Text], Field(min_length=1, max_length=20)]
    branch_id: Text | None = None


class UserOut(Output):
    id: str
    type: Literal["user"]
    name: str
    email: str | None
    roles: list[str]
    branch_id: str | None
    is_active: bool
    created_at: datetime


class UserList(ListOutput):
    data: list[UserOut]


class RoleLimitOut(Output):
    action: str
    currency: str | None
    limit: AmountOut | None
    limit_minor: int | None


class RoleOut(Output):
    id: str
    type: Literal["role"]
    name: str
    scopes: list[str]
    limits: list[RoleLimitOut]


class RoleList(ListOutput):
    data: list[RoleOut]


class ApiKeyIn(Input):
    name: Text
    user_id: Text
    scopes: Annotated[list[Text], Field(min_length=1, max_length=100)]


class ApiKeyOut(Output):
    id: str
    type: Literal["api_key"]
    name: str
    hint: str
    user_id: str
    scopes: list[str]
    status: str
    created_at: datetime
    created_by: str


class ApiKeyCreatedOut(ApiKeyOut):
    secret: Annotated[
        str | None,
        Field(
            description="Shown in the first answer only: it is not stored, so a replay has null."
        ),
    ]


class ApiKeyList(ListOutput):
    data: list[ApiKeyOut]


class ReasonIn(Input):
    reason: Text


class OptionalReasonIn(Input):
    reason: Text | None = None


class ApprovalOut(Output):
    id: str
    type: Literal["approval"]
    action: str
    subject_id: str
    amount: AmountOut | None
    currency: str | None
    maker_id: str
    requested_at: datetime
    status: ApprovalStatus
    checker_id: str | None
    decided_at: datetime | None
    reason: str | None
    created_at: datetime


class ApprovalList(ListOutput):
    data: list[ApprovalOut]


class ApprovalFilters(PageQuery):
    status: ApprovalStatus | None = None


def institution_out(institution: Institution, business_on: date) -> dict[str, Any]:
    """The institution as the API writes it, on its own business date."""
    return InstitutionOut(
        id=institution.id,
        type="institution",
        name=institution.name,
        livemode=institution.is_live,
        time_zone=institution.time_zone,
        currency=institution.currency,
        shariah_profile=institution.shariah_profile,
        weekend=sorted(institution.weekend),
        holidays=sorted(institution.holidays),
        majority_age_years=institution.majority_age_years,
        business_on=business_on,
        closed_through_on=institution.closed_through_on,
        clock_frozen_at=institution.clock_frozen_at,
        created_at=institution.created_at,
    ).model_dump()


def branch_out(branch: Branch) -> dict[str, Any]:
    """A branch as the API writes it."""
    return BranchOut(
        id=branch.branch_id,
        type="branch",
        name=branch.name,
        is_default=branch.is_default,
        created_at=branch.created_at,
    ).model_dump()


def user_out(user: StaffUser) -> dict[str, Any]:
    """A staff user as the API writes it."""
    return UserOut(
        id=user.user_id,
        type="user",
        name=user.name,
        email=user.email,
        roles=list(user.roles),
        branch_id=user.branch_id,
        is_active=user.is_active,
        created_at=user.created_at,
    ).model_dump()


def role_out(role: Role) -> dict[str, Any]:
    """A role with its limits: without a currency for all of them, without an amount for any."""
    limits = []
    for limit in role.limits:
        is_limited = limit.limit_minor < MINOR_MAX
        asset = None if limit.asset == ANY_ASSET else asset_from_text(limit.asset)
        limits.append(
            RoleLimitOut(
                action=limit.action,
                currency=asset.code if asset else None,
                limit=number(Money(limit.limit_minor, asset)) if asset and is_limited else None,
                limit_minor=limit.limit_minor if is_limited else None,
            )
        )
    return RoleOut(
        id=role.role, type="role", name=role.name, scopes=sorted(role.scopes), limits=limits
    ).model_dump()


def _key_fields(key: ApiKey) -> dict[str, Any]:
    return {
        "id": key.key_id,
        "type": "api_key",
        "name": key.name,
        "hint": key.hint,
        "user_id": key.user_id,
        "scopes": list(key.scopes),
        "status": key.status,
        "created_at": key.created_at,
        "created_by": key.created_by,
    }


def key_out(key: ApiKey) -> dict[str, Any]:
    """A key as the API writes it: enough to recognise it, not to use it."""
    return ApiKeyOut(**_key_fields(key)).model_dump()


def key_created_out(key: ApiKey) -> dict[str, Any]:
    """A fresh key as its answer is stored: without the secret."""
    return ApiKeyCreatedOut(**_key_fields(key), secret=None).model_dump()


def approval_out(approval: Approval) -> dict[str, Any]:
    """A four-eyes request as the API writes it."""
    amount = approval.amount
    return ApprovalOut(
        id=approval.approval_id,
        type="approval",
        action=approval.action,
        subject_id=approval.subject_id,
        amount=number(amount) if amount is not None else None,
        currency=amount.asset.code if amount is not None else None,
        maker_id=approval.maker_id,
        requested_at=approval.requested_at,
        status=approval.status,
        checker_id=approval.checker_id,
        decided_at=approval.decided_at,
        reason=approval.reason,
        created_at=approval.requested_at,
    ).model_dump(mode="python")
