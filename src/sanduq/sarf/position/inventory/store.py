"""SQL of the position: pieces, the balances of 1210, and what custody keeps as own."""

from __future__ import annotations

from sanduq.kit.db import UnitOfWork
from sanduq.kit.money import Asset, asset_from_text
from sanduq.sarf.position.inventory.model import Kept, Lot
from sanduq.sarf.postings import INVENTORY


def lots(uow: UnitOfWork) -> list[Lot]:
    """Owned pieces, added up by currency, fineness and state."""
    rows = uow.all(
        "select asset, fineness_bp, status = 'HELD', count(*), sum(gross_weight_mg)::bigint,"
        " sum(net_weight_mg)::bigint, sum(fine_weight_mg)::bigint, sum(cost_minor)::bigint,"
        " sum(written_down_minor)::bigint from sarf.piece"
        " where institution_id = %s and status in ('HELD', 'RESERVED')"
        " group by 1, 2, 3 order by 1, 2, 3",
        uow.institution_id,
    )
    return [
        Lot(
            asset=asset_from_text(row[0]), fineness_bp=row[1], is_free=row[2], piece_count=row[3],
            gross_weight_mg=row[4], net_weight_mg=row[5], fine_weight_mg=row[6],
            cost_minor=row[7], written_down_minor=row[8],
        )
        for row in rows
    ]  # fmt: skip


def ledger_balances(uow: UnitOfWork) -> dict[Asset, int]:
    """What the books hold of gold, by currency at cost, and in pure milligrams."""
    rows = uow.all(
        "select a.asset, sum(b.balance_minor)::bigint from ledger.account a"
        " join ledger.balance b on b.institution_id = a.institution_id"
        "  and b.account_id = a.account_id"
        " where a.institution_id = %s and a.code = %s group by a.asset",
        uow.institution_id, INVENTORY,
    )  # fmt: skip
    return {asset_from_text(row[0]): row[1] for row in rows}


def kept(uow: UnitOfWork) -> Kept:
    """Own gold in custody's bags, beside the pieces on the books."""
    row = uow.one(
        "with lying as (select h.item_id, h.fine_weight_mg from custody.holding h"
        "   join custody.bag b on b.institution_id = h.institution_id and b.bag_id = h.bag_id"
        "   where h.institution_id = %(institution)s and h.metal = 'gold' and b.basis = 'own'),"
        " owned as (select p.item_id, p.fine_weight_mg, p.session_id from sarf.piece p"
        "   where p.institution_id = %(institution)s and p.status in ('HELD', 'RESERVED'))"
        " select coalesce(sum(l.fine_weight_mg) filter (where o.item_id is not null), 0)::bigint,"
        "  coalesce(sum(o.fine_weight_mg) filter (where l.item_id is null"
        "   and s.status in ('OPEN', 'ACCEPTED')), 0)::bigint,"
        "  coalesce(sum(l.fine_weight_mg) filter (where o.item_id is null), 0)::bigint"
        " from lying l full join owned o on o.item_id = l.item_id"
        " left join sarf.session s on s.institution_id = %(institution)s"
        "  and s.session_id = o.session_id",
        {"institution": uow.institution_id},
    )
    assert row is not None
    return Kept(*row)
