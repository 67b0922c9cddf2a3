"""The register against its own movements: part of `sanduq verify`.

An item is in one position because it has one row; that the row is true is what is checked here:
each thing's steps join without a gap, and where the last one ends is where the thing is said to be.
So every milligram that came in is in exactly one bag, or went out by a release order.
"""

from __future__ import annotations

from collections.abc import Iterator

from sanduq.kit.db import UnitOfWork

_GAPS = (
    "select thing_id, step from (select thing_id, step, from_position,"
    "  lag(to_position) over w as came_from, row_number() over w as due, weight_mg,"
    "  lag(weight_mg) over w as weighed, kind"
    "  from custody.movement where institution_id = %s"
    "  window w as (partition by thing_id order by step)) way"
    " where step <> due or (step > 1 and from_position <> came_from)"
    "  or (thing_id like 'itm%%' and weighed is not null and weight_mg <> weighed"
    "   and kind <> 'received')"
    " order by thing_id, step limit 10"
)
_HOLDINGS = (
    "select coalesce(h.item_id, m.thing_id), h.position, m.to_position from (select *"
    "  from custody.holding where institution_id = %(institution)s) h"
    " full join (select distinct on (thing_id) thing_id, step, to_position, weight_mg,"
    "   fine_weight_mg from custody.movement where institution_id = %(institution)s"
    "    and thing_id like 'itm%%' order by thing_id, step desc) m on m.thing_id = h.item_id"
    " where h.item_id is null or m.thing_id is null or h.position <> m.to_position"
    "  or h.step <> m.step or h.gross_weight_mg <> m.weight_mg"
    "  or h.fine_weight_mg <> m.fine_weight_mg"
    "  or (h.bag_id is null) = (m.to_position like 'bag:%%')"
    " order by 1 limit 10"
)
_BAGS = (
    "select b.bag_id, b.status, m.to_position from custody.bag b"
    " left join lateral (select to_position from custody.movement m"
    "   where m.institution_id = b.institution_id and m.thing_id = b.bag_id"
    "   order by step desc limit 1) m on true"
    " where b.institution_id = %s and m.to_position is distinct from case"
    "  when b.status in ('EMPTY', 'CANCELLED') then 'outside'"
    "  when b.move_id is not null then 'transit:' || b.move_id"
    "  else 'place:' || b.place_id end"
    " order by 1 limit 10"
)
_CONTENT = (
    "select b.bag_id, b.status, b.sealed_weight_mg, coalesce(c.weight_mg, 0)"
    " from custody.bag b left join (select bag_id, sum(gross_weight_mg)::bigint as weight_mg"
    "   from custody.holding where institution_id = %(institution)s and bag_id is not null"
    "   group by bag_id) c using (bag_id)"
    " where b.institution_id = %(institution)s and case"
    "  when b.status in ('EMPTY', 'CANCELLED') then c.bag_id is not null"
    "  when b.status = 'OPENED' then c.bag_id is null"
    "  else c.bag_id is null or c.weight_mg > b.sealed_weight_mg end"
    " order by 1 limit 10"
)
_RELEASED = (
    "select i.release_id, i.item_id from custody.release_item i"
    " join custody.release_order r using (institution_id, release_id)"
    " left join custody.movement m on m.institution_id = i.institution_id"
    "  and m.thing_id = i.item_id and m.to_position = 'out:' || i.release_id"
    " where i.institution_id = %s and ((r.status = 'HANDED_OVER') <> (m.thing_id is not null)"
    "  or (r.status = 'READY') <> i.is_open) order by 1, 2 limit 10"
)
_ON_THE_WAY = (
    "select b.bag_id, b.move_id from custody.bag b"
    " left join custody.move m on m.institution_id = b.institution_id and m.move_id = b.move_id"
    "  and m.bag_id = b.bag_id and m.status = 'PROPOSED' and m.kind = 'transport'"
    " where b.institution_id = %s and b.move_id is not null and m.move_id is null"
    " order by 1 limit 10"
)
_SUMS = (
    "select position, sum(weight_mg)::bigint from ("
    "  select to_position as position, weight_mg from custody.movement"
    "   where institution_id = %(institution)s and to_position like 'bag:%%'"
    "  union all select from_position, -weight_mg from custody.movement"
    "   where institution_id = %(institution)s and from_position like 'bag:%%'"
    "  union all select position, -gross_weight_mg from custody.holding"
    "   where institution_id = %(institution)s and bag_id is not null) sides"
    " group by position having sum(weight_mg) <> 0 order by 1 limit 10"
)


def check_custody(uow: UnitOfWork) -> Iterator[str]:
    """Holdings are the fold of the movements; each item once; bags weigh at least their content;
    no bag without a place; nothing released is held, nothing left without a release."""
    institution = uow.institution_id
    for thing_id, step in uow.all(_GAPS, institution):
        yield f"step {step} of {thing_id} does not begin where the one before it ended"
    for item_id, position, due in uow.all(_HOLDINGS, {"institution": institution}):
        yield f"{item_id} is said to be at {position}; its movements end at {due}, or weigh else"
    for bag_id, status, position in uow.all(_BAGS, institution):
        yield f"bag {bag_id} is {status}, but its movements end at {position}"
    for bag_id, status, sealed_mg, content_mg in uow.all(_CONTENT, {"institution": institution}):
        yield f"bag {bag_id} is {status}, weighs {sealed_mg} mg and holds {content_mg} mg"
    for release_id, item_id in uow.all(_RELEASED, institution):
        yield f"{item_id} of {release_id} is not where the order's state says"
    for bag_id, move_id in uow.all(_ON_THE_WAY, institution):
        yield f"bag {bag_id} is on the way by {move_id}, which is no open transport"
    for position, weight_mg in uow.all(_SUMS, {"institution": institution}):
        yield f"{position} is out by {weight_mg} mg between its movements and its holdings"
