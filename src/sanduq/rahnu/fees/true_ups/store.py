"""SQL of the true-up of custody fees."""

from __future__ import annotations

from datetime import date
from typing import Any

from psycopg import sql

from sanduq.kit.db import Row, UnitOfWork
from sanduq.kit.listing import newest_first
from sanduq.kit.money import Asset, asset_from_text
from sanduq.kit.pages import Page, PageRequest
from sanduq.qard.true_ups.model import Standing
from sanduq.rahnu.fees.costs.postings import CUSTODY_COST
from sanduq.rahnu.fees.true_ups.model import CustodyTrueUp, SurplusUse
from sanduq.rahnu.fees.true_ups.postings import CUSTODY_FEES, TRUE_UP

_COLUMNS = (
    "true_up_id, asset, from_on, to_on, fees_minor, cost_minor, surplus_minor, surplus_use,"
    " owners, resolution_id, journal_id, created_at, created_by"
)


def lock(uow: UnitOfWork) -> None:
    """Those who true fees up do so in turn, so that a surplus is moved out once."""
    uow.execute(
        "select pg_advisory_xact_lock(%s, hashtext('custody fee true-up'))", uow.institution_id
    )


def insert(uow: UnitOfWork, made: CustodyTrueUp) -> None:
    uow.execute(
        f"insert into rahnu.custody_fee_true_up (institution_id, {_COLUMNS})"
        " values (%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s)",
        uow.institution_id, made.true_up_id, str(made.asset), made.from_on, made.to_on,
        made.fees_minor, made.cost_minor, made.surplus_minor, made.use.value, made.owners,
        made.resolution_id, made.journal_id, made.created_at, made.created_by,
    )  # fmt: skip


def standings(
    uow: UnitOfWork, from_on: date, to_on: date, asset: Asset | None = None
) -> list[Standing]:
    """Fees charged, what keeping cost and what was resolved, per asset with either in those days.

    What a true-up took out of the fees is not counted against them again.
    """
    rows = uow.all(
        "with booked as (select a.asset,"
        "  -sum(e.amount_minor) filter (where a.code = %(fees)s and j.kind <> %(true_up)s) as fees,"
        "  sum(e.amount_minor) filter (where a.code = %(cost)s) as cost"
        " from ledger.account a"
        " join ledger.entry e on e.institution_id = a.institution_id"
        "  and e.account_id = a.account_id"
        " join ledger.journal j on j.institution_id = e.institution_id"
        "  and j.journal_seq = e.journal_seq"
        " where a.institution_id = %(institution)s and a.code in (%(fees)s, %(cost)s)"
        "  and a.fund = 'own' and (%(asset)s::text is null or a.asset = %(asset)s)"
        "  and j.effective_on between %(from)s and %(to)s group by a.asset),"
        " resolved as (select asset,"
        "  sum(surplus_minor) filter (where surplus_use = 'refund_provision') as refunded,"
        "  sum(surplus_minor) filter (where surplus_use = 'charity') as charity"
        " from rahnu.custody_fee_true_up where institution_id = %(institution)s"
        "  and from_on >= %(from)s and to_on <= %(to)s group by asset)"
        " select b.asset, coalesce(b.fees, 0)::bigint, coalesce(b.cost, 0)::bigint,"
        "  coalesce(r.refunded, 0)::bigint, coalesce(r.charity, 0)::bigint"
        " from booked b left join resolved r on r.asset = b.asset order by b.asset",
        {
            "institution": uow.institution_id,
            "from": from_on,
            "to": to_on,
            "asset": None if asset is None else str(asset),
            "fees": CUSTODY_FEES,
            "cost": CUSTODY_COST,
            "true_up": TRUE_UP,
        },
    )
    return [Standing(asset_from_text(row[0]), from_on, to_on, *row[1:5]) for row in rows]


