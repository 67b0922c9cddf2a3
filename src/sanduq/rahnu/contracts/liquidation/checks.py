"""What must hold of pledges that were put up and sold, recomputed from the rows and the books."""

from __future__ import annotations

from collections.abc import Iterator

from sanduq.kit.db import UnitOfWork


def check_clearing(uow: UnitOfWork) -> Iterator[str]:
    """What a pledge's account 2210 holds is exactly what was paid for lots not shared out yet."""
    rows = uow.all(
        "with held as (select a.subject, a.asset, sum(-b.balance_minor) as minor"
        "  from ledger.account a join ledger.balance b on b.institution_id = a.institution_id"
        "   and b.account_id = a.account_id"
        "  where a.institution_id = %(i)s and a.code = '2210' and a.subject like 'rhn\\_%%'"
        "  group by 1, 2),"
        " paid as (select contract_id as subject, asset, sum(awarded_minor) as minor"
        "  from rahnu.lot where institution_id = %(i)s and status = 'PAID' group by 1, 2)"
        " select coalesce(held.subject, paid.subject), coalesce(held.minor, 0),"
        "  coalesce(paid.minor, 0) from held full join paid using (subject, asset)"
        " where coalesce(held.minor, 0) <> coalesce(paid.minor, 0) order by 1 limit 1",
        {"i": uow.institution_id},
    )
    for subject, held, paid in rows:
        yield f"2210 of {subject} holds {held} and its unshared lots brought {paid}"


def check_surplus(uow: UnitOfWork) -> Iterator[str]:
    """What each surplus's account 2200 holds is what the register says waits for its owner."""
    rows = uow.all(
        "with held as (select a.subject, sum(-b.balance_minor) as minor"
        "  from ledger.account a join ledger.balance b on b.institution_id = a.institution_id"
        "   and b.account_id = a.account_id"
        "  where a.institution_id = %(i)s and a.code = '2200' and a.subject like 'sps\\_%%'"
        "  group by 1),"
        " owed as (select surplus_id as subject,"
        "   case when status = 'RECORDED' then amount_minor else 0 end as minor"
        "  from rahnu.surplus where institution_id = %(i)s)"
        " select coalesce(held.subject, owed.subject), coalesce(held.minor, 0),"
        "  coalesce(owed.minor, 0) from held full join owed using (subject)"
        " where coalesce(held.minor, 0) <> coalesce(owed.minor, 0) order by 1 limit 1",
        {"i": uow.institution_id},
    )
    for subject, held, owed in rows:
        yield f"2200 holds {held} for {subject} and the register says {owed}"


def check_sales(uow: UnitOfWork) -> Iterator[str]:
    """What was sold is out of the pledge, and has its surplus on record; nothing left by itself."""
    rows = uow.all(
        "select s.sale_id, i.item_id from rahnu.sale s join rahnu.sale_item i"
        "  on i.institution_id = s.institution_id and i.sale_id = s.sale_id"
        " join rahnu.contract_item c on c.institution_id = s.institution_id"
        "  and c.contract_id = s.contract_id and c.item_id = i.item_id"
        " where s.institution_id = %s and s.status = 'EXECUTED' and c.status <> 'SOLD' limit 1",
        uow.institution_id,
    )
    for sale_id, item_id in rows:
        yield f"{sale_id} sold {item_id}, which is not said to be sold"
    rows = uow.all(
        "select s.sale_id from rahnu.sale s left join rahnu.surplus u"
        "  on u.institution_id = s.institution_id and u.sale_id = s.sale_id"
        " where s.institution_id = %s and s.status = 'EXECUTED'"
        " and coalesce(u.amount_minor, 0) <> s.surplus_minor limit 1",
        uow.institution_id,
    )
    for (sale_id,) in rows:
        yield f"the surplus of {sale_id} is not what its price left"


def check_sold_out(uow: UnitOfWork) -> Iterator[str]:
    """A thing handed to its buyer is in custody for that pledge no more."""
    rows = uow.all(
        "select i.item_id, r.release_id from custody.release_order r"
        " join custody.release_item i on i.institution_id = r.institution_id"
        "  and i.release_id = r.release_id"
        " join custody.holding h on h.institution_id = r.institution_id"
        "  and h.item_id = i.item_id and h.subject_id = r.subject_id and h.bag_id is not null"
        # Gold the institution sold as its own may come back to it; a pledge does not.
        " join rahnu.contract c on c.institution_id = r.institution_id"
        "  and c.contract_id = r.subject_id"
        " where r.institution_id = %s and r.status = 'HANDED_OVER' and r.reason = 'sale' limit 1",
        uow.institution_id,
    )
    for item_id, release_id in rows:
        yield f"{item_id} was handed over by {release_id} and is still held"


def check_auctions(uow: UnitOfWork) -> Iterator[str]:
    """Lots are struck to a bid of their own that was made in time, and auctions end with them."""
    rows = uow.all(
        "select l.lot_id from rahnu.lot l left join rahnu.bid b"
        "  on b.institution_id = l.institution_id and b.bid_id = l.awarded_bid_id"
        " where l.institution_id = %s and l.awarded_bid_id is not null"
        " and (b.bid_id is null or b.lot_id <> l.lot_id or b.party_id <> l.awarded_to"
        "  or b.amount_minor <> l.awarded_minor) limit 1",
        uow.institution_id,
    )
    for (lot_id,) in rows:
        yield f"{lot_id} is struck to a bid that is not its own"
    rows = uow.all(
        "select b.bid_id, a.auction_id from rahnu.bid b join rahnu.auction a"
        "  on a.institution_id = b.institution_id and a.auction_id = b.auction_id"
        " where b.institution_id = %s"
        " and (b.bid_at < a.opens_at or b.bid_at >= a.closes_at) limit 1",
        uow.institution_id,
    )
    for bid_id, auction_id in rows:
        yield f"{bid_id} was made outside the session of {auction_id}"
    rows = uow.all(
        "select a.auction_id, a.status from rahnu.auction a join rahnu.lot l"
        "  on l.institution_id = a.institution_id and l.auction_id = a.auction_id"
        " where a.institution_id = %s"
        " and ((a.status in ('CLOSED', 'SETTLED', 'CANCELLED') and l.status = 'LISTED')"
        "  or (a.status = 'SETTLED' and l.status in ('AWARDED', 'PAID'))) limit 1",
        uow.institution_id,
    )
    for auction_id, status in rows:
        yield f"{auction_id} is {status} and a lot of it has not come to its end"


CHECKS = {
    "auction clearing": check_clearing,
    "pledge surplus": check_surplus,
    "pledge sales": check_sales,
    "pledges handed to buyers": check_sold_out,
    "auctions": check_auctions,
}
