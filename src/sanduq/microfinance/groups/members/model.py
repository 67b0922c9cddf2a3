"""A stay in a group, and the offices held during it. No I/O."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class Role(StrEnum):
    """Each office is held by one member at a time."""

    MEMBER = "member"
    CHAIR = "chair"
    TREASURER = "treasurer"
    SECRETARY = "secretary"


class MemberStatus(StrEnum):
    ACTIVE = "ACTIVE"
    LEFT = "LEFT"


@dataclass(frozen=True, slots=True)
class RoleHeld:
    """An office, from a day on."""

    role: Role
    from_on: date
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """One stay of one person in one group; whoever comes back gets another."""

    membership_id: str
    group_id: str
    party_id: str
    party_name: str
    role: Role
    joined_on: date
    left_on: date | None
    left_reason: str | None
    roles: tuple[RoleHeld, ...]
    created_at: datetime
    created_by: str
    version: int

    @property
    def status(self) -> MemberStatus:
        return MemberStatus.ACTIVE if self.left_on is None else MemberStatus.LEFT


def stood_in_group_on(membership: Membership, day: date) -> bool:
    """Whether the person was a member that day."""
    return membership.joined_on <= day and (membership.left_on is None or day <= membership.left_on)
