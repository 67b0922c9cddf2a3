"""Owned gold and promises against the ledger and against custody: part of `sanduq verify`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from sanduq.kit.db import UnitOfWork

# Money on 1210 is also what was bought of owners out of pledges: only this rail's journals count.
_COST = (
    "select asset, sum(cost)::bigint, sum(booked)::bigint from ("
    "  select asset, cost_minor as cost, 0 as booked from sarf.piece"
    "   where institution_id = %(institution)s and status in ('HELD', 'RESERVED')"
    "  union all select a.asset, 0, e.amount_minor from ledger.account a"
    "   join ledger.entry e on e.institution_id = a.institution_id"
    "    and e.account_id = a.account_id"
    "   join ledger.journal j on j.institution_id = e.institution_id"
    "    and j.journal_seq = e.journal_seq"
    "   where a.institution_id = %(institution)s and a.code = '1210' and a.asset <> 'XAU/3'"
    "    and j.kind like 'sarf.%%') sides"
    " group by asset having sum(cost) <> sum(booked) order by asset limit 10"
)
_FINE = (
    "select coalesce((select sum(fine_weight_mg) from sarf.piece"
    "   where institution_id = %(institution)s and status in ('HELD', 'RESERVED')), 0)::bigint,"
    "  coalesce(sum(b.balance_minor) filter (where a.code = '1210'), 0)::bigint,"
    "  coalesce(sum(b.balance_minor) filter (where a.code = '1290'), 0)::bigint"
    " from ledger.account a join ledger.balance b on b.institution_id = a.institution_id"
    "  and b.account_id = a.account_id"
    " where a.institution_id = %(institution)s and a.code in ('1210', '1290')"
    "  and a.asset = 'XAU/3'"
)
_UNKEPT = (
    "select p.piece_id, p.item_id, p.fine_weight_mg, h.fine_weight_mg, b.basis"
    " from sarf.piece p"
    " left join custody.holding h on h.institution_id = p.institution_id"
    "  and h.item_id = p.item_id and h.bag_id is not null"
    " left join custody.bag b on b.institution_id = h.institution_id and b.bag_id = h.bag_id"
    " where p.institution_id = %(institution)s and p.status in ('HELD', 'RESERVED')"
    "  and (b.basis is distinct from 'own' or h.fine_weight_mg <> p.fine_weight_mg)"
    # Handed over inside a session that has not closed yet: it is still ours, and no longer here.
    "  and not (h.item_id is null and p.status = 'RESERVED' and exists (select from sarf.session s"
    "   where s.institution_id = p.institution_id and s.session_id = p.session_id"
    "    and s.status in ('OPEN', 'ACCEPTED')))"
    " order by p.piece_id limit 10"
)
_UNOWNED = (
    "select h.item_id, h.subject_id from custody.holding h"
    " join custody.bag b on b.institution_id = h.institution_id and b.bag_id = h.bag_id"
    "  and b.basis = 'own'"
    " left join sarf.piece p on p.institution_id = h.institution_id and p.item_id = h.item_id"
    "  and p.status in ('HELD', 'RESERVED')"
    " where h.institution_id = %(institution)s and h.metal = 'gold' and p.piece_id is null"
    # What an exchange under way brought in, or one that was undone, lies there until it goes back.
    "  and not exists (select from sarf.session_piece g join sarf.session v"
    "    on v.institution_id = g.institution_id and v.session_id = g.session_id"
    "   where g.institution_id = h.institution_id and g.item_id = h.item_id"
    "    and v.status in ('OPEN', 'ACCEPTED', 'UNWOUND', 'VOID'))"
    " order by h.item_id limit 10"
)
_PROVISIONS = (
    "select coalesce(f.facility_id, a.subject), coalesce(f.provision_minor, 0),"
    "  coalesce(-a.balance, 0)"
    " from (select * from sarf.facility where institution_id = %(institution)s) f"
    " full join (select a.subject, a.asset, sum(b.balance_minor)::bigint as balance"
    "   from ledger.account a join ledger.balance b on b.institution_id = a.institution_id"
    "    and b.account_id = a.account_id"
    "   where a.institution_id = %(institution)s and a.code = '2500'"
    "   group by a.subject, a.asset) a on a.subject = f.facility_id and a.asset = f.asset"
    " where coalesce(f.provision_minor, 0) <> coalesce(-a.balance, 0) order by 1 limit 10"
)
_WRITTEN_DOWN = (
    "select asset, sum(written)::bigint, sum(booked)::bigint from ("
    "  select asset, written_down_minor as written, 0 as booked from sarf.piece"
    "   where institution_id = %(institution)s and status in ('HELD', 'RESERVED')"
    "  union all select a.asset, 0, -b.balance_minor from ledger.account a"
    "   join ledger.balance b on b.institution_id = a.institution_id"
    "    and b.account_id = a.account_id"
    "   where a.institution_id = %(institution)s and a.code = '1219') sides"
    " group by asset having sum(written) <> sum(booked) order by asset limit 10"
)
_BOUGHT = (
    "select p.promise_id, p.bought_fine_mg, coalesce(b.bought, 0) from sarf.promise p"
    " left join (select promise_id, sum(fine_weight_mg)::bigint as bought from sarf.buy_back"
    "   where institution_id = %(institution)s and status = 'BOUGHT' group by promise_id) b"
    "  on b.promise_id = p.promise_id"
    " where p.institution_id = %(institution)s and p.bought_fine_mg <> coalesce(b.bought, 0)"
    " order by 1 limit 10"
)
_DEAD = (
    "select p.promise_id, p.status, f.facility_id, f.status from sarf.promise p"
    " join sarf.facility f on f.institution_id = p.institution_id"
    "  and f.facility_id = p.facility_id"
    " where p.institution_id = %(institution)s and p.status in ('ISSUED', 'OPEN')"
    "  and f.status in ('BOUGHT_BACK', 'LAPSED', 'CLOSED', 'VOID_UNWOUND', 'CANCELLED')"
    " order by 1 limit 10"
)


def check_gold_cost(uow: UnitOfWork) -> Iterator[str]:
    """What owned pieces cost is what this rail's journals hold on 1210 in each currency."""
    for asset, cost, booked in uow.all(_COST, {"institution": uow.institution_id}):
        yield f"owned gold cost {cost} minor units of {asset}, its journals say {booked}"


