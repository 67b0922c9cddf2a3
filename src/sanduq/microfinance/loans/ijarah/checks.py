"""Leases against the ledger and their debts: part of `sanduq verify`."""

from __future__ import annotations

from collections.abc import Iterator

from sanduq.kit.db import UnitOfWork

_BOOKED = (
    "select i.ijarah_id, i.status, i.cost_minor, i.depreciated_minor, i.deposit_minor,"
    " i.earned_minor, i.refunded_minor, i.cleared_minor,"
    " coalesce(o.principal_paid_minor + o.fee_paid_minor, 0) as paid, o.status = 'WRITTEN_OFF'"
    "  or o.written_off_on is not null as written_off,"
    " b.leased, b.written_down, b.receivable, b.advance, b.deposit"
    " from microfinance.ijarah i"
    " left join obligations.obligation o on o.institution_id = i.institution_id"
    "  and o.obligation_id = i.ijarah_id"
    " cross join lateral ("
    "   select coalesce(sum(l.balance_minor) filter (where a.code = '1500'), 0) as leased,"
    "   -coalesce(sum(l.balance_minor) filter (where a.code = '1590'), 0) as written_down,"
    "   coalesce(sum(l.balance_minor) filter (where a.code = '1600'), 0) as receivable,"
    "   -coalesce(sum(l.balance_minor) filter (where a.code = '2020'), 0) as advance,"
    "   -coalesce(sum(l.balance_minor) filter (where a.code = '2300'), 0) as deposit"
    "   from ledger.account a join ledger.balance l on l.institution_id = a.institution_id"
    "    and l.account_id = a.account_id"
    "   where a.institution_id = i.institution_id and a.subject = i.ijarah_id) b"
    " where i.institution_id = %(institution)s"
)
_FAULTS = (
    "select ijarah_id, case"
    "  when coalesce(written_off, false) = false"
    "    and receivable - advance <> earned_minor + refunded_minor - cleared_minor - paid"
    "    then 'has earned ' || earned_minor || ', given back ' || refunded_minor"
    "      || ' and received '"
    "      || paid || ' minor units, its accounts hold ' || receivable || ' less ' || advance"
    "  when receivable > 0 and advance > 0"
    "    then 'is owed rent and has rent paid ahead at once'"
    "  when written_down > leased then 'is written down by more than it cost'"
    "  when status in ('TRANSFERRED', 'LOST') and (leased <> 0 or written_down <> 0)"
    "    then 'is ' || status || ', yet its accounts hold an asset'"
    "  when status not in ('TRANSFERRED', 'LOST')"
    "    and (leased <> cost_minor or written_down <> depreciated_minor)"
    "    then 'cost ' || cost_minor || ' less ' || depreciated_minor || ' minor units,"
    " its accounts hold ' || leased || ' less ' || written_down"
    "  when deposit <> deposit_minor"
    "    then 'holds a deposit of ' || deposit_minor || ' minor units, its account ' || deposit"
    "  end as fault from (" + _BOOKED + ") b"
)
_RENTS = (
    "select i.ijarah_id, i.earned_minor, i.refunded_minor - i.cleared_minor as given,"
    " o.principal_minor, o.fee_minor, sum(r.rent_minor - r.credited_minor)::bigint as owed,"
    " coalesce(sum(r.rent_minor - r.credited_minor) filter (where r.billed_on is not null), 0)"
    "  ::bigint as billed"
    " from microfinance.ijarah i"
    " join microfinance.ijarah_rent r on r.institution_id = i.institution_id"
    "  and r.ijarah_id = i.ijarah_id"
    " join obligations.obligation o on o.institution_id = i.institution_id"
    "  and o.obligation_id = i.ijarah_id"
    " where i.institution_id = %(institution)s"
    " group by i.ijarah_id, i.earned_minor, i.refunded_minor, i.cleared_minor,"
    "  o.principal_minor, o.fee_minor"
)
# Days a rent may not be charged for: blameless downtime that ended, or was counted so far.
_UNUSABLE = (
    "select r.ijarah_id, r.number, r.rent_minor - r.credited_minor as charged, r.rent_minor,"
    " r.ends_on - r.starts_on + 1 as days, sum(least(r.ends_on,"
    "   coalesce(d.until_on - 1, d.counted_through_on)) - greatest(r.starts_on, d.from_on) + 1)"
    "  as unusable"
    " from microfinance.ijarah_rent r"
    " join microfinance.ijarah_downtime d on d.institution_id = r.institution_id"
    "  and d.ijarah_id = r.ijarah_id and d.fault = 'none' and d.from_on <= r.ends_on"
    "  and coalesce(d.until_on - 1, d.counted_through_on) >= r.starts_on"
    "  and coalesce(d.until_on - 1, d.counted_through_on) >= d.from_on"
    " where r.institution_id = %(institution)s and r.billed_on is not null"
    " group by r.ijarah_id, r.number, r.rent_minor, r.credited_minor, r.starts_on, r.ends_on"
)
_REVENUE = (
    "select a.asset, -sum(l.balance_minor)::bigint as booked, coalesce((select"
    "  sum(i.earned_minor) from microfinance.ijarah i"
    "  where i.institution_id = a.institution_id and i.asset = a.asset), 0)::bigint as earned"
    " from ledger.account a join ledger.balance l on l.institution_id = a.institution_id"
    "  and l.account_id = a.account_id"
    " where a.institution_id = %(institution)s and a.code = '4500'"
    " group by a.institution_id, a.asset"
)


def check_leases(uow: UnitOfWork) -> Iterator[str]:
    """What the books say of a lease is what it says of itself: rent owed and paid ahead, the
    asset and its write-down, the deposit."""
    for ijarah_id, fault in uow.all(
        "select ijarah_id, fault from (" + _FAULTS + ") f where fault is not null"
        " order by ijarah_id limit 10",
        {"institution": uow.institution_id},
    ):
        yield f"{ijarah_id} {fault}"


def check_rents(uow: UnitOfWork) -> Iterator[str]:
    """The rents of a lease add up to what it earned, and no more is owed on its debt."""
    for row in uow.all(
        "select * from (" + _RENTS + ") f where earned_minor <> billed"
        " or principal_minor + fee_minor > owed + given order by ijarah_id limit 10",
        {"institution": uow.institution_id},
    ):
        yield (
            f"{row[0]} has earned {row[1]} minor units and its debt is of {row[3] + row[4]}, its"
            f" rents come to {row[5]}, {row[6]} of them billed, and {row[2]} was given back"
        )


def check_unusable_days(uow: UnitOfWork) -> Iterator[str]:
    """No revenue stands for days an asset was unusable without the lessee's fault (IJR-06)."""
    for row in uow.all(
        "select * from (" + _UNUSABLE + ") f where charged * days > rent_minor * (days - unusable)"
        " order by ijarah_id, number limit 10",
        {"institution": uow.institution_id},
    ):
        yield (
            f"rent {row[1]} of {row[0]} is billed at {row[2]} of {row[3]} minor units with"
            f" {row[5]} of {row[4]} days unusable"
        )


def check_revenue(uow: UnitOfWork) -> Iterator[str]:
    """Rent revenue is what the leases earned, and nothing else."""
    for asset, booked, earned in uow.all(
        "select * from (" + _REVENUE + ") f where booked <> earned order by asset limit 10",
        {"institution": uow.institution_id},
    ):
        yield f"rent revenue in {asset} is {booked} minor units, the leases earned {earned}"


CHECKS = {
    "leases": check_leases,
    "lease rents": check_rents,
    "lease downtime": check_unusable_days,
    "lease revenue": check_revenue,
}
