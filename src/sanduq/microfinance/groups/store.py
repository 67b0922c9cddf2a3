"""SQL of lending groups, and what of loans and debts bears on them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg
from psycopg import sql

from sanduq.kit.db import Row, UnitOfWork
from sanduq.kit.errors import ValidationFailed
from sanduq.kit.json import dumps
from sanduq.kit.listing import newest_first
from sanduq.kit.money import Asset, asset_from_text
from sanduq.kit.pages import Page, PageRequest
from sanduq.microfinance.groups.errors import GroupIdTaken
from sanduq.microfinance.groups.model import ClaimOrder, Group, GroupStatus, GroupType
from sanduq.obligations.schedule import Frequency

_GROUP = (
    "g.group_id, g.external_id, g.name, g.type, g.status, g.asset, g.branch_id, g.facilitator_id,"
    " g.max_members, g.contribution_minor, g.contribution_frequency, g.claim_order,"
    " g.cycle_months, g.allows_other_groups, g.reason, g.activated_at, g.suspended_on,"
    " g.suspended_until_on, g.closed_at, g.metadata, g.created_at, g.created_by, g.version,"
    " (select count(*) from microfinance.group_member m where m.institution_id = g.institution_id"
    "   and m.group_id = g.group_id and m.left_on is null)::integer"
)
_FROM = " from microfinance.lending_group g where g.institution_id = "


def _group(row: Row) -> Group:
    return Group(
        group_id=row[0],
        external_id=row[1],
        name=row[2],
        type=GroupType(row[3]),
        status=GroupStatus(row[4]),
        asset=asset_from_text(row[5]),
        branch_id=row[6],
        facilitator_id=row[7],
        max_members=row[8],
        contribution_minor=row[9],
        contribution_frequency=Frequency(row[10]),
        claim_order=ClaimOrder(row[11]),
        cycle_months=row[12],
        allows_other_groups=row[13],
        reason=row[14],
        activated_at=row[15],
        suspended_on=row[16],
        suspended_until_on=row[17],
        closed_at=row[18],
        metadata=row[19],
        created_at=row[20],
        created_by=row[21],
        version=row[22],
        member_count=row[23],
    )


def insert(uow: UnitOfWork, group: Group) -> None:
    """Writes a group. Refuses CONFLICT a taken id, VALIDATION_ERROR an unknown branch or user."""
    try:
        with uow.savepoint():
            uow.execute(
                "insert into microfinance.lending_group (institution_id, group_id, external_id,"
                " name, type, status, asset, branch_id, facilitator_id, max_members,"
                " contribution_minor, contribution_frequency, claim_order, cycle_months,"
                " allows_other_groups, metadata, created_at, created_by, version)"
                " values (%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s::json,%s,%s,%s)",
                uow.institution_id, group.group_id, group.external_id, group.name,
                str(group.type), str(group.status), str(group.asset), group.branch_id,
                group.facilitator_id, group.max_members, group.contribution_minor,
                str(group.contribution_frequency), str(group.claim_order), group.cycle_months,
                group.allows_other_groups, dumps(dict(group.metadata)).decode(),
                group.created_at, group.created_by, group.version,
            )  # fmt: skip
    except psycopg.errors.IntegrityError as error:
        raise _refusal_of(error) from None


def update(uow: UnitOfWork, group: Group) -> None:
    """Writes what may change of a group. Refuses as `insert` does."""
    try:
        with uow.savepoint():
            uow.execute(
                "update microfinance.lending_group set external_id = %s, name = %s, status = %s,"
                " branch_id = %s, facilitator_id = %s, max_members = %s, contribution_minor = %s,"
                " contribution_frequency = %s, claim_order = %s, cycle_months = %s,"
                " allows_other_groups = %s, reason = %s, activated_at = %s, suspended_on = %s,"
                " suspended_until_on = %s, closed_at = %s, metadata = %s::json, version = %s"
                " where institution_id = %s and group_id = %s",
                group.external_id, group.name, str(group.status), group.branch_id,
                group.facilitator_id, group.max_members, group.contribution_minor,
                str(group.contribution_frequency), str(group.claim_order), group.cycle_months,
                group.allows_other_groups, group.reason, group.activated_at, group.suspended_on,
                group.suspended_until_on, group.closed_at, dumps(dict(group.metadata)).decode(),
                group.version, uow.institution_id, group.group_id,
            )  # fmt: skip
    except psycopg.errors.IntegrityError as error:
        raise _refusal_of(error) from None


def _refusal_of(error: psycopg.errors.IntegrityError) -> Exception:
    constraint = error.diag.constraint_name or ""
    if constraint == "group_facilitator":
        message = "there is no staff user of this id; name one of /v1/users"
        return ValidationFailed.field("facilitator_id", "unknown_user", message)
    if constraint == "group_branch":
        return ValidationFailed.field("branch_id", "unknown_branch", "there is no such branch")
    if isinstance(error, psycopg.errors.UniqueViolation):
        return GroupIdTaken()
    return error


def get(uow: UnitOfWork, group_id: str, *, is_locked: bool = False) -> Group | None:
    row = uow.one(
        f"select {_GROUP}{_FROM}%s and g.group_id = %s"
        + (" for no key update of g" if is_locked else ""),
        uow.institution_id,
        group_id,
    )
    return _group(row) if row else None


def load(uow: UnitOfWork, group_ids: Collection[str]) -> dict[str, Group]:
    rows = uow.all(
        f"select {_GROUP}{_FROM}%s and g.group_id = any(%s)", uow.institution_id, list(group_ids)
    )
    return {row[0]: _group(row) for row in rows}


def known(uow: UnitOfWork, group_ids: Collection[str]) -> set[str]:
    rows = uow.all(
        "select group_id from microfinance.lending_group"
        " where institution_id = %s and group_id = any(%s)",
        uow.institution_id,
        list(group_ids),
    )
    return {row[0] for row in rows}


_FILTERS = {
    "status": sql.SQL(" and g.status = %(status)s"),
    "type": sql.SQL(" and g.type = %(type)s"),
    "branch_id": sql.SQL(" and g.branch_id = %(branch_id)s"),
    "facilitator_id": sql.SQL(" and g.facilitator_id = %(facilitator_id)s"),
    "external_id": sql.SQL(" and g.external_id = %(external_id)s"),
    "created_from": sql.SQL(" and g.created_at >= %(created_from)s"),
    "created_before": sql.SQL(" and g.created_at < %(created_before)s"),
}


def select_page(uow: UnitOfWork, filters: Mapping[str, Any], request: PageRequest) -> Page[Group]:
    query: sql.Composable = sql.SQL(f"select {_GROUP}{_FROM}%(institution)s")
    for name in filters:
        query = query + _FILTERS[name]
    parameters = {"institution": uow.institution_id, **filters}
    rows, total = newest_first(uow, query, parameters, request, order=["created_at", "group_id"])
    found = [_group(row) for row in rows]
    return Page.of(found, request, lambda g: (g.created_at, g.group_id), total)


def open_ids(uow: UnitOfWork, group_id: str) -> list[str]:
    """Loans and guarantee calls of a group that are not at their end, up to twenty."""
    rows = uow.all(
        "select id from (select loan_id as id from microfinance.loan"
        "  where institution_id = %(i)s and group_id = %(g)s and status in"
        "  ('PENDING_APPROVAL', 'APPROVED', 'DISBURSED', 'REPAYING', 'DEFAULTED')"
        " union all select call_id from microfinance.guarantee_call"
        "  where institution_id = %(i)s and group_id = %(g)s and status in ('OPEN', 'PART_PAID')"
        ") open order by id limit 20",
        {"i": uow.institution_id, "g": group_id},
    )
    return [row[0] for row in rows]


def end_all(uow: UnitOfWork, group_id: str, reason: str) -> None:
    """Ends the memberships and releases the guarantees of a group that closes."""
    uow.execute(
        "update microfinance.group_member set left_on = greatest(joined_on, %s), left_reason = %s,"
        " version = version + 1"
        " where institution_id = %s and group_id = %s and left_on is null",
        uow.today,
        reason,
        uow.institution_id,
        group_id,
    )
    uow.execute(
        "update microfinance.guarantee set status = 'RELEASED', ended_on = %s, ended_reason = %s,"
        " version = version + 1"
        " where institution_id = %s and group_id = %s and status = 'ACTIVE'",
        uow.today,
        reason,
        uow.institution_id,
        group_id,
    )


@dataclass(frozen=True, slots=True)
class GroupDebt:
    """A loan made in a group: who owes it, and what is left once it was paid out."""

    loan_id: str
    borrower_id: str
    status: str
    asset: Asset
    disbursed_at: datetime | None
    outstanding_minor: int


def open_debts(uow: UnitOfWork, group_id: str) -> list[GroupDebt]:
    """Loans of a group that are asked for, agreed or owed, oldest first."""
    rows = uow.all(
        "select l.loan_id, l.borrower_id, l.status, l.asset, l.disbursed_at,"
        " coalesce(o.principal_minor + o.fee_minor - o.principal_paid_minor - o.fee_paid_minor, 0)"
        " from microfinance.loan l left join obligations.obligation o"
        "  on o.institution_id = l.institution_id and o.obligation_id = l.contract_id"
        " where l.institution_id = %s and l.group_id = %s and l.status in"
        "  ('PENDING_APPROVAL', 'APPROVED', 'DISBURSED', 'REPAYING', 'DEFAULTED')"
        " order by l.loan_id",
        uow.institution_id,
        group_id,
    )
    return [
        GroupDebt(row[0], row[1], row[2], asset_from_text(row[3]), row[4], row[5]) for row in rows
    ]


def member_ids(uow: UnitOfWork, group_id: str) -> list[str]:
    """The people in a group now."""
    rows = uow.all(
        "select party_id from microfinance.group_member"
        " where institution_id = %s and group_id = %s and left_on is null order by party_id",
        uow.institution_id,
        group_id,
    )
    return [row[0] for row in rows]


def guarantor_ids(uow: UnitOfWork, group_id: str) -> list[str]:
    """Who answers for debts of a group now."""
    rows = uow.all(
        "select distinct guarantor_id from microfinance.guarantee"
        " where institution_id = %s and group_id = %s and status = 'ACTIVE'",
        uow.institution_id,
        group_id,
    )
    return [row[0] for row in rows]
