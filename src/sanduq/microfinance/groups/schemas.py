"""Wire shapes of lending groups."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

from pydantic import ConfigDict, Field

from sanduq.kit.errors import ValidationFailed
from sanduq.kit.wire import (
    AmountIn,
    AmountOut,
    Currency,
    ExternalId,
    Input,
    IsoDate,
    ListOutput,
    Metadata,
    Output,
    PageQuery,
    Text,
    amount,
    asset_of,
    checked_id,
    number,
)
from sanduq.microfinance.groups.model import ClaimOrder, Group, GroupStatus, GroupType, NewGroup
from sanduq.obligations.schedule import Frequency

SEED_REQUEST: dict[str, Any] = {
    "name": "Al-Amal Women Entrepreneurs",
    "type": "solidarity",
    "max_members": 10,
    "common_fund_contribution": 50,
    "contribution_frequency": "monthly",
    "facilitator_id": "user_field_officer_001",
}

Identifier = Annotated[str, Field(min_length=1, max_length=70)]
MaxMembers = Annotated[int, Field(ge=2, le=500, strict=True)]
CycleMonths = Annotated[int, Field(ge=1, le=120, strict=True)]


class GroupIn(Input):
    """A lending group."""

    model_config = ConfigDict(json_schema_extra={"examples": [SEED_REQUEST]})

    id: Identifier | None = None
    name: Text
    type: GroupType
    max_members: MaxMembers = 10
    common_fund_contribution: AmountIn = 0
    contribution_frequency: Frequency = Frequency.MONTHLY
    facilitator_id: Identifier | None = None
    currency: Currency | None = None
    branch_id: Identifier | None = None
    claim_order: ClaimOrder = ClaimOrder.DEBTOR_FUND_MEMBERS
    cycle_months: CycleMonths = 12
    allows_other_groups: bool = False
    external_id: ExternalId | None = None
    metadata: Metadata = Field(default_factory=dict)

    def command(self) -> NewGroup:
        """The group to form. Refuses VALIDATION_ERROR ids of another kind."""
        return NewGroup(
            group_id=self.id and checked_id(self.id, "grp", "id"),
            name=self.name,
            type=self.type,
            max_members=self.max_members,
            contribution=self.common_fund_contribution,
            contribution_frequency=self.contribution_frequency,
            facilitator_id=self.facilitator_id
            and checked_id(self.facilitator_id, "user", "facilitator_id"),
            asset=asset_of(self.currency) if self.currency is not None else None,
            branch_id=self.branch_id and checked_id(self.branch_id, "brn", "branch_id"),
            claim_order=self.claim_order,
            cycle_months=self.cycle_months,
            allows_other_groups=self.allows_other_groups,
            external_id=self.external_id,
            metadata=self.metadata,
        )


class GroupPatch(Input):
    """Only what is sent is changed; `null` takes away the facilitator or the external id."""

    name: Text | None = None
    max_members: MaxMembers | None = None
    common_fund_contribution: AmountIn | None = None
    contribution_frequency: Frequency | None = None
    facilitator_id: Identifier | None = None
    branch_id: Identifier | None = None
    claim_order: ClaimOrder | None = None
    cycle_months: CycleMonths | None = None
    allows_other_groups: bool | None = None
    external_id: ExternalId | None = None
    metadata: Metadata | None = None

    def changes(self, group: Group) -> dict[str, Any]:
        """What was sent, as the group names it. Refuses VALIDATION_ERROR what cannot be read."""
        found: dict[str, Any] = {}
        for name in sorted(self.model_fields_set):
            value = getattr(self, name)
            if value is None and name not in ("facilitator_id", "external_id"):
                raise ValidationFailed.field(name, "null", f"{name} may not be null")
            if name == "common_fund_contribution":
                found["contribution_minor"] = amount(value, group.asset, name).amount_minor
                continue
            if name == "facilitator_id" and value is not None:
                checked_id(value, "user", name)
            if name == "branch_id":
                checked_id(value, "brn", name)
            found[name] = value
        return found


class GroupActIn(Input):
    reason: Text | None = None


class GroupReasonIn(Input):
    reason: Text


class GroupSuspensionIn(Input):
    """`until`: the day on which the group is to be looked at again."""

    reason: Text
    until: IsoDate | None = None


class GroupFilters(PageQuery):
    status: GroupStatus | None = None
    type: GroupType | None = None
    branch_id: Identifier | None = None
    facilitator_id: Identifier | None = None
    external_id: ExternalId | None = None
    created_at_gte: Annotated[datetime | None, Field(alias="created_at.gte")] = None
    created_at_lt: Annotated[datetime | None, Field(alias="created_at.lt")] = None

    def filters(self) -> dict[str, Any]:
        """The filters that were sent, as the store names them."""
        found = {
            "status": self.status and str(self.status),
            "type": self.type and str(self.type),
            "branch_id": _clean(self.branch_id, "branch_id"),
            "facilitator_id": _clean(self.facilitator_id, "facilitator_id"),
            "external_id": self.external_id,
            "created_from": _aware(self.created_at_gte, "created_at.gte"),
            "created_before": _aware(self.created_at_lt, "created_at.lt"),
        }
        return {name: value for name, value in found.items() if value is not None}


def _clean(value: str | None, field: str) -> str | None:
    if value is not None and "\x00" in value:
        raise ValidationFailed.field(field, "malformed", f"{field} holds a NUL character")
    return value


def _aware(value: datetime | None, field: str) -> datetime | None:
    if value is not None and value.tzinfo is None:
        raise ValidationFailed.field(field, "no_time_zone", f"{field} needs a time zone, as in …Z")
    return value


class GroupOut(Output):
    id: str
    name: str
    type: GroupType
    status: GroupStatus
    currency: str
    branch_id: str
    facilitator_id: str | None
    max_members: int
    member_count: int
    common_fund_contribution: AmountOut
    contribution_frequency: Frequency
    claim_order: ClaimOrder
    cycle_months: int
    allows_other_groups: bool
    reason: str | None
    activated_at: datetime | None
    suspended_on: date | None
    suspended_until: date | None
    closed_at: datetime | None
    external_id: str | None
    metadata: dict[str, str]
    created_at: datetime
    created_by: str
    etag: str


class GroupList(ListOutput):
    data: list[GroupOut]


def group_out(group: Group) -> dict[str, Any]:
    """A group as the API writes it."""
    return GroupOut(
        id=group.group_id,
        name=group.name,
        type=group.type,
        status=group.status,
        currency=group.asset.code,
        branch_id=group.branch_id,
        facilitator_id=group.facilitator_id,
        max_members=group.max_members,
        member_count=group.member_count,
        common_fund_contribution=number(group.contribution),
        contribution_frequency=group.contribution_frequency,
        claim_order=group.claim_order,
        cycle_months=group.cycle_months,
        allows_other_groups=group.allows_other_groups,
        reason=group.reason,
        activated_at=group.activated_at,
        suspended_on=group.suspended_on,
        suspended_until=group.suspended_until_on,
        closed_at=group.closed_at,
        external_id=group.external_id,
        metadata=dict(group.metadata),
        created_at=group.created_at,
        created_by=group.created_by,
        etag=group.etag,
    ).model_dump()