def check_gold_weight(uow: UnitOfWork) -> Iterator[str]:
    """The pure milligrams of owned pieces are those on 1210, and stand against 1290."""
    for pieces, held, position in uow.all(_FINE, {"institution": uow.institution_id}):
        if pieces != held or held != -position:
            yield f"owned gold is {pieces} mg, 1210 says {held} and 1290 says {-position}"


def check_gold_kept(uow: UnitOfWork) -> Iterator[str]:
    """Every owned piece lies in custody as own goods, at its weight."""
    for piece_id, item_id, owned, kept, basis in uow.all(
        _UNKEPT, {"institution": uow.institution_id}
    ):
        where = "lies nowhere" if basis is None else f"lies there as {basis}, {kept} mg fine"
        yield f"{piece_id} ({item_id}) of {owned} mg fine is owned, but in custody it {where}"


def check_gold_owned(uow: UnitOfWork) -> Iterator[str]:
    """Gold kept as own is a piece on the books, or belongs to an exchange under way or undone."""
    for item_id, subject_id in uow.all(_UNOWNED, {"institution": uow.institution_id}):
        yield f"{item_id} is kept as own gold for {subject_id}, but is no piece on the books"


def check_provisions(uow: UnitOfWork) -> Iterator[str]:
    """What is set aside for each facility is what 2500 holds for it."""
    for facility_id, set_aside, booked in uow.all(_PROVISIONS, {"institution": uow.institution_id}):
        yield f"{facility_id} has {set_aside} minor units set aside, 2500 holds {booked}"


def check_written_down(uow: UnitOfWork) -> Iterator[str]:
    """By how much owned pieces stand below cost is what 1219 holds in each currency."""
    for asset, written, booked in uow.all(_WRITTEN_DOWN, {"institution": uow.institution_id}):
        yield f"pieces are written down by {written} minor units of {asset}, 1219 holds {booked}"


def check_bought(uow: UnitOfWork) -> Iterator[str]:
    """What was bought under each promise is the sum of its purchases."""
    for promise_id, recorded, bought in uow.all(_BOUGHT, {"institution": uow.institution_id}):
        yield f"{promise_id} says {recorded} mg were bought, its purchases add up to {bought}"


def check_live_promises(uow: UnitOfWork) -> Iterator[str]:
    """No promise outlives its facility."""
    for promise_id, status, facility_id, ended in uow.all(
        _DEAD, {"institution": uow.institution_id}
    ):
        yield f"{promise_id} is {status}, but {facility_id} is {ended}"


CHECKS: Mapping[str, Callable[[UnitOfWork], Iterator[str]]] = {
    "sarf gold at cost": check_gold_cost,
    "sarf gold by weight": check_gold_weight,
    "sarf gold in custody": check_gold_kept,
    "sarf gold on the books": check_gold_owned,
    "sarf provisions": check_provisions,
    "sarf write-downs": check_written_down,
    "sarf promises bought": check_bought,
    "sarf promises live": check_live_promises,
}
