"""SQL of fee policies."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from psycopg import errors, sql

from sanduq.kit.db import Row, UnitOfWork
from sanduq.kit.json import dumps
from sanduq.kit.listing import newest_first
from sanduq.kit.money import asset_from_text
from sanduq.kit.pages import Page, PageRequest
from sanduq.rahnu.fees.errors import FeePolicyExternalIdTaken
from sanduq.rahnu.fees.model import FeeComponent, FeePeriod, FeePolicy, FeePolicyStatus

_SELECT = sql.SQL(
    "select fee_policy_id, external_id, name, asset, period, expression, components, description,"
    " resolution_id, status, created_at, created_by, custody_cost_study_id, approved_at,"
    " approved_by, retired_at, metadata, version"
    " from rahnu.fee_policy where institution_id = %(institution)s"
)


def insert(uow: UnitOfWork, policy: FeePolicy) -> None:
    try:
        with uow.savepoint():
            uow.execute(
                "insert into rahnu.fee_policy (institution_id, fee_policy_id, external_id, name,"
                " asset, period, expression, components, description, resolution_id, status,"
                " created_at, created_by, metadata, version)"
                " values (%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s::json,%s)",
                uow.institution_id, policy.fee_policy_id, policy.external_id, policy.name,
                str(policy.asset), policy.period.value, policy.expression,
                [each.value for each in policy.components], policy.description,
                policy.resolution_id, policy.status.value, policy.created_at, policy.created_by,
                dumps(dict(policy.metadata)).decode(), policy.version,
            )  # fmt: skip
    except errors.UniqueViolation:
        raise FeePolicyExternalIdTaken from None


def save(uow: UnitOfWork, policy: FeePolicy) -> None:
    """Writes what approving and retiring change; the terms of a policy never do."""
    uow.execute(
        "update rahnu.fee_policy set status = %s, resolution_id = %s, custody_cost_study_id = %s,"
        " approved_at = %s, approved_by = %s, retired_at = %s, version = %s"
        " where institution_id = %s and fee_policy_id = %s",
        policy.status.value, policy.resolution_id, policy.custody_cost_study_id,
        policy.approved_at, policy.approved_by, policy.retired_at, policy.version,
        uow.institution_id, policy.fee_policy_id,
    )  # fmt: skip


def get(uow: UnitOfWork, fee_policy_id: str, *, is_locked: bool = False) -> FeePolicy | None:
    tail = " and fee_policy_id = %(id)s" + (" for update" if is_locked else "")
    rows = uow.composed(
        _SELECT + sql.SQL(tail), {"institution": uow.institution_id, "id": fee_policy_id}
    )
    return _policy(rows[0]) if rows else None


def load(uow: UnitOfWork, ids: Collection[str]) -> list[FeePolicy]:
    rows = uow.composed(
        _SELECT + sql.SQL(" and fee_policy_id = any(%(ids)s)"),
        {"institution": uow.institution_id, "ids": sorted(ids)},
    )
    return [_policy(row) for row in rows]


def select_page(
    uow: UnitOfWork, request: PageRequest, filters: Mapping[str, str | None]
) -> Page[FeePolicy]:
    query: sql.Composable = _SELECT
    for column, wanted in filters.items():
        if wanted is not None:
            place = sql.SQL(" and {} = {}").format(sql.Identifier(column), sql.Placeholder(column))
            query = query + place
    parameters = {"institution": uow.institution_id, **filters}
    order = ["created_at", "fee_policy_id"]
    rows, total = newest_first(uow, query, parameters, request, order=order)
    found = [_policy(row) for row in rows]
    return Page.of(found, request, lambda one: (one.created_at, one.fee_policy_id), total)


def _policy(row: Row) -> FeePolicy:
    return FeePolicy(
        fee_policy_id=row[0],
        external_id=row[1],
        name=row[2],
        asset=asset_from_text(row[3]),
        period=FeePeriod(row[4]),
        expression=row[5],
        components=tuple(FeeComponent(each) for each in row[6]),
        description=row[7],
        resolution_id=row[8],
        status=FeePolicyStatus(row[9]),
        created_at=row[10],
        created_by=row[11],
        custody_cost_study_id=row[12],
        approved_at=row[13],
        approved_by=row[14],
        retired_at=row[15],
        metadata=row[16],
        version=row[17],
    )
