"""SQL of the register of promises. It reads what facilities, sessions and pieces wrote."""

from __future__ import annotations

from datetime import date
from typing import Any

from psycopg import sql

from sanduq.kit.db import Row, UnitOfWork
from sanduq.kit.listing import newest_first
from sanduq.kit.money import Asset, asset_from_text
from sanduq.kit.pages import Page, PageRequest
from sanduq.sarf.position.model import OwnGold
from sanduq.sarf.position.promises.model import (
    Cover,
    PromiseEntry,
    PromiseFilters,
    PromiseGroup,
    PromiseStatus,
    WindowMonth,
)

_SELECT = sql.SQL(
    "select p.promise_id, p.facility_id, f.status, f.branch_id, f.terms_id, p.status,"
    " p.promisee_id, p.asset, p.fine_weight_mg, p.bought_fine_mg, p.cap_bp, p.price_formula,"
    " p.opens_on, p.closes_on, p.language, p.wording, p.wording_hash, p.issued_at, p.issued_by,"
    " p.ended_on, p.version from sarf.promise p"
    " join sarf.facility f on f.institution_id = p.institution_id"
    "  and f.facility_id = p.facility_id"
    " where p.institution_id = %(institution)s"
)
_FILTERS = {
    "status": sql.SQL(" and p.status = %(status)s"),
    "promisee_id": sql.SQL(" and p.promisee_id = %(promisee_id)s"),
    "facility_id": sql.SQL(" and p.facility_id = %(facility_id)s"),
    "asset": sql.SQL(" and p.asset = %(asset)s"),
    "opens_from_on": sql.SQL(" and p.opens_on >= %(opens_from_on)s"),
    "opens_to_on": sql.SQL(" and p.opens_on <= %(opens_to_on)s"),
    "closes_from_on": sql.SQL(" and p.closes_on >= %(closes_from_on)s"),
    "closes_to_on": sql.SQL(" and p.closes_on <= %(closes_to_on)s"),
}
_COVER = (
    "select asset, sum(free)::bigint, sum(going_out)::bigint, sum(promised)::bigint,"
    " sum(required)::bigint from ("
    "  select p.asset, 0 as free, 0 as going_out, sum(p.fine_weight_mg - p.bought_fine_mg)"
    "    as promised, sum(ceil((p.fine_weight_mg - p.bought_fine_mg)"
    "    * (t.settings ->> 'cover_ratio_bp')::numeric / 10000)) as required"
    "   from sarf.promise p join sarf.facility f on f.institution_id = p.institution_id"
    "    and f.facility_id = p.facility_id"
    "   join sarf.terms t on t.institution_id = f.institution_id and t.terms_id = f.terms_id"
    "   where p.institution_id = %(institution)s and p.status in ('ISSUED', 'OPEN')"
    "   group by p.asset"
    "  union all"
    "  select p.asset, coalesce(sum(p.fine_weight_mg) filter (where p.status = 'HELD'), 0),"
    "   coalesce(sum(p.fine_weight_mg) filter (where s.kind = 'BUY_BACK'), 0), 0, 0"
    "   from sarf.piece p left join sarf.session s on s.institution_id = p.institution_id"
    "    and s.session_id = p.session_id"
    "   where p.institution_id = %(institution)s and p.status in ('HELD', 'RESERVED')"
    "   group by p.asset) sides group by asset order by asset"
)
_MONTHS = (
    "select p.asset, m.month::date, count(*), sum(p.fine_weight_mg - p.bought_fine_mg)::bigint"
    " from sarf.promise p cross join lateral generate_series("
    "  date_trunc('month', greatest(p.opens_on, %(today)s)::timestamp),"
    "  date_trunc('month', p.closes_on::timestamp), interval '1 month') m(month)"
    " where p.institution_id = %(institution)s and p.status in ('ISSUED', 'OPEN')"
    "  and p.bought_fine_mg < p.fine_weight_mg and p.closes_on >= %(today)s"
    " group by 1, 2 order by 1, 2"
)
_GROUPS = (
    "select cap_bp, price_formula, remaining, own_mg, own_cost, count(*) from ("
    "  select p.cap_bp, p.price_formula, p.fine_weight_mg - p.bought_fine_mg as remaining,"
    "   coalesce(own.fine_mg, 0) as own_mg, coalesce(own.cost_minor, 0) as own_cost"
    "  from sarf.promise p join sarf.facility f on f.institution_id = p.institution_id"
    "   and f.facility_id = p.facility_id"
    "  left join lateral (select sum(c.fine_weight_mg)::bigint as fine_mg,"
    "    sum(c.cost_minor)::bigint as cost_minor from sarf.piece c"
    "    where c.institution_id = f.institution_id"
    "     and c.acquired_session_id = f.purchase_session_id and c.asset = p.asset"
    "     and c.status in ('HELD', 'RESERVED')) own on true"
    "  where p.institution_id = %(institution)s and p.asset = %(asset)s"
    "   and p.status in ('ISSUED', 'OPEN') and p.bought_fine_mg < p.fine_weight_mg) live"
    " group by 1, 2, 3, 4, 5 order by 1, 2, 3, 4, 5"
)


