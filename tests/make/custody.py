"""A vault, things to keep, and bags in custody by two officers."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count
from typing import Any

from sanduq.assets.items import service as items
from sanduq.assets.items.model import Item, ItemKind, NewItem
from sanduq.assets.model import Metal
from sanduq.custody.bags import service as bags
from sanduq.custody.bags.model import Bag, NewBag
from sanduq.custody.model import Basis
from sanduq.custody.places import service as places
from sanduq.custody.places.model import NewPlace, Place, PlaceFilters, PlaceKind
from sanduq.custody.releases import service as releases
from sanduq.custody.releases.model import (
    CHECKLIST,
    BagAtRelease,
    HandOver,
    NewRelease,
    ReleaseOrder,
    ReleaseReason,
)
from sanduq.kit.db import UnitOfWork
from sanduq.kit.money import currency
from sanduq.kit.pages import PageRequest
from sanduq.parties import service as parties
from sanduq.parties.errors import TiersMissing
from tests.make.institution import a_borrower

TARE_MG = 4_000
OWNER = "cpty_owner"
VAULT = "Main vault"

_numbers = count(1)


def an_item(uow: UnitOfWork, owner_id: str = OWNER, **changes: Any) -> Item:
    """A bangle of 22.500 g, 916 fine, with nothing on it by which it could be mistaken."""
    facts: dict[str, Any] = {
        "owner_id": owner_id,
        "kind": ItemKind.JEWELLERY,
        "metal": Metal.GOLD,
        "description": "bangle",
        "gross_weight_mg": 22_500,
        "fineness_bp": 9160,
        **changes,
    }
    return items.register_items(uow, [NewItem(**facts)])[0]


def an_owner(uow: UnitOfWork, party_id: str = OWNER) -> str:
    """Somebody whose things are kept, in an institution that knows its tiers."""
    try:
        parties.list_tiers(uow)
    except TiersMissing:
        parties.install_tiers(uow, [currency("USD")])
    return a_borrower(uow, party_id)


def place(uow: UnitOfWork, name: str, **changes: Any) -> Place:
    """A vault of its own for fifty bags, or what `changes` make of it."""
    facts: dict[str, Any] = {"kind": PlaceKind.VAULT, "capacity": 50, **changes}
    return places.create_place(uow, NewPlace(name=name, **facts))


def vault(uow: UnitOfWork) -> Place:
    """The main vault of the first branch: set up when asked for the first time."""
    page = places.list_places(uow, PlaceFilters(), PageRequest(limit=100))
    found = [one for one in page.items if one.path == VAULT]
    return found[0] if found else place(uow, VAULT, capacity=10_000)


def new_bag(
    uow: UnitOfWork,
    subject_id: str,
    item_ids: Sequence[str],
    basis: str = "pledge",
    **changes: Any,
) -> NewBag:
    """A bag of these items with numbers of its own, weighing 4.000 g more than they do."""
    number = next(_numbers)
    found = items.load_items(uow, item_ids)
    facts: dict[str, Any] = {
        "subject_id": subject_id,
        "basis": Basis(basis),
        "item_ids": tuple(item_ids),
        "bag_number": f"B-{number:05}",
        "seal_number": f"S-{number:05}",
        "weight_mg": sum(one.gross_weight_mg for one in found.values()) + TARE_MG,
        **changes,
    }
    if "place_id" not in facts:
        facts["place_id"] = vault(uow).place_id
    return NewBag(**facts)


def received(
    uow: UnitOfWork, subject_id: str, item_ids: Sequence[str], basis: str = "pledge", **changes: Any
) -> Bag:
    """A bag received by whoever acts; a second officer has still to confirm it."""
    return bags.receive(uow, new_bag(uow, subject_id, item_ids, basis, **changes))


def in_custody(
    work: Any, subject_id: str, item_ids: Sequence[str], basis: str = "pledge", **changes: Any
) -> Bag:
    """A bag received by user_maker and confirmed by user_checker."""
    with work("user_maker") as uow:
        bag = received(uow, subject_id, item_ids, basis, **changes)
    with work("user_checker") as uow:
        return bags.confirm(uow, bag.bag_id, bag.sealed_weight_mg)


def ordered(
    uow: UnitOfWork, subject_id: str, item_ids: Sequence[str], **changes: Any
) -> ReleaseOrder:
    """A release of these things to their owner."""
    facts: dict[str, Any] = {
        "recipient_id": OWNER,
        "agent_id": None,
        "reason": ReleaseReason.REDEMPTION,
        "proof": None,
        **changes,
    }
    return releases.order(uow, NewRelease(subject_id, tuple(item_ids), **facts))


def seen(uow: UnitOfWork, order: ReleaseOrder, **changes: Any) -> HandOver:
    """What the first officer sees when all is as it should be."""
    held = releases.get_release(uow, order.release_id)
    found = bags.bags_of(uow, [order.subject_id])[order.subject_id]
    concerned = [bag for bag in found if set(bag.item_ids) & set(held.item_ids)]
    loaded = items.load_items(uow, held.item_ids)
    facts: dict[str, Any] = {
        "received_by_id": order.recipient_id,
        "identity_document": "passport A-1",
        "bags": tuple(
            BagAtRelease(bag.bag_id, bag.seal_number, bag.sealed_weight_mg) for bag in concerned
        ),
        "item_ids": held.item_ids,
        "items_weight_mg": sum(one.gross_weight_mg for one in loaded.values()),
        "checklist": CHECKLIST,
        "ticket_number": "T-1",
        **changes,
    }
    return HandOver(**facts)


def handed_over(work: Any, order: ReleaseOrder) -> ReleaseOrder:
    """The things leave: laid out by user_maker, confirmed by user_checker."""
    with work("user_maker") as uow:
        laid_out = seen(uow, order)
        releases.hand_over(uow, order.release_id, laid_out)
    with work("user_checker") as uow:
        return releases.confirm_hand_over(uow, order.release_id, laid_out.items_weight_mg)
