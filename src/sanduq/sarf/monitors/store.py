"""SQL of the signs: what became of promises, of the pieces sold under them, and what was said."""

from __future__ import annotations

from typing import Any

from sanduq.kit.db import Row, UnitOfWork
from sanduq.kit.money import Asset
from sanduq.sarf.monitors.model import Period

_ENDED = (
    "select count(*), count(*) filter (where bought_fine_mg > 0) from sarf.promise"
    " where institution_id = %(institution)s and asset = %(asset)s"
    "  and status in ('FULFILLED', 'LAPSED')"
    "  and (%(from)s::date is null or ended_on >= %(from)s)"
    "  and (%(to)s::date is null or ended_on <= %(to)s)"
)
# Pieces and their bags are looked up for the purchases of the period alone.
_PURCHASES = (
    "with bought as (select b.buy_back_id, b.price_minor = b.cap_minor as is_at_cap,"
    "   b.session_id, s.release_id, f.purchase_session_id"
    "  from sarf.session s join sarf.buy_back b on b.institution_id = s.institution_id"
    "   and b.session_id = s.session_id and b.status = 'BOUGHT'"
    "  join sarf.facility f on f.institution_id = b.institution_id"
    "   and f.facility_id = b.facility_id"
    "  where s.institution_id = %(institution)s and s.kind = 'BUY_BACK'"
    "   and s.asset = %(asset)s and s.status = 'CLOSED'"
    "   and (%(from)s::date is null"
    "    or s.ended_at >= (%(from)s::date::timestamp at time zone %(zone)s))"
    "   and (%(to)s::date is null"
    "    or s.ended_at < ((%(to)s::date + 1)::timestamp at time zone %(zone)s))),"
    " pieces as (select exists (select from sarf.session_piece i"
    "    where i.institution_id = %(institution)s and i.session_id = b.purchase_session_id"
    "     and i.item_id = o.item_id and i.direction = 'IN') as is_same,"
    "   (select m.from_position from custody.movement m where m.institution_id ="
    "     %(institution)s and m.thing_id = o.item_id and m.kind = 'handed_over'"
    "     and m.reference_id = b.release_id) as left_from,"
    "   (select m.to_position from custody.movement m where m.institution_id ="
    "     %(institution)s and m.thing_id = o.item_id and m.kind = 'received'"
    "     and m.step < (select x.step from custody.movement x where x.institution_id ="
    "       %(institution)s and x.thing_id = o.item_id and x.kind = 'handed_over'"
    "       and x.reference_id = b.release_id)"
    "     order by m.step desc limit 1) as came_to"
    "  from bought b join sarf.session_piece o on o.institution_id = %(institution)s"
    "   and o.session_id = b.session_id and o.direction = 'OUT')"
    " select (select count(*) from bought), (select count(*) from bought where is_at_cap),"
    "  count(*), count(*) filter (where is_same),"
    "  count(*) filter (where is_same and left_from = came_to) from pieces"
)
_NAMED_BAGS = (
    "select count(distinct h.bag_id) from sarf.piece p"
    " join custody.holding h on h.institution_id = p.institution_id and h.item_id = p.item_id"
    "  and h.bag_id is not null"
    " where p.institution_id = %s and p.asset = %s and p.status = 'HELD' and h.subject_id <> %s"
)
_WORDINGS = (
    "select wordings from sarf.terms where institution_id = %s and asset = %s and status = 'ACTIVE'"
)
_NOTES = (
    "select distinct note from (select accepted_note as note from sarf.session"
    "  where institution_id = %(institution)s and asset = %(asset)s and kind = 'BUY_BACK'"
    "   and status = 'CLOSED' and accepted_note is not null"
    "   and (%(from)s::date is null"
    "    or ended_at >= (%(from)s::date::timestamp at time zone %(zone)s))"
    "   and (%(to)s::date is null"
    "    or ended_at < ((%(to)s::date + 1)::timestamp at time zone %(zone)s))"
    " union all select b.reason from sarf.buy_back b join sarf.promise p"
    "   on p.institution_id = b.institution_id and p.promise_id = b.promise_id"
    "  where b.institution_id = %(institution)s and p.asset = %(asset)s and b.reason is not null"
    "   and (%(from)s::date is null or b.asked_on >= %(from)s)"
    "   and (%(to)s::date is null or b.asked_on <= %(to)s)) notes"
)


def ended(uow: UnitOfWork, asset: Asset, period: Period) -> Row:
    """Promises that ended in a period, and those of them that were used."""
    return _only(uow.one(_ENDED, _bound(uow, asset, period)))


def purchases(uow: UnitOfWork, asset: Asset, period: Period) -> Row:
    """Purchases, those at the cap, pieces in them, the same pieces, those in their own bags."""
    return _only(uow.one(_PURCHASES, _bound(uow, asset, period)))


def named_bags(uow: UnitOfWork, asset: Asset, subject_id: str) -> int:
    """Bags of owned gold that custody keeps for anyone but this subject."""
    row = _only(uow.one(_NAMED_BAGS, uow.institution_id, str(asset), subject_id))
    return int(row[0])


def wordings(uow: UnitOfWork, asset: Asset) -> list[dict[str, str]]:
    """The words of the terms in use, by paper, in every language."""
    rows = uow.all(_WORDINGS, uow.institution_id, str(asset))
    return [wording for row in rows for wording in row[0]]


def notes(uow: UnitOfWork, asset: Asset, period: Period) -> list[str]:
    """What officers wrote of purchases in a period, each text once."""
    return [row[0] for row in uow.all(_NOTES, _bound(uow, asset, period))]


def _bound(uow: UnitOfWork, asset: Asset, period: Period) -> dict[str, Any]:
    return {
        "institution": uow.institution_id,
        "asset": str(asset),
        "zone": uow.time_zone,
        "from": period.from_on,
        "to": period.to_on,
    }


def _only(row: Row | None) -> Row:
    assert row is not None
    return row
