"""SQL of a group's performance: members, loans, meetings, calls, fund. Nothing is written."""

from __future__ import annotations

from datetime import date
from typing import Any

from sanduq.kit.db import Row, UnitOfWork
from sanduq.kit.money import Asset
from sanduq.microfinance.groups.performance.model import Guarantor, MemberBalance
from sanduq.microfinance.loans.book import book
from sanduq.obligations.as_of import dues_between

_CONTRACTS = (
    "select l.contract_id as obligation_id from microfinance.loan l"
    " where l.institution_id = %(institution)s and l.group_id = %(group)s"
)
BOOK = book(candidates=_CONTRACTS, accounts=f"a.subject in ({_CONTRACTS})")


def bound(
    uow: UnitOfWork, group_id: str, asset: Asset, from_on: date, to_on: date
) -> dict[str, Any]:
    """What the statements of a group's loans bind."""
    return {
        "institution": uow.institution_id,
        "time_zone": uow.time_zone,
        "group": group_id,
        "asset": str(asset),
        "days": [to_on],
        "from_on": from_on,
        "to_on": to_on,
    }


def balances(
    uow: UnitOfWork, group_id: str, asset: Asset, to_on: date
) -> tuple[list[MemberBalance], Row]:
    """Each borrower's balance at the end of a day; (PAR30 amount, overdue, loans, loans in other
    currencies)."""
    rows = uow.all(
        f"{BOOK} select debtor_id,"
        " coalesce(sum(gross_minor) filter (where asset = %(asset)s), 0)::bigint,"
        " coalesce(sum(gross_minor) filter (where asset = %(asset)s and days_past_due > 30),"
        "  0)::bigint,"
        " coalesce(sum(overdue_minor) filter (where asset = %(asset)s), 0)::bigint,"
        " count(*) filter (where asset = %(asset)s and gross_minor > 0),"
        " count(*) filter (where asset <> %(asset)s and gross_minor > 0)"
        " from book group by debtor_id order by debtor_id",
        bound(uow, group_id, asset, to_on, to_on),
    )
    owing = [MemberBalance(row[0], row[1]) for row in rows if row[1]]
    return owing, tuple(sum(row[column] for row in rows) for column in range(2, 6))


def dues(uow: UnitOfWork, group_id: str, asset: Asset, from_on: date, to_on: date) -> Row:
    """(due, paid by its day, paid later) in a span, over the members' loans."""
    row = uow.one(
        "select coalesce(sum(minor), 0)::bigint, coalesce(sum(on_time_minor), 0)::bigint,"
        " coalesce(sum(late_minor), 0)::bigint from ("
        + dues_between(f"o.asset = %(asset)s and o.obligation_id in ({_CONTRACTS})")
        + ") d",
        bound(uow, group_id, asset, from_on, to_on),
    )
    assert row is not None
    return row


def people(uow: UnitOfWork, group_id: str, from_on: date, to_on: date) -> Row:
    """(members at the start, at the end, leavers, leavers found insolvent before they left)."""
    row = uow.one(
        "select count(distinct m.party_id) filter (where m.joined_on < %(from_on)s"
        "  and (m.left_on is null or m.left_on >= %(from_on)s)),"
        " count(distinct m.party_id) filter (where m.left_on is null or m.left_on > %(to_on)s),"
        " count(*) filter (where m.left_on between %(from_on)s and %(to_on)s),"
        " count(*) filter (where m.left_on between %(from_on)s and %(to_on)s"
        "  and s.state = 'insolvent')"
        " from microfinance.group_member m left join lateral ("
        "  select a.state from microfinance.solvency_assessment a"
        "   where a.institution_id = m.institution_id and a.party_id = m.party_id"
        "   and a.assessed_on <= m.left_on"
        "   order by a.assessed_on desc, a.assessment_id desc limit 1) s on true"
        " where m.institution_id = %(institution)s and m.group_id = %(group)s"
        " and m.joined_on <= %(to_on)s",
        {
            "institution": uow.institution_id,
            "group": group_id,
            "from_on": from_on,
            "to_on": to_on,
        },
    )
    assert row is not None
    return row


def meetings(uow: UnitOfWork, group_id: str, from_on: date, to_on: date) -> Row:
    """(meetings held, places of members at them less the excused, attended, excused).

    Late is there; whom nobody marked was absent.
    """
    row = uow.one(
        "select count(distinct t.meeting_id),"
        " count(m.party_id) filter (where a.mark is distinct from 'AA'),"
        " count(*) filter (where a.mark in ('P', 'L')), count(*) filter (where a.mark = 'AA')"
        " from microfinance.meeting t"
        " left join microfinance.group_member m on m.institution_id = t.institution_id"
        "  and m.group_id = t.group_id and m.joined_on <= t.meets_on"
        "  and (m.left_on is null or m.left_on >= t.meets_on)"
        " left join microfinance.attendance a on a.institution_id = t.institution_id"
        "  and a.meeting_id = t.meeting_id and a.party_id = m.party_id"
        " where t.institution_id = %s and t.group_id = %s and t.status = 'HELD'"
        " and t.meets_on between %s and %s",
        uow.institution_id,
        group_id,
        from_on,
        to_on,
    )
    assert row is not None
    return row


def calls(uow: UnitOfWork, group_id: str, asset: Asset, from_on: date, to_on: date) -> Row:
    """(called in a span, paid of those calls by its end); calls that were dropped count in
    neither."""
    row = uow.one(
        "select coalesce(sum(c.amount_minor), 0)::bigint, coalesce(sum(p.minor), 0)::bigint"
        " from microfinance.guarantee_call c cross join lateral ("
        "  select coalesce(sum(y.amount_minor), 0) as minor"
        "   from microfinance.guarantee_payment y where y.institution_id = c.institution_id"
        "   and y.call_id = c.call_id and y.paid_on <= %(to_on)s) p"
        " where c.institution_id = %(institution)s and c.group_id = %(group)s"
        " and c.asset = %(asset)s and c.status <> 'CANCELLED'"
        " and (c.created_at at time zone %(time_zone)s)::date"
        "  between %(from_on)s and %(to_on)s",
        bound(uow, group_id, asset, from_on, to_on),
    )
    assert row is not None
    return row


def guarantors(uow: UnitOfWork, group_id: str, asset: Asset, to_on: date) -> list[Guarantor]:
    """Members whose guarantees stand at the end of a day, caps and calls in all."""
    rows = uow.all(
        "select guarantor_id, sum(cap_minor)::bigint, sum(called_minor)::bigint"
        " from microfinance.guarantee where institution_id = %s and group_id = %s and asset = %s"
        " and from_on <= %s and to_on >= %s and (ended_on is null or ended_on > %s)"
        " group by guarantor_id order by guarantor_id",
        uow.institution_id,
        group_id,
        str(asset),
        to_on,
        to_on,
        to_on,
    )
    return [Guarantor(*row) for row in rows]


def fund_minor(uow: UnitOfWork, group_id: str, asset: Asset, to_on: date) -> int | None:
    """What the group's common fund held at the end of a day; nothing where it has none."""
    row = uow.one(
        "select -sum(e.amount_minor)::bigint from ledger.account a"
        " join ledger.entry e using (institution_id, account_id)"
        " join ledger.journal j using (institution_id, journal_seq)"
        " where a.institution_id = %s and a.code = '3400' and a.fund = %s and a.asset = %s"
        " and j.effective_on <= %s",
        uow.institution_id,
        f"common:{group_id}",
        str(asset),
        to_on,
    )
    return row[0] if row else None
