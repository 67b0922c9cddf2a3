"""Lending groups: formed, set to work, held back, closed. Members, meetings and guarantees have
rooms of their own beside this one."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from sanduq.access import service as access
from sanduq.audit import service as audit
from sanduq.audit.service import Deed
from sanduq.events import service as outbox
from sanduq.kit.db import UnitOfWork
from sanduq.kit.errors import ValidationFailed
from sanduq.kit.ids import new_id, own_id
from sanduq.kit.money import currency
from sanduq.kit.pages import Page, PageRequest
from sanduq.kit.wire import amount
from sanduq.microfinance.groups import events, store
from sanduq.microfinance.groups.errors import (
    GroupChangedMeanwhile,
    GroupHasOpenDebts,
    GroupNotFound,
    GroupStateRefuses,
    TooFewMembers,
)
from sanduq.microfinance.groups.guarantees.facts import Action, GroupFacts, KafalahFacts
from sanduq.microfinance.groups.guarantees.rules import evaluate
from sanduq.microfinance.groups.model import (
    MEMBERS_MIN,
    Group,
    GroupAction,
    GroupStatus,
    NewGroup,
    activated,
    closed,
    is_allowed,
    suspended,
)
from sanduq.parties import service as parties
from sanduq.parties.model import Party
from sanduq.shariah import service as shariah
from sanduq.shariah.model import ShariahProfile

CLOSE = "group.close"
STAFF_KEY = "staff_user_id"
"""A party's metadata names the staff user that it is in person under this key."""

ClosingCheck = Callable[[UnitOfWork, str], None]
_closing_checks: list[ClosingCheck] = []


def register_closing_check(check: ClosingCheck) -> None:
    """Adds what a neighbour demands before a group is closed, wired at assembly: it raises."""
    if check not in _closing_checks:
        _closing_checks.append(check)


def form_group(uow: UnitOfWork, new: NewGroup) -> Group:
    """Forms a group, under an id the caller may bring; people join it, then it is activated.

    Refuses VALIDATION_ERROR an unknown branch, staff user or currency and an amount the currency
    does not have; CONFLICT an id or external id that is taken.
    """
    institution = access.get_institution(uow)
    asset = new.asset or currency(institution.currency)
    contribution = amount(new.contribution, asset, "common_fund_contribution")
    group = Group(
        group_id=own_id(new.group_id, "grp") if new.group_id else new_id("grp"),
        external_id=new.external_id,
        name=new.name,
        type=new.type,
        status=GroupStatus.FORMING,
        asset=asset,
        branch_id=new.branch_id or access.default_branch(uow),
        facilitator_id=new.facilitator_id,
        max_members=new.max_members,
        contribution_minor=contribution.amount_minor,
        contribution_frequency=new.contribution_frequency,
        claim_order=new.claim_order,
        cycle_months=new.cycle_months,
        allows_other_groups=new.allows_other_groups,
        reason=None,
        activated_at=None,
        suspended_on=None,
        suspended_until_on=None,
        closed_at=None,
        metadata=new.metadata or {},
        created_at=uow.now,
        created_by=uow.actor.user_id,
        version=1,
    )
    store.insert(uow, group)
    _tell(uow, events.CREATED, "group.create", group)
    return group


def get_group(uow: UnitOfWork, group_id: str) -> Group:
    """One group. Refuses NOT_FOUND."""
    group = store.get(uow, group_id)
    if group is None:
        raise GroupNotFound(f"there is no group {group_id}")
    return group


def load_groups(uow: UnitOfWork, group_ids: Collection[str]) -> dict[str, Group]:
    """The groups of these ids; ids nobody knows are left out."""
    return store.load(uow, group_ids) if group_ids else {}


def known_groups(uow: UnitOfWork, group_ids: Collection[str]) -> set[str]:
    """Those of the ids that are groups of the institution, in one query."""
    return store.known(uow, group_ids) if group_ids else set()


def list_groups(uow: UnitOfWork, filters: Mapping[str, Any], request: PageRequest) -> Page[Group]:
    """Groups that match every filter, newest first."""
    return store.select_page(uow, filters, request)


def change_group(
    uow: UnitOfWork,
    group_id: str,
    changes: Callable[[Group], Mapping[str, Any]],
    *,
    if_match: str | None = None,
) -> Group:
    """Changes by-laws, branch or facilitator; no change, no new version.

    Refuses NOT_FOUND; CONFLICT a closed group, one that changed since it was read, a taken
    external id; VALIDATION_ERROR an unknown branch or user; SHARIAH_VIOLATION fewer places than
    members, or a facilitator who is a member or answers for one (KFL-13).
    """
    before = locked_group(uow, group_id, GroupAction.CHANGE, if_match)
    after = replace(before, **changes(before))
    if after == before:
        return before
    after = replace(after, version=before.version + 1)
    _check_composition(uow, after)
    store.update(uow, after)
    _tell(uow, events.CHANGED, "group.change", after)
    return after


