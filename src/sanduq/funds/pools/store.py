"""SQL of pools."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from psycopg import errors, sql

from sanduq.funds.pools.errors import PoolExternalIdTaken
from sanduq.funds.pools.model import (
    Origin,
    Placement,
    Pool,
    PoolState,
    PoolStatus,
    SourceKind,
    SourceStanding,
)
from sanduq.kit.db import Row, UnitOfWork
from sanduq.kit.ids import new_id
from sanduq.kit.json import dumps
from sanduq.kit.listing import newest_first
from sanduq.kit.money import asset_from_text
from sanduq.kit.pages import Page, PageRequest

_SELECT = sql.SQL(
    "select pool_id, external_id, name, asset, permitted_uses, security_policy, status,"
    " created_at, created_by, approved_at, approved_by, metadata, version"
    " from funds.pool where institution_id = %(institution)s"
)

_STANDING = (
    "select s.pool_id, s.source_no, s.kind, s.fund, s.endowment_id, s.branch_id, s.created_at,"
    " (coalesce(c.capital, 0) + coalesce(g.lost, 0))::bigint,"
    " coalesce(b.balance_minor, 0)::bigint, coalesce(m.lent, 0)::bigint,"
    " coalesce(m.returned, 0)::bigint, -coalesce(g.lost, 0)::bigint"
    " from funds.pool_source s"
    " join funds.pool p on p.institution_id = s.institution_id and p.pool_id = s.pool_id"
    " left join lateral (select sum(x.amount_minor) as capital from funds.pool_placement x"
    "   where x.institution_id = s.institution_id and x.pool_id = s.pool_id"
    "   and x.source_no = s.source_no) c on true"
    " left join lateral (select sum(y.amount_minor) as lost from funds.pool_loss y"
    "   where y.institution_id = s.institution_id and y.pool_id = s.pool_id"
    "   and y.source_no = s.source_no) g on true"
    " left join ledger.account a on a.institution_id = s.institution_id and a.code = '1000'"
    "  and a.asset = p.asset and a.fund = s.fund and a.subject = s.pool_id"
    " left join ledger.balance b on b.institution_id = a.institution_id"
    "  and b.account_id = a.account_id"
    # A reversal takes back what it reverses: a loan paid out and undone was not lent.
    " left join lateral (select"
    "   -sum(e.amount_minor) filter (where (e.amount_minor < 0) = (j.reverses is null)) as lent,"
    "   sum(e.amount_minor) filter (where (e.amount_minor > 0) = (j.reverses is null)) as returned"
    "   from ledger.entry e join ledger.journal j on j.institution_id = e.institution_id"
    "    and j.journal_seq = e.journal_seq"
    "   where e.institution_id = a.institution_id and e.account_id = a.account_id"
    "   and j.kind not in ('pool.placed', 'pool.withdrawn')) m on true"
    " where s.institution_id = %s and s.pool_id = any(%s) order by s.pool_id, s.source_no"
)


def insert(uow: UnitOfWork, pool: Pool) -> None:
    try:
        with uow.savepoint():
            uow.execute(
                "insert into funds.pool (institution_id, pool_id, external_id, name, asset,"
                " permitted_uses, security_policy, status, created_at, created_by, metadata,"
                " version) values (%s,%s,%s,%s,%s,%s::text[],%s,%s,%s,%s,%s::json,%s)",
                uow.institution_id, pool.pool_id, pool.external_id, pool.name, str(pool.asset),
                sorted(pool.permitted_uses), pool.security_policy, pool.status.value,
                pool.created_at, pool.created_by, dumps(dict(pool.metadata)).decode(),
                pool.version,
            )  # fmt: skip
    except errors.UniqueViolation:
        raise PoolExternalIdTaken from None


def get(uow: UnitOfWork, pool_id: str, *, is_locked: bool = False) -> Pool | None:
    tail = sql.SQL(" and pool_id = %(id)s" + (" for update" if is_locked else ""))
    rows = uow.composed(_SELECT + tail, {"institution": uow.institution_id, "id": pool_id})
    return _pool(rows[0]) if rows else None


def select_page(
    uow: UnitOfWork, request: PageRequest, filters: Mapping[str, str | None]
) -> Page[Pool]:
    query: sql.Composable = _SELECT
    for column, wanted in filters.items():
        if wanted is not None:
            place = sql.SQL(" and {} = {}").format(sql.Identifier(column), sql.Placeholder(column))
            query = query + place
    parameters = {"institution": uow.institution_id, **filters}
    rows, total = newest_first(uow, query, parameters, request, order=("created_at", "pool_id"))
    found = [_pool(row) for row in rows]
    return Page.of(found, request, lambda one: (one.created_at, one.pool_id), total)


def set_status(uow: UnitOfWork, pool_id: str, status: PoolStatus) -> None:
    is_approved = status is PoolStatus.ACTIVE
    uow.execute(
        "update funds.pool set status = %s, version = version + 1,"
        " approved_at = case when %s then %s end, approved_by = case when %s then %s end"
        " where institution_id = %s and pool_id = %s",
        status.value, is_approved, uow.now, is_approved, uow.actor.user_id,
        uow.institution_id, pool_id,
    )  # fmt: skip


def states(uow: UnitOfWork, pools: Sequence[Pool]) -> list[PoolState]:
    """The pools with the figures of their sources, in one statement."""
    rows = uow.all(_STANDING, uow.institution_id, [pool.pool_id for pool in pools])
    found: dict[str, list[SourceStanding]] = {}
    for row in rows:
        found.setdefault(row[0], []).append(_standing(row))
    return [PoolState(pool, tuple(found.get(pool.pool_id, ()))) for pool in pools]


def insert_source(uow: UnitOfWork, pool_id: str, source_no: int, origin: Origin) -> None:
    uow.execute(
        "insert into funds.pool_source (institution_id, pool_id, source_no, kind, fund,"
        " endowment_id, branch_id, created_at) values (%s,%s,%s,%s,%s,%s,%s,%s)",
        uow.institution_id, pool_id, source_no, origin.kind.value, origin.fund,
        origin.endowment_id, origin.branch_id, uow.now,
    )  # fmt: skip


def insert_placement(uow: UnitOfWork, placement: Placement) -> None:
    uow.execute(
        "insert into funds.pool_placement (institution_id, placement_id, pool_id, source_no,"
        " amount_minor, memo, placed_on, journal_id, created_at, created_by)"
        " values (%s,%s,%s,%s,%s,%s,%s,%s,%s,%s)",
        uow.institution_id, placement.placement_id, placement.pool_id, placement.source_no,
        placement.amount_minor, placement.memo, placement.placed_on, placement.journal_id,
        placement.created_at, placement.created_by,
    )  # fmt: skip


def insert_loss(
    uow: UnitOfWork,
    pool_id: str,
    source_no: int,
    amount_minor: int,
    *,
    reason: str | None,
    reference: str,
    journal_id: str,
) -> None:
    """A claim given up (below zero), or what came back of one."""
    uow.execute(
        "insert into funds.pool_loss values (%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s)",
        uow.institution_id, new_id("pls"), pool_id, source_no, amount_minor, reason, reference,
        uow.today, journal_id, uow.now, uow.actor.user_id,
    )  # fmt: skip


def select_placements(uow: UnitOfWork, pool_id: str, request: PageRequest) -> Page[Placement]:
    query = sql.SQL(
        "select placement_id, pool_id, source_no, amount_minor, memo, placed_on, journal_id,"
        " created_at, created_by from funds.pool_placement"
        " where institution_id = %(institution)s and pool_id = %(pool)s"
    )
    parameters = {"institution": uow.institution_id, "pool": pool_id}
    rows, total = newest_first(uow, query, parameters, request, order=["placement_id"])
    found = [Placement(*row) for row in rows]
    return Page.of(found, request, lambda each: (each.created_at, each.placement_id), total)


def _pool(row: Row) -> Pool:
    value: dict[str, Any] = {
        "pool_id": row[0],
        "external_id": row[1],
        "name": row[2],
        "asset": asset_from_text(row[3]),
        "permitted_uses": frozenset(row[4]),
        "security_policy": row[5],
        "status": PoolStatus(row[6]),
        "created_at": row[7],
        "created_by": row[8],
        "approved_at": row[9],
        "approved_by": row[10],
        "metadata": row[11],
        "version": row[12],
    }
    return Pool(**value)


def _standing(row: Row) -> SourceStanding:
    kind = SourceKind(row[2])
    purpose = row[3].removeprefix("sadaqah:") if kind is SourceKind.SADAQAH else None
    origin = Origin(kind, row[4], purpose, row[5])
    return SourceStanding(row[1], origin, row[7], row[8], row[9], row[10], row[11], row[6])
