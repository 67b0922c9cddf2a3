"""SQL of direct costs and the true-up of fees."""

from __future__ import annotations

from datetime import date

from psycopg import sql

from sanduq.kit.db import Row, UnitOfWork
from sanduq.kit.listing import newest_first
from sanduq.kit.money import Asset, Money, asset_from_text
from sanduq.kit.pages import Page, PageRequest
from sanduq.qard.true_ups.model import DirectCost, Outcome, Standing, TrueUp
from sanduq.shariah.model import DirectCategory

_COST = (
    "cost_id, amount_minor, asset, category, receipt, branch_id, incurred_on, journal_id,"
    " created_at, created_by"
)
_TRUE_UP = (
    "true_up_id, asset, starts_on, ends_on, fees_minor, direct_cost_minor, surplus_minor, outcome,"
    " borrowers, journal_id, created_at, created_by"
)


def insert_cost(uow: UnitOfWork, cost: DirectCost) -> None:
    uow.execute(
        f"insert into qard.direct_cost (institution_id, {_COST})"
        " values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        uow.institution_id, cost.cost_id, cost.amount.amount_minor, str(cost.amount.asset),
        cost.category.value, cost.receipt, cost.branch_id, cost.incurred_on, cost.journal_id,
        cost.created_at, cost.created_by,
    )  # fmt: skip


def insert_true_up(uow: UnitOfWork, made: TrueUp) -> None:
    uow.execute(
        f"insert into qard.fee_true_up (institution_id, {_TRUE_UP})"
        " values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        uow.institution_id, made.true_up_id, str(made.asset), made.starts_on, made.ends_on,
        made.fees_minor, made.direct_cost_minor, made.surplus_minor, made.outcome.value,
        made.borrowers, made.journal_id, made.created_at, made.created_by,
    )  # fmt: skip


def standings(uow: UnitOfWork, starts_on: date, ends_on: date) -> list[Standing]:
    """Fees charged, direct cost and what was resolved, per asset with fees in those days.

    What a true-up took out of the fees is not counted against them again.
    """
    rows = uow.all(
        "with booked as (select a.asset,"
        "  -sum(e.amount_minor) filter (where a.code = '4100' and j.kind <> 'fee.true_up') as fees,"
        "  sum(e.amount_minor) filter (where a.code = '5100') as cost"
        " from ledger.account a"
        " join ledger.entry e on e.institution_id = a.institution_id"
        "  and e.account_id = a.account_id"
        " join ledger.journal j on j.institution_id = e.institution_id"
        "  and j.journal_seq = e.journal_seq"
        " where a.institution_id = %(institution)s and a.code in ('4100', '5100')"
        "  and a.fund = 'own' and j.effective_on between %(from)s and %(to)s group by a.asset),"
        " resolved as (select asset,"
        "  sum(surplus_minor) filter (where outcome = 'refund') as refunded,"
        "  sum(surplus_minor) filter (where outcome = 'charity') as charity"
        " from qard.fee_true_up where institution_id = %(institution)s"
        "  and starts_on >= %(from)s and ends_on <= %(to)s group by asset)"
        " select b.asset, coalesce(b.fees, 0)::bigint, coalesce(b.cost, 0)::bigint,"
        "  coalesce(r.refunded, 0)::bigint, coalesce(r.charity, 0)::bigint"
        " from booked b left join resolved r on r.asset = b.asset order by b.asset",
        {"institution": uow.institution_id, "from": starts_on, "to": ends_on},
    )
    return [Standing(asset_from_text(row[0]), starts_on, ends_on, *row[1:5]) for row in rows]


def fees_by_borrower(
    uow: UnitOfWork, asset: Asset, starts_on: date, ends_on: date
) -> dict[str, int]:
    """The fees charged in those days, by who bore them."""
    rows = uow.all(
        "select q.borrower_id, sum(q.fee_minor)::bigint from qard.contract q"
        " where q.institution_id = %s and q.asset = %s and q.fee_minor > 0"
        " and q.disbursed_on between %s and %s group by q.borrower_id",
        uow.institution_id, str(asset), starts_on, ends_on,
    )  # fmt: skip
    return {row[0]: row[1] for row in rows}


def list_costs(uow: UnitOfWork, request: PageRequest, *, asset: Asset | None) -> Page[DirectCost]:
    query: sql.Composable = sql.SQL(
        f"select {_COST} from qard.direct_cost where institution_id = %(institution)s"
    )
    if asset is not None:
        query = query + sql.SQL(" and asset = %(asset)s")
    parameters = {"institution": uow.institution_id, "asset": str(asset)}
    rows, total = newest_first(uow, query, parameters, request, order=["cost_id"])
    found = [_cost(row) for row in rows]
    return Page.of(found, request, lambda each: (each.created_at, each.cost_id), total)


def list_true_ups(uow: UnitOfWork, request: PageRequest, *, asset: Asset | None) -> Page[TrueUp]:
    query: sql.Composable = sql.SQL(
        f"select {_TRUE_UP} from qard.fee_true_up where institution_id = %(institution)s"
    )
    if asset is not None:
        query = query + sql.SQL(" and asset = %(asset)s")
    parameters = {"institution": uow.institution_id, "asset": str(asset)}
    rows, total = newest_first(uow, query, parameters, request, order=["true_up_id"])
    found = [_true_up(row) for row in rows]
    return Page.of(found, request, lambda each: (each.created_at, each.true_up_id), total)


def _cost(row: Row) -> DirectCost:
    amount = Money(row[1], asset_from_text(row[2]))
    return DirectCost(
        row[0], amount, DirectCategory(row[3]), row[4], row[5], row[6], row[7], row[8], row[9]
    )


def _true_up(row: Row) -> TrueUp:
    return TrueUp(
        row[0], asset_from_text(row[1]), row[2], row[3], row[4], row[5], row[6], Outcome(row[7]),
        row[8], row[9], row[10], row[11],
    )  # fmt: skip
