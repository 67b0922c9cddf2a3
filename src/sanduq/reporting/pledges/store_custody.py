"""SQL of keeping: how long things were kept, what lies where, what was counted."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

from sanduq.kit.db import Row, UnitOfWork
from sanduq.kit.money import Asset
from sanduq.reporting.pledges.model_custody import Count, Kept


def kept_between(
    uow: UnitOfWork, from_on: date, to_on: date, asset: Asset | None
) -> dict[str, Kept]:
    """Item-months and weight-months of what pledges and deposits kept, by asset text.

    By the register's own movements: a thing counts on each day at whose end it lay in a bag, and
    a day counts once it is over. The currency is that of the pledge or deposit it lay under.
    """
    rows = uow.all(
        "with stay as (select m.thing_id, m.to_position, m.weight_mg,"
        "   (m.moved_at at time zone %(time_zone)s)::date as in_on, coalesce((lead(m.moved_at)"
        "    over (partition by m.thing_id order by m.step) at time zone %(time_zone)s)::date,"
        "    'infinity') as out_on"
        "  from custody.movement m where m.institution_id = %(institution)s),"
        " kept as (select coalesce(c.asset, d.asset) as asset, s.weight_mg,"
        "   greatest(s.in_on, %(from_on)s) as in_on,"
        "   least(s.out_on, %(to_on)s::date + 1, %(today)s) as out_on"
        "  from stay s join custody.bag b on b.institution_id = %(institution)s"
        "   and b.bag_id = substr(s.to_position, 5)"
        "  left join rahnu.contract c on c.institution_id = %(institution)s"
        "   and c.contract_id = b.subject_id"
        "  left join rahnu.deposit d on d.institution_id = %(institution)s"
        "   and d.deposit_id = b.subject_id"
        "  where s.to_position like 'bag:%%' and s.in_on <= %(to_on)s and s.out_on > %(from_on)s)"
        " select asset, length, sum(days)::bigint, sum(days * weight_mg)::bigint from ("
        "  select k.asset, k.weight_mg, (m.month + interval '1 month')::date - m.month as length,"
        "   least(k.out_on, (m.month + interval '1 month')::date) - greatest(k.in_on, m.month)"
        "    as days"
        "  from kept k cross join lateral (select g::date as month from generate_series("
        "   date_trunc('month', k.in_on::timestamp), (k.out_on - 1)::timestamp,"
        "   interval '1 month') g) m"
        "  where k.asset is not null and k.in_on < k.out_on"
        "  and (%(asset)s::text is null or k.asset = %(asset)s)) n group by asset, length",
        {
            "institution": uow.institution_id,
            "time_zone": uow.time_zone,
            "today": uow.today,
            "from_on": from_on,
            "to_on": to_on,
            "asset": None if asset is None else str(asset),
        },
    )
    found: dict[str, Kept] = {}
    for text, length, days, mg_days in rows:
        before = found.get(text, Kept())
        found[text] = Kept(
            before.item_months + Fraction(days, length),
            before.mg_months + Fraction(mg_days, length),
        )
    return found


def registered(uow: UnitOfWork, branch_id: str | None) -> dict[str, Row]:
    """(bags, things, gross mg, fine mg) held, by branch; what travels counts where it left."""
    rows = uow.all(
        "select p.branch_id, count(distinct b.bag_id), count(h.item_id),"
        " coalesce(sum(h.gross_weight_mg), 0)::bigint, coalesce(sum(h.fine_weight_mg), 0)::bigint"
        " from custody.bag b join custody.place p on p.institution_id = b.institution_id"
        "  and p.place_id = b.place_id"
        " left join custody.holding h on h.institution_id = b.institution_id"
        "  and h.bag_id = b.bag_id"
        " where b.institution_id = %(institution)s"
        " and b.status in ('AWAITING_SECOND', 'IN_CUSTODY', 'OPENED')"
        " and (%(branch)s::text is null or p.branch_id = %(branch)s) group by p.branch_id",
        {"institution": uow.institution_id, "branch": branch_id},
    )
    return {row[0]: row[1:] for row in rows}


def latest_counts(uow: UnitOfWork, branch_id: str | None) -> dict[str, Count]:
    """The last stock-take that was finished in each branch."""
    rows = uow.all(
        "select distinct on (s.branch_id) s.branch_id, s.stocktake_id, s.place_id,"
        " (s.second_signed_at at time zone %(time_zone)s)::date,"
        " (s.result ->> 'expected_count')::integer, (s.result ->> 'found_count')::integer,"
        " (select count(*) from json_array_elements(s.result -> 'discrepancies') d"
        "  where d ->> 0 = 'missing'), json_array_length(s.result -> 'discrepancies')"
        " from custody.stocktake s where s.institution_id = %(institution)s"
        " and s.status = 'FINISHED' and (%(branch)s::text is null or s.branch_id = %(branch)s)"
        " order by s.branch_id, s.place_id is null desc, s.second_signed_at desc,"
        " s.stocktake_id desc",
        {
            "institution": uow.institution_id,
            "branch": branch_id,
            "time_zone": uow.time_zone,
        },
    )
    return {
        row[0]: Count(
            stocktake_id=row[1],
            place_id=row[2],
            finished_on=row[3],
            age_days=(uow.today - row[3]).days,
            expected_bags=row[4],
            found_bags=row[5],
            missing_bags=row[6],
            differences=row[7],
        )
        for row in rows
    }


def branch_names(uow: UnitOfWork, branch_ids: list[str]) -> dict[str, str]:
    """What branches are called."""
    rows = uow.all(
        "select branch_id, name from access.branch where institution_id = %s"
        " and branch_id = any(%s)",
        uow.institution_id,
        branch_ids,
    )
    return {row[0]: row[1] for row in rows}