def get(uow: UnitOfWork, promise_id: str) -> PromiseEntry | None:
    rows = uow.composed(
        _SELECT + sql.SQL(" and p.promise_id = %(promise)s"),
        {"institution": uow.institution_id, "promise": promise_id},
    )
    return _entry(rows[0]) if rows else None


def select_page(
    uow: UnitOfWork, request: PageRequest, filters: PromiseFilters
) -> Page[PromiseEntry]:
    query: sql.Composable = _SELECT
    parameters: dict[str, Any] = {"institution": uow.institution_id}
    for name, clause in _FILTERS.items():
        wanted = getattr(filters, name)
        if wanted is not None:
            query = query + clause
            parameters[name] = wanted if isinstance(wanted, date) else str(wanted)
    rows, total = newest_first(uow, query, parameters, request, order=["issued_at", "promise_id"])
    found = [_entry(row) for row in rows]
    return Page.of(found, request, lambda one: (one.issued_at, one.promise_id), total)


def cover(uow: UnitOfWork) -> dict[Asset, Cover]:
    """Gold at hand and promised, by currency."""
    rows = uow.all(_COVER, {"institution": uow.institution_id})
    return {asset_from_text(row[0]): Cover(*row[1:]) for row in rows}


def window_months(uow: UnitOfWork) -> list[WindowMonth]:
    """What may be called in each month from this one on, by currency."""
    rows = uow.all(_MONTHS, {"institution": uow.institution_id, "today": uow.today})
    return [WindowMonth(asset_from_text(row[0]), *row[1:]) for row in rows]


def groups(uow: UnitOfWork, asset: Asset) -> list[PromiseGroup]:
    """Open promises of one currency, alike ones together."""
    rows = uow.all(_GROUPS, {"institution": uow.institution_id, "asset": str(asset)})
    return [
        PromiseGroup(
            cap_bp=row[0], price_formula=row[1], remaining_mg=row[2], own=OwnGold(row[3], row[4]),
            count=row[5],
        )
        for row in rows
    ]  # fmt: skip


def provisions(uow: UnitOfWork) -> dict[Asset, int]:
    """What is set aside for promises, by currency."""
    rows = uow.all(
        "select asset, sum(provision_minor)::bigint from sarf.facility"
        " where institution_id = %s and provision_minor > 0 group by asset",
        uow.institution_id,
    )
    return {asset_from_text(row[0]): row[1] for row in rows}


def _entry(row: Row) -> PromiseEntry:
    return PromiseEntry(
        promise_id=row[0],
        facility_id=row[1],
        facility_status=row[2],
        branch_id=row[3],
        terms_id=row[4],
        status=PromiseStatus(row[5]),
        promisee_id=row[6],
        asset=asset_from_text(row[7]),
        fine_weight_mg=row[8],
        bought_fine_mg=row[9],
        cap_bp=row[10],
        price_formula=row[11],
        opens_on=row[12],
        closes_on=row[13],
        language=row[14],
        wording=row[15],
        wording_hash=row[16],
        issued_at=row[17],
        issued_by=row[18],
        ended_on=row[19],
        version=row[20],
    )
