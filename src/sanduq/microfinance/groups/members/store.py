"""SQL of a group's roster."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import psycopg
from psycopg import sql

from sanduq.kit.db import Row, UnitOfWork
from sanduq.kit.ids import new_id
from sanduq.kit.listing import newest_first
from sanduq.kit.pages import Page, PageRequest
from sanduq.microfinance.groups.members.errors import MemberAlready, OfficeTaken
from sanduq.microfinance.groups.members.model import Membership, MemberStatus, Role, RoleHeld

_MEMBER = (
    "select m.membership_id, m.group_id, m.party_id, p.name, m.role, m.joined_on, m.left_on,"
    " m.left_reason, m.created_at, m.created_by, m.version,"
    " array(select r.role || '|' || r.from_on || '|' || coalesce(r.reason, '')"
    "   from microfinance.group_role r where r.institution_id = m.institution_id"
    "   and r.membership_id = m.membership_id order by r.role_id)"
    " from microfinance.group_member m join parties.party p"
    "  on p.institution_id = m.institution_id and p.party_id = m.party_id"
    " where m.institution_id = "
)


def _member(row: Row) -> Membership:
    return Membership(
        membership_id=row[0],
        group_id=row[1],
        party_id=row[2],
        party_name=row[3],
        role=Role(row[4]),
        joined_on=row[5],
        left_on=row[6],
        left_reason=row[7],
        created_at=row[8],
        created_by=row[9],
        version=row[10],
        roles=tuple(_held(text) for text in row[11]),
    )


def _held(text: str) -> RoleHeld:
    role, day, reason = text.split("|", 2)
    return RoleHeld(Role(role), date.fromisoformat(day), reason or None)


def insert(uow: UnitOfWork, members: Sequence[Membership]) -> None:
    """Writes memberships with their first roles. Refuses CONFLICT a member or officer twice."""
    try:
        with uow.savepoint():
            uow.execute(
                "insert into microfinance.group_member (institution_id, membership_id, group_id,"
                " party_id, role, joined_on, created_at, created_by, version)"
                " select %s, m.id, m.of_group, m.party, m.role, m.joined, %s, %s, 1"
                " from unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::date[])"
                " m(id, of_group, party, role, joined)",
                uow.institution_id, uow.now, uow.actor.user_id,
                [one.membership_id for one in members], [one.group_id for one in members],
                [one.party_id for one in members], [str(one.role) for one in members],
                [one.joined_on for one in members],
            )  # fmt: skip
    except psycopg.errors.UniqueViolation as error:
        raise _refusal_of(error) from None
    insert_roles(uow, [(one.membership_id, held) for one in members for held in one.roles])


def insert_roles(uow: UnitOfWork, roles: Sequence[tuple[str, RoleHeld]]) -> None:
    uow.execute(
        "insert into microfinance.group_role (institution_id, role_id, membership_id, role,"
        " from_on, reason, recorded_at, recorded_by)"
        " select %s, r.id, r.member, r.role, r.from_on, r.reason, %s, %s"
        " from unnest(%s::text[], %s::text[], %s::text[], %s::date[], %s::text[])"
        " r(id, member, role, from_on, reason)",
        uow.institution_id, uow.now, uow.actor.user_id, [new_id("rol") for _ in roles],
        [member for member, _ in roles], [str(held.role) for _, held in roles],
        [held.from_on for _, held in roles], [held.reason for _, held in roles],
    )  # fmt: skip


def set_role(uow: UnitOfWork, membership_id: str, held: RoleHeld) -> None:
    """Gives a member an office. Refuses CONFLICT one that is taken."""
    try:
        with uow.savepoint():
            uow.execute(
                "update microfinance.group_member set role = %s, version = version + 1"
                " where institution_id = %s and membership_id = %s",
                str(held.role),
                uow.institution_id,
                membership_id,
            )
    except psycopg.errors.UniqueViolation as error:
        raise _refusal_of(error) from None
    insert_roles(uow, [(membership_id, held)])


def _refusal_of(error: psycopg.errors.UniqueViolation) -> Exception:
    if error.diag.constraint_name == "group_office_once":
        return OfficeTaken()
    if error.diag.constraint_name == "group_member_once":
        return MemberAlready()
    return error


def set_left(uow: UnitOfWork, membership_id: str, on: date, reason: str) -> None:
    uow.execute(
        "update microfinance.group_member set left_on = %s, left_reason = %s,"
        " version = version + 1 where institution_id = %s and membership_id = %s",
        on,
        reason,
        uow.institution_id,
        membership_id,
    )


def current(uow: UnitOfWork, group_id: str, party_id: str) -> Membership | None:
    """The stay of a person who is in the group now."""
    row = uow.one(
        f"{_MEMBER}%s and m.group_id = %s and m.party_id = %s and m.left_on is null",
        uow.institution_id,
        group_id,
        party_id,
    )
    return _member(row) if row else None


def of_group(uow: UnitOfWork, group_id: str) -> list[Membership]:
    """Every stay in a group, past ones too, in order of joining."""
    rows = uow.all(
        f"{_MEMBER}%s and m.group_id = %s order by m.membership_id", uow.institution_id, group_id
    )
    return [_member(row) for row in rows]


def select_page(
    uow: UnitOfWork, group_id: str, status: MemberStatus | None, request: PageRequest
) -> Page[Membership]:
    query: sql.Composable = sql.SQL(f"{_MEMBER}%(institution)s and m.group_id = %(group)s")
    if status is not None:
        is_gone = "" if status is MemberStatus.ACTIVE else "not "
        query = query + sql.SQL(f" and m.left_on is {is_gone}null")
    parameters: dict[str, Any] = {"institution": uow.institution_id, "group": group_id}
    rows, total = newest_first(
        uow, query, parameters, request, order=["created_at", "membership_id"]
    )
    found = [_member(row) for row in rows]
    return Page.of(found, request, lambda m: (m.created_at, m.membership_id), total)


def groups_of(uow: UnitOfWork, party_ids: Sequence[str], asset: str) -> list[tuple[str, str, bool]]:
    """(person, group, whether it allows others) of every group of that asset they are in now."""
    rows = uow.all(
        "select m.party_id, m.group_id, g.allows_other_groups from microfinance.group_member m"
        " join microfinance.lending_group g on g.institution_id = m.institution_id"
        "  and g.group_id = m.group_id"
        " where m.institution_id = %s and m.party_id = any(%s) and m.left_on is null"
        " and g.asset = %s order by m.party_id, m.group_id",
        uow.institution_id,
        list(party_ids),
        asset,
    )
    return [(row[0], row[1], row[2]) for row in rows]
