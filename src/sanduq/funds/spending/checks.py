"""Funds of sadaqah and zakat against the ledger: part of `sanduq verify`."""

from __future__ import annotations

from collections.abc import Iterator

from sanduq.kit.db import UnitOfWork

_BOOKED = (
    "select a.fund, a.asset, -sum(b.balance_minor) as minor"
    " from ledger.account a join ledger.balance b using (institution_id, account_id)"
    " where a.institution_id = %(institution)s and a.code = %(code)s group by a.fund, a.asset"
)
_DRAWN = (
    " union all select fund, asset, -amount_minor from funds.spending"
    "  where institution_id = %(institution)s and kind = %(kind)s"
    " union all select s.fund, s.asset, r.amount_minor from funds.spending_return r"
    "  join funds.spending s using (institution_id, spending_id)"
    "  where r.institution_id = %(institution)s and s.kind = %(kind)s"
    # A claim the fund's money was lent on, given up or come back: the pool that lent it says so.
    " union all select s.fund, p.asset, l.amount_minor from funds.pool_loss l"
    "  join funds.pool_source s using (institution_id, pool_id, source_no)"
    "  join funds.pool p using (institution_id, pool_id)"
    "  where l.institution_id = %(institution)s and s.kind = %(kind)s"
)
_SADAQAH = (
    "select 'sadaqah:' || purpose as fund, asset, amount_minor as minor from funds.donation"
    "  where institution_id = %(institution)s and status = 'RECEIVED'"
    " union all select 'sadaqah:' || from_purpose, asset, -amount_minor"
    "  from funds.restriction_release where institution_id = %(institution)s"
    " union all select 'sadaqah:' || to_purpose, asset, amount_minor"
    "  from funds.restriction_release where institution_id = %(institution)s" + _DRAWN
)
_ZAKAT = (
    "select 'zakat' as fund, asset, amount_minor as minor from funds.zakat_receipt"
    "  where institution_id = %(institution)s"
    " union all select 'zakat', asset, -amount_minor from funds.zakat_payment"
    "  where institution_id = %(institution)s" + _DRAWN
)
_COMPARED = (
    "select fund, asset, coalesce(known.minor, 0)::bigint, coalesce(booked.minor, 0)::bigint"
    " from (select fund, asset, sum(minor) as minor from ({known}) k group by fund, asset) known"
    " full join ({booked}) booked using (fund, asset)"
    " where coalesce(known.minor, 0) <> coalesce(booked.minor, 0)"
    " order by fund, asset limit 10"
)
_WAIVERS = (
    "select j.journal_id from ledger.journal j"
    " where j.institution_id = %(institution)s and j.journal_seq in ("
    "  select e.journal_seq from ledger.entry e join ledger.account a"
    "   using (institution_id, account_id)"
    "   where e.institution_id = %(institution)s and a.code = '3300' and e.amount_minor > 0"
    "  intersect select e.journal_seq from ledger.entry e join ledger.account a"
    "   using (institution_id, account_id)"
    "   where e.institution_id = %(institution)s and e.amount_minor < 0"
    "   and a.code in ('1100', '1110', '1120', '1300', '1420', '1600'))"
    " order by j.journal_id limit 10"
)


def check_sadaqah(uow: UnitOfWork) -> Iterator[str]:
    """Each purpose holds what was given for it, less what was drawn and not given back."""
    yield from _differences(uow, _SADAQAH, kind="sadaqah", code="3200")


def check_zakat(uow: UnitOfWork) -> Iterator[str]:
    """The zakat fund holds what came in less what was paid, and no claim was met out of it."""
    yield from _differences(uow, _ZAKAT, kind="zakat", code="3300")
    for row in uow.all(_WAIVERS, {"institution": uow.institution_id}):
        yield f"journal {row[0]} meets a receivable out of zakat (rule ZKT-04)"


def check_pledges(uow: UnitOfWork) -> Iterator[str]:
    """What a pledge counts as received is the sum of the donations received under it."""
    for row in uow.all(
        "select p.pledge_id, p.received_minor, d.minor from funds.pledge p"
        " cross join lateral (select coalesce(sum(g.amount_minor), 0)::bigint as minor"
        "  from funds.donation g where g.institution_id = p.institution_id"
        "   and g.pledge_id = p.pledge_id and g.status = 'RECEIVED') d"
        " where p.institution_id = %s and p.received_minor <> d.minor"
        " order by p.pledge_id limit 10",
        uow.institution_id,
    ):
        yield f"{row[0]} counts {row[1]} minor units, its donations add up to {row[2]}"


def _differences(uow: UnitOfWork, known: str, *, kind: str, code: str) -> Iterator[str]:
    query = _COMPARED.format(known=known, booked=_BOOKED)
    parameters = {"institution": uow.institution_id, "kind": kind, "code": code}
    for row in uow.connection.execute(query.encode(), parameters).fetchall():
        yield f"{row[0]} holds {row[3]} minor units of {row[1]}, its records add up to {row[2]}"
