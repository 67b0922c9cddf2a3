"""SQL of the pledge book: one row for each pledge in force, summed. Nothing is written."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from sanduq.kit.db import Row, UnitOfWork
from sanduq.kit.money import Asset, asset_from_text
from sanduq.reporting.pledges.model import (
    MIXED,
    OVERDUE,
    UNDATED,
    By,
    LtvBucket,
    Maturing,
    Position,
    Waiting,
)

# The custody fee grown to today: whole months of a segment exactly, the days of the month begun
# by its length, rounded down; a segment ends where the next begins. As the fee meter has it.
_GROWN = (
    "grown as (select s.contract_id, sum(s.monthly_minor * m.months"
    "   + s.monthly_minor * (s.ends_on - m.begun_on) / (m.next_on - m.begun_on))::bigint as minor"
    " from (select f.contract_id, f.from_on, f.monthly_minor, least(coalesce(lead(f.from_on) over"
    "   (partition by f.contract_id order by f.number), t.on_day), t.on_day) as ends_on"
    "  from rahnu.fee_segment f join book b on b.contract_id = f.contract_id"
    "  cross join lateral (select least(%(today)s::date, coalesce(b.fee_until_on, %(today)s::date))"
    "   as on_day) t where f.institution_id = %(institution)s) s"
    " cross join lateral (select"
    "  ((extract(year from s.ends_on) - extract(year from s.from_on)) * 12"
    "  + extract(month from s.ends_on) - extract(month from s.from_on))::integer as apart) a"
    " cross join lateral (select a.apart"
    "  - ((s.from_on + a.apart * interval '1 month')::date > s.ends_on)::integer as months) w"
    " cross join lateral (select w.months,"
    "  (s.from_on + w.months * interval '1 month')::date as begun_on,"
    "  (s.from_on + (w.months + 1) * interval '1 month')::date as next_on) m"
    " where s.ends_on > s.from_on group by s.contract_id)"
)
_HELD = (
    "held as (select u.contract_id, sum(case u.kind when 'received' then u.amount_minor"
    "  else -u.amount_minor end)::bigint as minor from rahnu.top_up u"
    " join book b on b.contract_id = u.contract_id"
    " where u.institution_id = %(institution)s group by u.contract_id)"
)
# Pure weight by the valuation of a thing; by what is declared of it where it has none.
_THING = (
    "thing as (select ci.contract_id, count(*) as things,"
    "  sum(i.gross_weight_mg)::bigint as gross_mg, sum(f.tenths / 10)::bigint as fine_mg,"
    "  greatest(sum(ci.value_minor), 1)::bigint as value_minor,"
    f"  case when count(distinct i.metal) = 1 then min(i.metal) else '{MIXED}' end as metal,"
    f"  case when count(distinct i.kind) = 1 then min(i.kind) else '{MIXED}' end as kind,"
    "  count(distinct i.metal) filter (where i.metal <> 'none') as metals,"
    "  coalesce(sum(f.tenths) filter (where ci.valuation_id is not null), 0)::bigint as tenths,"
    "  coalesce(sum(ci.value_minor) filter (where i.metal = 'none'), 0)::bigint as other_minor"
    " from book b join rahnu.contract_item ci on ci.institution_id = %(institution)s"
    "  and ci.contract_id = b.contract_id and ci.status = 'PLEDGED'"
    " join assets.item i on i.institution_id = ci.institution_id and i.item_id = ci.item_id"
    " left join assets.valuation v on v.institution_id = ci.institution_id"
    "  and v.valuation_id = ci.valuation_id"
    " cross join lateral (select coalesce("
    "  (v.gross_weight_mg - v.stone_weight_mg - v.other_weight_mg) * v.fineness_bp / 1000,"
    "  (i.gross_weight_mg - i.stone_weight_mg - i.other_weight_mg) * i.fineness_bp / 1000, 0)"
    "  as tenths) f group by ci.contract_id)"
)
_OWED = (
    "case when b.debt_kind = 'outside' then (b.outside_debt ->> 'amount_minor')::bigint"
    " when o.obligation_id is not null then"
    "  o.principal_minor + o.fee_minor - o.principal_paid_minor - o.fee_paid_minor"
    " when q.status = 'AGREED' then q.principal_minor + q.fee_minor else 0 end"
)


def pledges(where: str = "true") -> str:
    """The head of a query over the pledges in force (`pledge`), of a currency and a branch.

    `where` narrows the contracts (`c`). Parameters: institution, today, asset, branch.
    """
    return (
        "with book as materialized (select c.* from rahnu.contract c"
        " where c.institution_id = %(institution)s and c.status in ('ACTIVE', 'MARGIN_CALL')"
        " and (%(asset)s::text is null or c.asset = %(asset)s)"
        f" and (%(branch)s::text is null or c.branch_id = %(branch)s) and ({where})),"
        f" {_GROWN}, {_HELD}, {_THING}, pledge as (select p.*,"
        "  p.debt_minor + p.fee_due_minor as claims_minor,"
        "  p.value_minor + p.held_minor as cover_minor from (select b.contract_id,"
        "  b.ticket_number, b.pledgor_id, b.branch_id, b.template_id, b.asset, b.status,"
        "  b.margin_flag, b.matures_on, b.secured_minor,"
        "  coalesce(t.things, 0) as things, coalesce(t.gross_mg, 0) as gross_mg,"
        "  coalesce(t.fine_mg, 0) as fine_mg, coalesce(t.value_minor, 0) as value_minor,"
        "  t.metal, t.kind, coalesce(t.metals, 0) as metals, coalesce(t.tenths, 0) as tenths,"
        f"  coalesce(t.other_minor, 0) as other_minor, {_OWED} as debt_minor,"
        "  greatest(0, coalesce(g.minor, 0) - b.fee_paid_minor) as fee_due_minor,"
        "  coalesce(h.minor, 0) as held_minor"
        " from book b left join thing t using (contract_id) left join grown g using (contract_id)"
        " left join held h using (contract_id)"
        " left join obligations.obligation o on o.institution_id = %(institution)s"
        "  and o.obligation_id = b.debt_id"
        " left join qard.contract q on q.institution_id = %(institution)s"
        "  and q.qard_id = b.debt_id and o.obligation_id is null) p)"
    )


def bound(uow: UnitOfWork, asset: Asset | None, branch_id: str | None) -> dict[str, Any]:
    """What `pledges` asks for."""
    return {
        "institution": uow.institution_id,
        "today": uow.today,
        "asset": None if asset is None else str(asset),
        "branch": branch_id,
    }


_SUMS = (
    "count(*), coalesce(sum(value_minor), 0)::bigint, coalesce(sum(held_minor), 0)::bigint,"
    " coalesce(sum(debt_minor), 0)::bigint, coalesce(sum(fee_due_minor), 0)::bigint"
)
_KEYS: Mapping[By, str] = {
    By.NONE: "null::text",
    By.BRANCH: "branch_id",
    By.STATUS: "status",
    By.METAL: "metal",
    By.KIND: "kind",
}
_BRANCH_NAME = (
    "(select n.name from access.branch n where n.institution_id = %(institution)s"
    " and n.branch_id = part.key)"
)


def positions(
    uow: UnitOfWork, asset: Asset | None, branch_id: str | None, by: By
) -> tuple[list[Position], list[Position]]:
    """The book: each currency whole, and its parts, most valuable first."""
    name = _BRANCH_NAME if by is By.BRANCH else "null::text"
    rows = uow.all(
        f"{pledges()} select part.*, {name} from (select asset, key, grouping(key) = 1 as is_whole,"
        " count(*) as pledges, sum(value_minor)::bigint as value_minor, sum(held_minor)::bigint,"
        " sum(debt_minor)::bigint, sum(fee_due_minor)::bigint, sum(things)::bigint,"
        " sum(gross_mg)::bigint, sum(fine_mg)::bigint, sum(secured_minor)::bigint"
        f" from (select pledge.*, {_KEYS[by]} as key from pledge) k"
        " group by grouping sets ((asset), (asset, key))) part"
        " order by asset, is_whole desc, value_minor desc, key nulls last",
        bound(uow, asset, branch_id),
    )
    wholes = [_position(row) for row in rows if row[2]]
    parts = [_position(row) for row in rows if not row[2] and by is not By.NONE]
    return wholes, parts


def _position(row: Row) -> Position:
    return Position(
        asset=asset_from_text(row[0]),
        key=row[1],
        name=row[12],
        pledges=row[3],
        value_minor=row[4],
        held_minor=row[5],
        debt_minor=row[6],
        fee_due_minor=row[7],
        things=row[8],
        gross_mg=row[9],
        fine_mg=row[10],
        secured_minor=row[11],
    )


def waiting(uow: UnitOfWork, asset: Asset | None, branch_id: str | None) -> list[Waiting]:
    """Contracts that are drafts, under review, or approved and not executed."""
    rows = uow.all(
        "select asset, status, count(*), sum(secured_minor)::bigint,"
        " coalesce(sum(loan_minor), 0)::bigint from rahnu.contract"
        " where institution_id = %(institution)s"
        " and status in ('DRAFT', 'PENDING_SHARIAH_REVIEW', 'SHARIAH_APPROVED')"
        " and (%(asset)s::text is null or asset = %(asset)s)"
        " and (%(branch)s::text is null or branch_id = %(branch)s)"
        " group by asset, status order by asset, status",
        bound(uow, asset, branch_id),
    )
    return [Waiting(asset_from_text(row[0]), *row[1:]) for row in rows]


def maturing(
    uow: UnitOfWork, from_on: date, to_on: date, asset: Asset | None, branch_id: str | None
) -> list[Maturing]:
    """Pledges by the month their term ends: each currency whole first, then what is overdue."""
    rows = uow.all(
        f"{pledges()} select asset, bucket, {_SUMS} from (select pledge.*,"
        f"  case when matures_on is null then '{UNDATED}'"
        f"  when matures_on < %(today)s then '{OVERDUE}'"
        "   else to_char(matures_on, 'YYYY-MM') end as bucket from pledge"
        "  where matures_on is null or matures_on < %(today)s"
        "   or matures_on between %(from_on)s and %(to_on)s) k"
        " group by grouping sets ((asset), (asset, bucket))"
        f" order by asset, grouping(bucket) desc, bucket <> '{OVERDUE}', bucket",
        {**bound(uow, asset, branch_id), "from_on": from_on, "to_on": to_on},
    )
    return [
        Maturing(
            asset=asset_from_text(row[0]), bucket=row[1], pledges=row[2], value_minor=row[3],
            held_minor=row[4], debt_minor=row[5], fee_due_minor=row[6],
        )
        for row in rows
    ]  # fmt: skip


def ltv_buckets(uow: UnitOfWork, asset: Asset | None, branch_id: str | None) -> list[LtvBucket]:
    """Pledges by tenths of their loan-to-value ratio: each currency whole, then the buckets held.

    Decided by whole numbers: a ratio of exactly 70% lies in the bucket up to 70.
    """
    rows = uow.all(
        f"{pledges()} select asset, number, {_SUMS} from (select pledge.*,"
        "  case when claims_minor <= 0 then 1 when claims_minor > cover_minor then 11"
        "   else (claims_minor * 10 + cover_minor - 1) / cover_minor end as number from pledge) k"
        " group by grouping sets ((asset), (asset, number))"
        " order by asset, grouping(number) desc, number",
        bound(uow, asset, branch_id),
    )
    return [
        LtvBucket(
            asset=asset_from_text(row[0]), number=row[1], pledges=row[2], value_minor=row[3],
            held_minor=row[4], debt_minor=row[5], fee_due_minor=row[6],
        )
        for row in rows
    ]  # fmt: skip
