"""SQL of custody costs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from psycopg import errors, sql

from sanduq.kit.db import Row, UnitOfWork
from sanduq.kit.json import dumps
from sanduq.kit.listing import newest_first
from sanduq.kit.money import Money, asset_from_text
from sanduq.kit.pages import Page, PageRequest
from sanduq.rahnu.fees.cost_studies.model import CustodyCostKind
from sanduq.rahnu.fees.costs.errors import CustodyCostExternalIdTaken, CustodyCostReversed
from sanduq.rahnu.fees.costs.model import CustodyCost, CustodyCostFilters
from sanduq.rahnu.fees.costs.postings import CUSTODY_COST, INCURRED, REVERSED

_SELECT = sql.SQL(
    "select custody_cost_id, external_id, kind, amount_minor, asset, branch_id, incurred_on,"
    " receipt_reference, reverses, reason, journal_id, metadata, created_at, created_by,"
    " (select r.custody_cost_id from rahnu.custody_cost r"
    "  where r.institution_id = c.institution_id and r.reverses = c.custody_cost_id) as reversed_by"
    " from rahnu.custody_cost c where institution_id = %(institution)s"
)
_FILTERS: Mapping[str, sql.SQL] = {
    "asset": sql.SQL(" and asset = %(asset)s"),
    "kind": sql.SQL(" and kind = %(kind)s"),
    "branch_id": sql.SQL(" and branch_id = %(branch_id)s"),
    "external_id": sql.SQL(" and external_id = %(external_id)s"),
    "incurred_from": sql.SQL(" and incurred_on >= %(incurred_from)s"),
    "incurred_before": sql.SQL(" and incurred_on < %(incurred_before)s"),
}


def insert(uow: UnitOfWork, cost: CustodyCost) -> None:
    """Writes a cost. Refuses CONFLICT an external_id in use and a second counter entry."""
    try:
        with uow.savepoint():
            uow.execute(
                "insert into rahnu.custody_cost (institution_id, custody_cost_id, external_id,"
                " kind, amount_minor, asset, branch_id, incurred_on, receipt_reference, reverses,"
                " reason, journal_id, metadata, created_at, created_by)"
                " values (%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s::json,%s,%s)",
                uow.institution_id, cost.custody_cost_id, cost.external_id, cost.kind.value,
                cost.amount.amount_minor, str(cost.amount.asset), cost.branch_id,
                cost.incurred_on, cost.receipt_reference, cost.reverses, cost.reason,
                cost.journal_id, dumps(dict(cost.metadata)).decode(), cost.created_at,
                cost.created_by,
            )  # fmt: skip
    except errors.UniqueViolation:
        taken = CustodyCostExternalIdTaken if cost.reverses is None else CustodyCostReversed
        raise taken from None


def get(uow: UnitOfWork, cost_id: str) -> CustodyCost | None:
    rows = uow.composed(
        _SELECT + sql.SQL(" and custody_cost_id = %(id)s"),
        {"institution": uow.institution_id, "id": cost_id},
    )
    return _cost(rows[0]) if rows else None


def select_page(
    uow: UnitOfWork, filters: CustodyCostFilters, request: PageRequest
) -> Page[CustodyCost]:
    """Costs and counter entries that match every filter, newest first."""
    query: sql.Composable = _SELECT
    parameters: dict[str, Any] = {"institution": uow.institution_id}
    for name, clause in _FILTERS.items():
        wanted = getattr(filters, name)
        if wanted is not None:
            query = query + clause
            is_day = name.startswith("incurred_")
            parameters[name] = wanted if is_day else str(wanted)
    rows, total = newest_first(uow, query, parameters, request, order=["custody_cost_id"])
    found = [_cost(row) for row in rows]
    return Page.of(found, request, lambda one: (one.created_at, one.custody_cost_id), total)


def unbooked(uow: UnitOfWork) -> list[Row]:
    """(asset, recorded, booked) where receipts and the journals of receipts differ."""
    return uow.all(
        "with recorded as (select asset, sum(amount_minor)::bigint as minor"
        "  from rahnu.custody_cost where institution_id = %(institution)s group by asset),"
        " booked as (select a.asset, sum(e.amount_minor)::bigint as minor from ledger.journal j"
        "  join ledger.entry e using (institution_id, journal_seq)"
        "  join ledger.account a using (institution_id, account_id)"
        "  where j.institution_id = %(institution)s and j.kind = any(%(kinds)s)"
        "  and a.code = %(code)s group by a.asset)"
        " select asset, coalesce(r.minor, 0), coalesce(b.minor, 0)"
        " from recorded r full join booked b using (asset)"
        " where coalesce(r.minor, 0) <> coalesce(b.minor, 0) order by asset",
        {
            "institution": uow.institution_id,
            "kinds": [INCURRED, REVERSED],
            "code": CUSTODY_COST,
        },
    )


def _cost(row: Row) -> CustodyCost:
    return CustodyCost(
        custody_cost_id=row[0],
        external_id=row[1],
        kind=CustodyCostKind(row[2]),
        amount=Money(row[3], asset_from_text(row[4])),
        branch_id=row[5],
        incurred_on=row[6],
        receipt_reference=row[7],
        reverses=row[8],
        reason=row[9],
        journal_id=row[10],
        metadata=row[11],
        created_at=row[12],
        created_by=row[13],
        reversed_by=row[14],
    )
