"""A lending group: its states as a table, its by-laws, and what changes them. No I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sanduq.kit.days import add_months
from sanduq.kit.money import Asset, Money
from sanduq.obligations.schedule import Frequency

MEMBERS_MIN = 2
"""Fewer cannot answer for one another."""


class GroupType(StrEnum):
    SOLIDARITY = "solidarity"
    VILLAGE_BANK = "village_bank"
    JOINT_LIABILITY = "joint_liability"


class GroupStatus(StrEnum):
    FORMING = "FORMING"
    ACTIVE = "ACTIVE"
    SUSPENDED = "SUSPENDED"
    CLOSED = "CLOSED"


class GroupAction(StrEnum):
    ACTIVATE = "activate"
    SUSPEND = "suspend"
    CLOSE = "close"
    CHANGE = "change"
    JOIN = "join"
    LEAVE = "leave"
    SET_ROLE = "set_role"
    MEET = "meet"
    GUARANTEE = "guarantee"
    WITHDRAW = "withdraw"
    CALL = "call"
    LEND = "lend"


class ClaimOrder(StrEnum):
    """Who is asked to pay an overdue debt, one after the other (rule KFL-04)."""

    DEBTOR_FUND_MEMBERS = "debtor_fund_members"
    DEBTOR_MEMBERS = "debtor_members"


_F, _A, _S = GroupStatus.FORMING, GroupStatus.ACTIVE, GroupStatus.SUSPENDED
_OPEN = frozenset({_F, _A, _S})

ALLOWED: Mapping[GroupAction, frozenset[GroupStatus]] = {
    GroupAction.ACTIVATE: frozenset({_F, _S}),
    GroupAction.SUSPEND: frozenset({_A}),
    GroupAction.CLOSE: _OPEN,
    GroupAction.CHANGE: _OPEN,
    GroupAction.JOIN: frozenset({_F, _A}),
    GroupAction.LEAVE: _OPEN,
    GroupAction.SET_ROLE: _OPEN,
    GroupAction.MEET: _OPEN,
    GroupAction.GUARANTEE: frozenset({_F, _A}),
    GroupAction.WITHDRAW: _OPEN,
    GroupAction.CALL: frozenset({_A, _S}),
    GroupAction.LEND: frozenset({_A}),
}


def is_allowed(action: GroupAction, status: GroupStatus) -> bool:
    """Whether the state table lets `action` happen to a group in `status`."""
    return status in ALLOWED[action]


def actions_of(status: GroupStatus) -> list[str]:
    """What can be done with a group in `status`, by name."""
    return sorted(str(action) for action, states in ALLOWED.items() if status in states)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewGroup:
    """A group as it is asked for; None takes the institution's default."""

    name: str
    type: GroupType
    group_id: str | None = None
    external_id: str | None = None
    asset: Asset | None = None
    branch_id: str | None = None
    facilitator_id: str | None = None
    max_members: int = 10
    contribution: Any = 0
    contribution_frequency: Frequency = Frequency.MONTHLY
    claim_order: ClaimOrder = ClaimOrder.DEBTOR_FUND_MEMBERS
    cycle_months: int = 12
    allows_other_groups: bool = False
    metadata: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A group on record. `contribution_minor` goes to the common fund once per period."""

    group_id: str
    external_id: str | None
    name: str
    type: GroupType
    status: GroupStatus
    asset: Asset
    branch_id: str
    facilitator_id: str | None
    max_members: int
    contribution_minor: int
    contribution_frequency: Frequency
    claim_order: ClaimOrder
    cycle_months: int
    allows_other_groups: bool
    reason: str | None
    activated_at: datetime | None
    suspended_on: date | None
    suspended_until_on: date | None
    closed_at: datetime | None
    metadata: Mapping[str, str]
    created_at: datetime
    created_by: str
    version: int
    member_count: int = 0

    @property
    def contribution(self) -> Money:
        return Money(self.contribution_minor, self.asset)

    @property
    def etag(self) -> str:
        """Changes with the group and with the number of its people."""
        return f'"v{self.version}-{self.member_count}"'

    @property
    def cycle_ends_on(self) -> date | None:
        """One lending cycle after a suspension began."""
        if self.suspended_on is None:
            return None
        return add_months(self.suspended_on, self.cycle_months)


def activated(group: Group, at: datetime) -> Group:
    """The group at work, for the first time or again."""
    return replace(
        group,
        status=GroupStatus.ACTIVE,
        reason=None,
        activated_at=group.activated_at or at,
        suspended_on=None,
        suspended_until_on=None,
        version=group.version + 1,
    )


def suspended(group: Group, *, on: date, until: date | None, reason: str) -> Group:
    """The group held back from new loans."""
    return replace(
        group,
        status=GroupStatus.SUSPENDED,
        reason=reason,
        suspended_on=on,
        suspended_until_on=until,
        version=group.version + 1,
    )


def closed(group: Group, *, at: datetime, reason: str) -> Group:
    """The group at its end."""
    return replace(
        group,
        status=GroupStatus.CLOSED,
        reason=reason,
        suspended_on=None,
        suspended_until_on=None,
        closed_at=at,
        member_count=0,
        version=group.version + 1,
    )
