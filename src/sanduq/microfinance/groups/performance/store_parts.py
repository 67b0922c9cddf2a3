"""SQL of a group's performance by loan and by member. Nothing is written."""

from __future__ import annotations

from datetime import date

from sanduq.kit.db import UnitOfWork
from sanduq.kit.money import Asset
from sanduq.microfinance.groups.performance.model_parts import Attending, LoanFacts, Standing
from sanduq.microfinance.groups.performance.store import BOOK, bound
from sanduq.obligations.as_of import collected_between, dues_between

# Loans paid out by the end, each with its place among its borrower's in this group.
_LENT = (
    "select l.contract_id, l.borrower_id, l.amount_minor,"
    " row_number() over (partition by l.borrower_id order by l.disbursed_at, l.loan_id) as cycle"
    " from microfinance.loan l where l.institution_id = %(institution)s"
    " and l.group_id = %(group)s and l.asset = %(asset)s and l.disbursed_at is not null"
    " and (l.disbursed_at at time zone %(time_zone)s)::date <= %(to_on)s"
)
_OF_GROUP = (
    "o.asset = %(asset)s and exists (select from microfinance.loan m"
    " where m.institution_id = o.institution_id and m.contract_id = o.obligation_id"
    " and m.group_id = %(group)s)"
)


def loans(
    uow: UnitOfWork, group_id: str, asset: Asset, from_on: date, to_on: date
) -> list[LoanFacts]:
    """Every loan of the group paid out by the end, in one statement."""
    rows = uow.all(
        f"{BOOK}, lent as ({_LENT}), due as (select obligation_id, sum(minor)::bigint as minor,"
        "  sum(on_time_minor)::bigint as on_time, sum(late_minor)::bigint as late"
        f"  from ({dues_between(_OF_GROUP)}) d group by obligation_id),"
        f" collected as ({collected_between(_OF_GROUP)}),"
        " out as (select contract_id, sum(gross_minor)::bigint as gross,"
        "  sum(overdue_minor)::bigint as overdue, max(days_past_due) as days"
        "  from book where asset = %(asset)s group by contract_id)"
        " select l.contract_id, l.borrower_id, l.cycle, l.amount_minor,"
        " coalesce(d.minor, 0), coalesce(d.on_time, 0), coalesce(d.late, 0),"
        " coalesce(c.called_minor, 0), coalesce(c.called_paid_minor, 0),"
        " coalesce(b.gross, 0), coalesce(b.overdue, 0), coalesce(b.days, 0)"
        " from lent l left join due d on d.obligation_id = l.contract_id"
        " left join collected c on c.obligation_id = l.contract_id"
        " left join out b on b.contract_id = l.contract_id"
        " order by l.borrower_id, l.cycle",
        bound(uow, group_id, asset, from_on, to_on),
    )
    return [LoanFacts(*row) for row in rows]


def people(uow: UnitOfWork, group_id: str, from_on: date, to_on: date) -> list[tuple[str, str]]:
    """Whoever was in the group in the span, in order of first joining, with the name."""
    rows = uow.all(
        "select m.party_id, p.name from microfinance.group_member m"
        " join parties.party p on p.institution_id = m.institution_id and p.party_id = m.party_id"
        " where m.institution_id = %s and m.group_id = %s and m.joined_on <= %s"
        " and (m.left_on is null or m.left_on >= %s)"
        " group by m.party_id, p.name order by min(m.joined_on), min(m.membership_id)",
        uow.institution_id,
        group_id,
        to_on,
        from_on,
    )
    return [(row[0], row[1]) for row in rows]


def attending(uow: UnitOfWork, group_id: str, from_on: date, to_on: date) -> dict[str, Attending]:
    """Each member's meetings held in the span; late is there, whom nobody marked was absent."""
    rows = uow.all(
        "select m.party_id, count(*) filter (where a.mark is distinct from 'AA'),"
        " count(*) filter (where a.mark in ('P', 'L')), count(*) filter (where a.mark = 'AA')"
        " from microfinance.meeting t join microfinance.group_member m"
        "  on m.institution_id = t.institution_id and m.group_id = t.group_id"
        "  and m.joined_on <= t.meets_on and (m.left_on is null or m.left_on >= t.meets_on)"
        " left join microfinance.attendance a on a.institution_id = t.institution_id"
        "  and a.meeting_id = t.meeting_id and a.party_id = m.party_id"
        " where t.institution_id = %s and t.group_id = %s and t.status = 'HELD'"
        " and t.meets_on between %s and %s group by m.party_id",
        uow.institution_id,
        group_id,
        from_on,
        to_on,
    )
    return {row[0]: Attending(*row[1:]) for row in rows}


def standing(
    uow: UnitOfWork, group_id: str, asset: Asset, from_on: date, to_on: date
) -> dict[str, Standing]:
    """Calls of the span by whom they were for, what each paid in it, and what he got back."""
    rows = uow.all(
        "select party, sum(called)::bigint, sum(paid)::bigint, sum(recovered)::bigint from ("
        " select debtor_id as party, amount_minor as called, 0 as paid, 0 as recovered"
        "  from microfinance.guarantee_call where institution_id = %(institution)s"
        "  and group_id = %(group)s and asset = %(asset)s and status <> 'CANCELLED'"
        "  and (created_at at time zone %(time_zone)s)::date between %(from_on)s and %(to_on)s"
        " union all select p.payer_id, 0, p.amount_minor, 0"
        "  from microfinance.guarantee_payment p join microfinance.guarantee_call c"
        "   using (institution_id, call_id) where p.institution_id = %(institution)s"
        "  and c.group_id = %(group)s and c.asset = %(asset)s"
        "  and p.paid_on between %(from_on)s and %(to_on)s"
        " union all select r.creditor_id, 0, 0, v.amount_minor"
        "  from microfinance.recourse_recovery v join microfinance.recourse r"
        "   using (institution_id, recourse_id) where v.institution_id = %(institution)s"
        "  and r.group_id = %(group)s and r.asset = %(asset)s"
        "  and v.recovered_on between %(from_on)s and %(to_on)s) moved group by party",
        bound(uow, group_id, asset, from_on, to_on),
    )
    return {row[0]: Standing(*row[1:]) for row in rows}
