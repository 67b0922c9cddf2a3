"""SQL of auctions, sales and what they left for owners in a span."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from sanduq.kit.db import UnitOfWork
from sanduq.kit.money import Asset
from sanduq.reporting.pledges.model_sales import AGES, Lots, Moved, Sales
from sanduq.reporting.portfolio.model import Span

_WITHIN = (
    " and (%(asset)s::text is null or {0}.asset = %(asset)s)"
    " and (%(branch)s::text is null or {0}.branch_id = %(branch)s)"
)


def _bound(
    uow: UnitOfWork, span: Span, asset: Asset | None, branch_id: str | None
) -> dict[str, Any]:
    return {
        "institution": uow.institution_id,
        "time_zone": uow.time_zone,
        "from_on": span.from_on,
        "to_on": span.to_on,
        "asset": None if asset is None else str(asset),
        "branch": branch_id,
    }


def lots(
    uow: UnitOfWork, span: Span, asset: Asset | None, branch_id: str | None
) -> dict[str, Lots]:
    """Auctions that opened in a span, with their lots, by asset text."""
    sold = "filter (where l.status in ('PAID', 'SOLD'))"
    rows = uow.all(
        "select a.asset, count(distinct a.auction_id), count(l.lot_id),"
        " count(*) filter (where l.status = 'LISTED'),"
        f" count(*) filter (where l.status = 'AWARDED'), count(*) {sold},"
        " count(*) filter (where l.status = 'UNSOLD'),"
        " count(*) filter (where l.status = 'WITHDRAWN'),"
        f" coalesce(sum(l.awarded_minor) {sold}, 0)::bigint,"
        f" coalesce(sum(l.reserve_minor) {sold}, 0)::bigint,"
        f" coalesce(sum(l.market_minor) {sold}, 0)::bigint"
        " from rahnu.auction a left join rahnu.lot l on l.institution_id = a.institution_id"
        "  and l.auction_id = a.auction_id"
        " where a.institution_id = %(institution)s and a.opened_at is not null"
        " and a.opens_at >= %(from_on)s::date::timestamp at time zone %(time_zone)s"
        " and a.opens_at < (%(to_on)s::date + 1)::timestamp at time zone %(time_zone)s"
        f"{_WITHIN.format('a')} group by a.asset",
        _bound(uow, span, asset, branch_id),
    )
    return {
        row[0]: Lots(
            auctions=row[1], offered=row[2], listed=row[3], awarded=row[4], sold=row[5],
            unsold=row[6], withdrawn=row[7], price_minor=row[8], reserve_minor=row[9],
            market_minor=row[10],
        )
        for row in rows
    }  # fmt: skip


def sales(
    uow: UnitOfWork, span: Span, asset: Asset | None, branch_id: str | None
) -> dict[str, list[Sales]]:
    """Sales carried out in a span by method, by asset text."""
    rows = uow.all(
        "select s.asset, s.method, count(*), sum(s.price_minor)::bigint,"
        " sum(s.market_minor)::bigint, sum(s.sale_costs_minor)::bigint,"
        " sum(s.owner_costs_minor)::bigint,"
        " sum(s.to_principal_minor + s.to_fee_minor + s.to_collection_minor)::bigint,"
        " sum(s.surplus_minor)::bigint, sum(s.shortfall_minor)::bigint"
        " from rahnu.sale s where s.institution_id = %(institution)s and s.status = 'EXECUTED'"
        f" and s.sold_on between %(from_on)s and %(to_on)s{_WITHIN.format('s')}"
        " group by s.asset, s.method order by s.asset, s.method",
        _bound(uow, span, asset, branch_id),
    )
    found: dict[str, list[Sales]] = defaultdict(list)
    for row in rows:
        found[row[0]].append(
            Sales(
                method=row[1], count=row[2], price_minor=row[3], market_minor=row[4],
                costs_minor=row[5], owner_costs_minor=row[6], recovered_minor=row[7],
                surplus_minor=row[8], shortfall_minor=row[9],
            )
        )  # fmt: skip
    return found


def surpluses(
    uow: UnitOfWork, span: Span, asset: Asset | None, branch_id: str | None
) -> dict[tuple[str, str], Moved]:
    """What was recorded, paid and transferred in a span, and what nobody had fetched by its end,
    by asset text and `recorded`, `payment`, `transferred` or the number of the age's bucket."""
    ages = " ".join(f"when age <= {days} then '{n}'" for n, days in enumerate(AGES))
    rows = uow.all(
        "select asset, what, count(*), sum(amount_minor)::bigint from ("
        " select s.asset, 'recorded' as what, s.amount_minor from rahnu.surplus s"
        "  where s.institution_id = %(institution)s"
        f"  and s.sold_on between %(from_on)s and %(to_on)s{_WITHIN.format('s')}"
        " union all select s.asset,"
        "  case p.kind when 'payment' then 'payment' else 'transferred' end, p.amount_minor"
        "  from rahnu.surplus_payout p join rahnu.surplus s"
        "   on s.institution_id = p.institution_id and s.surplus_id = p.surplus_id"
        "  where p.institution_id = %(institution)s and p.status = 'DONE'"
        f"  and p.done_on between %(from_on)s and %(to_on)s{_WITHIN.format('s')}"
        f" union all select asset, case {ages} else '{len(AGES)}' end, amount_minor from ("
        "  select s.asset, s.amount_minor, %(to_on)s::date - s.sold_on as age"
        "  from rahnu.surplus s where s.institution_id = %(institution)s"
        "  and s.sold_on <= %(to_on)s and (s.settled_on is null or s.settled_on > %(to_on)s)"
        f"  {_WITHIN.format('s')}) u) f group by asset, what",
        _bound(uow, span, asset, branch_id),
    )
    return {(row[0], row[1]): Moved(row[2], row[3]) for row in rows}
