"""SQL of funds at one look: read from the ledger's balances alone."""

from __future__ import annotations

from typing import Any

from psycopg import sql

from sanduq.funds.overview.model import FundBalance
from sanduq.kit.db import Row, UnitOfWork
from sanduq.kit.listing import newest_first
from sanduq.kit.money import asset_from_text
from sanduq.kit.pages import Page, PageRequest

# What is owed to charity stands among the institution's own accounts (2100).
_FUNDS = sql.SQL(
    "select fund, asset, cash, corpus,"
    " case when fund = 'charity' then unspent else least(unspent, cash) end as available,"
    " lent, opened_at, key from (select"
    " case when a.code = '2100' then 'charity' else a.fund end as fund, a.asset,"
    " coalesce(sum(b.balance_minor) filter (where a.code = '1000'), 0)::bigint as cash,"
    " coalesce(-sum(b.balance_minor) filter (where a.code = '3100'), 0)::bigint as corpus,"
    " coalesce(-sum(b.balance_minor) filter"
    "  (where a.code in ('2100', '3110', '3200', '3300', '3400')), 0)::bigint as unspent,"
    " coalesce(sum(b.balance_minor) filter"
    "  (where a.code in ('1100', '1110', '1300', '1400', '1420', '1600')), 0)::bigint as lent,"
    " min(a.opened_at) as opened_at,"
    " case when a.code = '2100' then 'charity' else a.fund end || ' ' || a.asset as key"
    " from ledger.account a join ledger.balance b using (institution_id, account_id)"
    " where a.institution_id = %(institution)s and (a.fund <> 'own' or a.code = '2100')"
    " group by 1, a.asset, 8) f where true"
)


def select_page(
    uow: UnitOfWork, request: PageRequest, *, kind: str | None, asset: str | None
) -> Page[FundBalance]:
    query: sql.Composable = _FUNDS
    parameters: dict[str, Any] = {"institution": uow.institution_id}
    if kind is not None:
        query += sql.SQL(" and split_part(fund, ':', 1) = %(kind)s")
        parameters["kind"] = kind
    if asset is not None:
        query += sql.SQL(" and asset = %(asset)s")
        parameters["asset"] = asset
    rows, total = newest_first(uow, query, parameters, request, order=["opened_at", "key"])
    found = [_balance(row) for row in rows]
    return Page.of(found, request, lambda one: (one.opened_at, one.key), total)


def _balance(row: Row) -> FundBalance:
    return FundBalance(row[0], asset_from_text(row[1]), *row[2:7])
