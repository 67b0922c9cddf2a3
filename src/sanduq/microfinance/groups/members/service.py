"""A group's roster: who joined, who holds which office, who left."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date

from sanduq.audit import service as audit
from sanduq.audit.service import Deed
from sanduq.events import service as outbox
from sanduq.kit.db import UnitOfWork
from sanduq.kit.errors import ValidationFailed
from sanduq.kit.ids import new_id
from sanduq.kit.pages import Page, PageRequest
from sanduq.microfinance.groups import service as groups
from sanduq.microfinance.groups.guarantees import coverage
from sanduq.microfinance.groups.members import events, store
from sanduq.microfinance.groups.members.errors import (
    InAnotherGroup,
    MemberStillBound,
    NotAMember,
)
from sanduq.microfinance.groups.members.model import (
    Membership,
    MemberStatus,
    Role,
    RoleHeld,
    stood_in_group_on,
)
from sanduq.microfinance.groups.model import Group, GroupAction
from sanduq.parties import service as parties


@dataclass(frozen=True, slots=True)
class NewMember:
    """A person about to join; without a day, today."""

    party_id: str
    role: Role = Role.MEMBER
    joined_on: date | None = None


def add_members(uow: UnitOfWork, group_id: str, news: Sequence[NewMember]) -> list[Membership]:
    """Lets people into a group, all or none.

    Refuses NOT_FOUND (group, person); CONFLICT by state, an office that is taken, a person who
    is in the group or in another of the same currency where either allows no other;
    VALIDATION_ERROR a day ahead; SHARIAH_VIOLATION more people than places, or the facilitator
    himself (KFL-13).
    """
    group = groups.locked_group(uow, group_id, GroupAction.JOIN)
    ids = [new.party_id for new in news]
    people = parties.load_parties(uow, set(ids))
    _check_other_groups(uow, group, ids)
    now_in = [one.party_id for one in _current(uow, group_id)]
    groups.check_members(uow, group, [*now_in, *ids])
    members = [
        Membership(
            membership_id=new_id("mbr"),
            group_id=group_id,
            party_id=new.party_id,
            party_name=people[new.party_id].name,
            role=new.role,
            joined_on=_not_ahead(uow, new.joined_on, "joined_on"),
            left_on=None,
            left_reason=None,
            roles=(RoleHeld(new.role, _not_ahead(uow, new.joined_on, "joined_on"), None),),
            created_at=uow.now,
            created_by=uow.actor.user_id,
            version=1,
        )
        for new in news
    ]
    store.insert(uow, members)
    audit.record(
        uow,
        [Deed("group.member_join", group_id, None, {"party_id": m.party_id}) for m in members],
    )
    outbox.record(uow, [events.told(events.JOINED, member) for member in members])
    return members


def add_member(uow: UnitOfWork, group_id: str, new: NewMember) -> Membership:
    """Lets one person into a group. Refuses as `add_members` does."""
    (member,) = add_members(uow, group_id, [new])
    return member


def set_role(
    uow: UnitOfWork,
    group_id: str,
    party_id: str,
    role: Role,
    *,
    on: date | None = None,
    reason: str | None = None,
) -> Membership:
    """Gives a member an office, or takes it back; the history of offices is kept.

    Refuses NOT_FOUND; CONFLICT by state, an office another member holds; VALIDATION_ERROR a day
    ahead or before joining.
    """
    groups.locked_group(uow, group_id, GroupAction.SET_ROLE)
    member = member_of(uow, group_id, party_id)
    day = _since_joining(uow, member, on)
    if member.role is role:
        return member
    held = RoleHeld(role, day, reason)
    store.set_role(uow, member.membership_id, held)
    changed = replace(member, role=role, roles=(*member.roles, held), version=member.version + 1)
    details = {"party_id": party_id, "role": str(role)}
    audit.record(uow, [Deed("group.role_set", group_id, reason, details)])
    outbox.record(uow, [events.told(events.ROLE_CHANGED, changed)])
    return changed


def leave(
    uow: UnitOfWork, group_id: str, party_id: str, *, reason: str, on: date | None = None
) -> Membership:
    """Lets a member go; what he answered for in times to come ends with it.

    Refuses NOT_FOUND; CONFLICT by state, and while he has an open loan in the group or answers
    for an open loan of another; VALIDATION_ERROR a day ahead or before joining.
    """
    groups.locked_group(uow, group_id, GroupAction.LEAVE)
    member = member_of(uow, group_id, party_id)
    day = _since_joining(uow, member, on)
    own, covered = coverage.bonds_of(uow, group_id, party_id)
    if own or covered:
        raise MemberStillBound.of(party_id, own, covered)
    coverage.end_of_guarantor(uow, group_id, party_id, f"left the group: {reason}"[:500])
    store.set_left(uow, member.membership_id, day, reason)
    gone = replace(member, left_on=day, left_reason=reason, version=member.version + 1)
    audit.record(uow, [Deed("group.member_leave", group_id, reason, {"party_id": party_id})])
    outbox.record(uow, [events.told(events.LEFT, gone)])
    return gone


def member_of(uow: UnitOfWork, group_id: str, party_id: str) -> Membership:
    """The stay of a person who is in the group now. Refuses NOT_FOUND."""
    found = store.current(uow, group_id, party_id)
    if found is None:
        raise NotAMember(f"{party_id} is not a member of {group_id}")
    return found


def members_on(uow: UnitOfWork, group_id: str, day: date) -> list[Membership]:
    """Who was in the group that day, in order of joining."""
    return [one for one in store.of_group(uow, group_id) if stood_in_group_on(one, day)]


def require_members(uow: UnitOfWork, group_id: str, party_ids: Collection[str], day: date) -> None:
    """Refuses NOT_FOUND people who were not in the group that day."""
    there = {one.party_id for one in members_on(uow, group_id, day)}
    missing = sorted(set(party_ids) - there)
    if missing:
        raise NotAMember(f"{', '.join(missing)}: no member of {group_id} on {day}")


def list_members(
    uow: UnitOfWork, group_id: str, status: MemberStatus | None, request: PageRequest
) -> Page[Membership]:
    """Stays in a group, newest first. Refuses NOT_FOUND."""
    groups.get_group(uow, group_id)
    return store.select_page(uow, group_id, status, request)


def _current(uow: UnitOfWork, group_id: str) -> list[Membership]:
    return [one for one in store.of_group(uow, group_id) if one.left_on is None]


def _check_other_groups(uow: UnitOfWork, group: Group, party_ids: Sequence[str]) -> None:
    # Two groups at once would each find the person free: one waits for the other here.
    for party_id in sorted(set(party_ids)):
        parties.lock_party(uow, party_id)
    for party_id, other_id, is_allowed in store.groups_of(uow, party_ids, str(group.asset)):
        if other_id == group.group_id or (is_allowed and group.allows_other_groups):
            continue
        message = (
            f"{party_id} is a member of {other_id}, which lends {group.asset.code} too; both"
            " groups must allow other groups (allows_other_groups)"
        )
        detail = {"field": "party_id", "code": "in_another_group", "message": other_id}
        raise InAnotherGroup(message, details=[detail])


def _not_ahead(uow: UnitOfWork, day: date | None, field: str) -> date:
    if day is not None and day > uow.today:
        raise ValidationFailed.field(
            field, "in_the_future", f"{field} must be {uow.today} or before"
        )
    return day or uow.today


def _since_joining(uow: UnitOfWork, member: Membership, on: date | None) -> date:
    day = _not_ahead(uow, on, "on")
    if day < member.joined_on:
        message = f"{member.party_id} joined on {member.joined_on}"
        raise ValidationFailed.field("on", "before_joining", message)
    return day
