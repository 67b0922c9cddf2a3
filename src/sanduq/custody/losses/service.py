"""Taking lost things out of the register: the room whose subject it is has judged the loss."""

from __future__ import annotations

from collections.abc import Sequence

from sanduq.custody.bags import service as bags
from sanduq.custody.model import CONFIRMED
from sanduq.custody.register import service as register
from sanduq.custody.releases.errors import ItemNotHeld, ReleaseOrdered
from sanduq.custody.releases.model import ReleaseStatus
from sanduq.custody.releases.service import orders_of
from sanduq.kit.db import UnitOfWork


def lose(uow: UnitOfWork, subject_id: str, item_ids: Sequence[str], reference_id: str) -> None:
    """Writes things of one subject out of the register; `reference_id` says why they are gone.

    A bag that holds nothing any more ends; one with things left stays OPENED until it is counted
    and sealed again. Refuses ITEM_NOT_HELD what is not kept for the subject, RELEASE_ORDERED what
    waits to be handed over.
    """
    held = register.load_holdings(uow, item_ids)
    for item_id in sorted(item_ids):
        one = held.get(item_id)
        if one is None or one.subject_id != subject_id or one.bag_status not in CONFIRMED:
            raise ItemNotHeld(f"{item_id} is not held for {subject_id}, confirmed by two officers")
    waiting = {
        item_id
        for order in orders_of(uow, [subject_id])[subject_id]
        if order.status is ReleaseStatus.READY
        for item_id in order.item_ids
    }
    if waiting & set(item_ids):
        raise ReleaseOrdered
    opened = bags.locked(uow, {one.bag_id for one in held.values()})
    register.lose(uow, list(opened), item_ids, reference_id)
    out = set(item_ids)
    bags.empty(uow, [bag for bag in opened.values() if set(bag.item_ids) <= out], reference_id)
    bags.open_seals(uow, [bag.bag_id for bag in opened.values() if not set(bag.item_ids) <= out])