def activate(
    uow: UnitOfWork, group_id: str, *, reason: str | None = None, if_match: str | None = None
) -> Group:
    """Sets a group to work, or back to work after a suspension.

    Refuses NOT_FOUND, CONFLICT (state, fewer than two members), SHARIAH_VIOLATION (KFL-13).
    """
    before = locked_group(uow, group_id, GroupAction.ACTIVATE, if_match)
    if before.member_count < MEMBERS_MIN:
        raise TooFewMembers
    _check_composition(uow, before)
    after = activated(before, uow.now)
    store.update(uow, after)
    _tell(uow, events.ACTIVATED, "group.activate", after, reason)
    return after


def suspend(
    uow: UnitOfWork,
    group_id: str,
    *,
    reason: str,
    until: date | None = None,
    if_match: str | None = None,
) -> Group:
    """Holds a group back from new loans; debts and guarantees stay as they are.

    A suspension without an end, or longer than a cycle, is written down as a warning (KFL-10).
    Refuses NOT_FOUND, CONFLICT (state), VALIDATION_ERROR an end that is not ahead.
    """
    before = locked_group(uow, group_id, GroupAction.SUSPEND, if_match)
    if until is not None and until <= uow.today:
        raise ValidationFailed.field("until", "not_ahead", "until must be a day after today")
    after = suspended(before, on=uow.today, until=until, reason=reason)
    facts = _facts(uow, after, GroupFacts(
        (), after.max_members, suspended_on=after.suspended_on,
        suspended_until_on=after.suspended_until_on, cycle_ends_on=after.cycle_ends_on,
    ))  # fmt: skip
    _judge(uow, after.group_id, facts, Action.SUSPEND)
    store.update(uow, after)
    _tell(uow, events.SUSPENDED, "group.suspend", after, reason)
    return after


def close(uow: UnitOfWork, group_id: str, *, reason: str, if_match: str | None = None) -> Group:
    """Closes a group: memberships end, guarantees are released.

    Refuses NOT_FOUND; FORBIDDEN without the authority `group.close`; CONFLICT by state, while a
    loan or a guarantee call of the group is open, and what neighbours demand (an emptied fund).
    """
    before = locked_group(uow, group_id, GroupAction.CLOSE, if_match)
    access.require_authority(uow, CLOSE, None)
    is_open = store.open_ids(uow, group_id)
    if is_open:
        raise GroupHasOpenDebts.of(is_open)
    for check in _closing_checks:
        check(uow, group_id)
    after = closed(before, at=uow.now, reason=reason)
    store.end_all(uow, group_id, f"the group was closed: {reason}"[:500])
    store.update(uow, after)
    _tell(uow, events.CLOSED, CLOSE, after, reason)
    return after


def locked_group(
    uow: UnitOfWork, group_id: str, action: GroupAction, if_match: str | None = None
) -> Group:
    """The group, locked, in a state that allows `action`: whatever touches its people waits.

    Refuses NOT_FOUND; CONFLICT when it changed since the caller's copy or its state refuses.
    """
    group = store.get(uow, group_id, is_locked=True)
    if group is None:
        raise GroupNotFound(f"there is no group {group_id}")
    if if_match is not None and group.etag not in [tag.strip() for tag in if_match.split(",")]:
        raise GroupChangedMeanwhile
    if not is_allowed(action, group.status):
        raise GroupStateRefuses.of(group_id, group.status, action)
    return group


def is_staff_in_person(party: Party, user_id: str | None) -> bool:
    """Whether a party is that staff user: its metadata or its external id says so."""
    return user_id is not None and user_id in (
        party.metadata.get(STAFF_KEY), party.external_id
    )  # fmt: skip


def check_members(uow: UnitOfWork, group: Group, party_ids: Collection[str]) -> None:
    """Refuses SHARIAH_VIOLATION people who cannot be this group together (rule KFL-13)."""
    ids = tuple(party_ids)
    people = parties.load_parties(uow, set(ids)) if ids else {}
    staff = frozenset(
        one.party_id for one in people.values() if is_staff_in_person(one, group.facilitator_id)
    )
    facts = _facts(uow, group, GroupFacts(ids, group.max_members, staff))
    _judge(uow, group.group_id, facts, Action.COMPOSE)


def _check_composition(uow: UnitOfWork, group: Group) -> None:
    members = store.member_ids(uow, group.group_id)
    check_members(uow, group, members)
    outside = [one for one in store.guarantor_ids(uow, group.group_id) if one not in members]
    if outside:
        without_limit = replace(group, max_members=len(outside))
        check_members(uow, without_limit, outside)


def _facts(uow: UnitOfWork, group: Group, of: GroupFacts) -> KafalahFacts:
    return KafalahFacts(
        on=uow.today,
        asset=group.asset,
        profile=ShariahProfile(uow.shariah_profile),
        group=of,
    )


def _judge(uow: UnitOfWork, group_id: str, facts: KafalahFacts, action: Action) -> None:
    evaluations = evaluate(facts, action)
    shariah.enforce(finding for each in evaluations for finding in each.findings)
    shariah.store_evaluations(uow, group_id, action.value, evaluations, facts)


def _tell(uow: UnitOfWork, event: str, deed: str, group: Group, reason: str | None = None) -> None:
    audit.record(uow, [Deed(deed, group.group_id, reason, {"version": group.version})])
    outbox.record(uow, [events.told(event, group)])