def is_cut(uow: UnitOfWork, asset: Asset, from_on: date, to_on: date) -> bool:
    """Whether an earlier true-up lies partly within those days and partly without."""
    row = uow.one(
        "select exists (select from rahnu.custody_fee_true_up where institution_id = %s"
        " and asset = %s and from_on <= %s and to_on >= %s and (from_on < %s or to_on > %s))",
        uow.institution_id, str(asset), to_on, from_on, from_on, to_on,
    )  # fmt: skip
    assert row is not None
    return bool(row[0])


def fees_by_owner(uow: UnitOfWork, asset: Asset, from_on: date, to_on: date) -> dict[str, int]:
    """The custody fees of those days by who bore them: owners of pledges and of deposits."""
    rows = uow.all(
        "select coalesce(c.pledgor_id, d.owner_id), -sum(e.amount_minor)::bigint"
        " from ledger.account a"
        " join ledger.entry e using (institution_id, account_id)"
        " join ledger.journal j using (institution_id, journal_seq)"
        " left join ledger.journal taken on taken.institution_id = j.institution_id"
        "  and taken.journal_id = j.reverses"
        " left join rahnu.contract c on c.institution_id = j.institution_id"
        "  and c.contract_id = coalesce(j.reference, taken.reference)"
        " left join rahnu.deposit d on d.institution_id = j.institution_id"
        "  and d.deposit_id = coalesce(j.reference, taken.reference)"
        " where a.institution_id = %(institution)s and a.code = %(fees)s and a.asset = %(asset)s"
        "  and a.fund = 'own' and j.kind <> %(true_up)s"
        "  and j.effective_on between %(from)s and %(to)s"
        "  and coalesce(c.pledgor_id, d.owner_id) is not null"
        " group by 1 having sum(e.amount_minor) < 0 order by 1",
        {
            "institution": uow.institution_id,
            "asset": str(asset),
            "from": from_on,
            "to": to_on,
            "fees": CUSTODY_FEES,
            "true_up": TRUE_UP,
        },
    )
    return {row[0]: row[1] for row in rows}


def select_page(uow: UnitOfWork, request: PageRequest, asset: Asset | None) -> Page[CustodyTrueUp]:
    query: sql.Composable = sql.SQL(
        f"select {_COLUMNS} from rahnu.custody_fee_true_up where institution_id = %(institution)s"
    )
    parameters: dict[str, Any] = {"institution": uow.institution_id}
    if asset is not None:
        query = query + sql.SQL(" and asset = %(asset)s")
        parameters["asset"] = str(asset)
    rows, total = newest_first(uow, query, parameters, request, order=["true_up_id"])
    found = [_true_up(row) for row in rows]
    return Page.of(found, request, lambda one: (one.created_at, one.true_up_id), total)


def unbooked(uow: UnitOfWork) -> list[Row]:
    """(asset, recorded, booked) where true-ups and their journals differ."""
    return uow.all(
        "with recorded as (select asset, sum(surplus_minor)::bigint as minor"
        "  from rahnu.custody_fee_true_up where institution_id = %(institution)s group by asset),"
        " booked as (select a.asset, sum(e.amount_minor)::bigint as minor from ledger.journal j"
        "  join ledger.entry e using (institution_id, journal_seq)"
        "  join ledger.account a using (institution_id, account_id)"
        "  where j.institution_id = %(institution)s and j.kind = %(true_up)s"
        "  and a.code = %(fees)s group by a.asset)"
        " select asset, coalesce(r.minor, 0), coalesce(b.minor, 0)"
        " from recorded r full join booked b using (asset)"
        " where coalesce(r.minor, 0) <> coalesce(b.minor, 0) order by asset",
        {"institution": uow.institution_id, "fees": CUSTODY_FEES, "true_up": TRUE_UP},
    )


def _true_up(row: Row) -> CustodyTrueUp:
    return CustodyTrueUp(
        true_up_id=row[0],
        asset=asset_from_text(row[1]),
        from_on=row[2],
        to_on=row[3],
        fees_minor=row[4],
        cost_minor=row[5],
        surplus_minor=row[6],
        use=SurplusUse(row[7]),
        owners=row[8],
        resolution_id=row[9],
        journal_id=row[10],
        created_at=row[11],
        created_by=row[12],
    )
