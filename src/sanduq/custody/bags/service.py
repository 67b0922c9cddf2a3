"""Receiving things in a sealed bag: weighed by one officer, weighed again by another."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import replace

from sanduq.access import service as access
from sanduq.assets.items import service as items_service
from sanduq.audit import service as audit
from sanduq.audit.service import Deed
from sanduq.custody.bags import events, store
from sanduq.custody.bags.errors import BagOnTheWay, BagState, UnknownBag
from sanduq.custody.bags.model import Bag, BagFilters, NewBag
from sanduq.custody.errors import BagTooLight, SameOfficer, WeightDiffers, require_consents
from sanduq.custody.kya import service as kya
from sanduq.custody.model import MOVE, BagStatus, Basis, agrees, required_text
from sanduq.custody.places import service as places
from sanduq.custody.register import service as register
from sanduq.custody.register.model import OUTSIDE, MovementKind, at_place
from sanduq.events import service as outbox
from sanduq.kit.db import UnitOfWork
from sanduq.kit.errors import ValidationFailed
from sanduq.kit.ids import new_id
from sanduq.kit.pages import Page, PageRequest


def receive(uow: UnitOfWork, new: NewBag) -> Bag:
    """Takes things in, sealed and weighed by the first officer; a second must confirm the bag.

    Refuses FORBIDDEN without authority for `custody.move`; NOT_FOUND an item or place;
    PLACE_UNFIT, PLACE_BEING_COUNTED; ADL_MOVE a third party's place without both consents;
    BAG_TOO_LIGHT a bag lighter than its content; ITEM_IN_CUSTODY what is held already;
    ITEM_ALREADY_PLEDGED the same thing under another record; BAG_NUMBER_TAKEN a bag or seal
    number in use.
    """
    access.require_authority(uow, MOVE, None)
    new = _checked(new)
    items = items_service.load_items(uow, new.item_ids)
    missing = sorted(set(new.item_ids) - items.keys())
    if missing:
        raise ValidationFailed.field(
            "item_ids", "unknown_item", f"there is no item {missing[0]} in this institution"
        )
    things = kya.entering(uow, list(items.values()))
    content_mg = sum(thing.gross_weight_mg for thing in things)
    if new.weight_mg < content_mg:
        raise BagTooLight.of(new.weight_mg, content_mg)
    kya.require_no_twins(uow, list(items.values()))
    place = places.for_bags(uow, new.place_id, new.branch_id)
    require_consents({place.place_id: place.keeper_party_id}, new.consents)
    bag_id = new_id("bag")
    with uow.savepoint():
        store.insert(uow, bag_id, new)
        register.enter(uow, bag_id, new.subject_id, things)
    register.record_bags(
        uow,
        [(bag_id, new.weight_mg, OUTSIDE, at_place(new.place_id))],
        kind=MovementKind.RECEIVED,
        reference_id=bag_id,
    )
    return _told(uow, bag_id, "custody.bag.receive", events.RECEIVED)


def _checked(new: NewBag) -> NewBag:
    if not new.item_ids or len(set(new.item_ids)) < len(new.item_ids):
        raise ValidationFailed.field(
            "item_ids", "doubled_or_none", "name each item once, and one at least"
        )
    if new.weight_mg <= 0:
        raise ValidationFailed.field("weight_grams", "not_positive", "a bag weighs something")
    return replace(
        new,
        basis=Basis(new.basis),
        subject_id=required_text(new.subject_id, "subject_id"),
        bag_number=required_text(new.bag_number, "bag_number"),
        seal_number=required_text(new.seal_number, "seal_number"),
    )


def confirm(uow: UnitOfWork, bag_id: str, weight_mg: int) -> Bag:
    """The second officer vouches for a bag by weighing it himself: it is in custody.

    Refuses NOT_FOUND; CONFLICT a bag that does not wait; FORBIDDEN the first officer and roles
    without authority; BAG_WEIGHT_DIFFERS a weight beyond the tolerance, and then nothing changes.
    """
    access.require_authority(uow, MOVE, None)
    bag = locked(uow, [bag_id])[bag_id]
    if bag.status is not BagStatus.AWAITING_SECOND:
        raise BagState.of(bag, "only a bag that waits for the second officer is confirmed")
    if bag.first_officer_id == uow.actor.user_id:
        raise SameOfficer
    tolerance_mg = places.tolerance_mg(uow)
    if not agrees(weight_mg, bag.sealed_weight_mg, tolerance_mg):
        raise WeightDiffers.of(bag.bag_number, weight_mg, bag.sealed_weight_mg, tolerance_mg)
    places.require_uncounted(uow, [bag.place_id])
    store.confirm(uow, bag_id, weight_mg)
    return _told(uow, bag_id, "custody.bag.confirm", events.CONFIRMED)


def cancel(uow: UnitOfWork, bag_id: str, reason: str) -> Bag:
    """Gives back what was received and not yet confirmed: the things are their owners' again.

    Refuses NOT_FOUND, FORBIDDEN without authority, CONFLICT a bag that was confirmed: from then
    on only a release order lets things go.
    """
    access.require_authority(uow, MOVE, None)
    bag = locked(uow, [bag_id])[bag_id]
    if bag.status is not BagStatus.AWAITING_SECOND:
        raise BagState.of(bag, "only a receipt that nobody confirmed is cancelled")
    places.require_uncounted(uow, [bag.place_id])
    register.give_back(uow, bag_id)
    register.record_bags(
        uow,
        [(bag_id, bag.sealed_weight_mg, at_place(bag.place_id), OUTSIDE)],
        kind=MovementKind.CANCELLED,
        reference_id=bag_id,
    )
    store.end(uow, [bag_id], BagStatus.CANCELLED)
    return _told(uow, bag_id, "custody.bag.cancel", events.CANCELLED, reason)


def assign(
    uow: UnitOfWork,
    bag_ids: Collection[str],
    subject_id: str,
    basis: Basis,
    reason: str,
    *,
    owner_id: str | None = None,
) -> list[Bag]:
    """Has sealed bags stand for another subject without being moved, as when a deposit is pledged.

    Asked by the room whose subjects they are, which answers for it that the owner is the same, or
    names the new one.
    Refuses NOT_FOUND; CONFLICT a bag that is not in custody or is on the way;
    PLACE_BEING_COUNTED.
    """
    found = locked(uow, bag_ids)
    for bag in found.values():
        if bag.status is not BagStatus.IN_CUSTODY:
            raise BagState.of(bag, "only a sealed bag in custody stands for another subject")
    require_standing(found.values())
    places.require_uncounted(uow, sorted({bag.place_id for bag in found.values()}))
    store.assign(uow, bag_ids, subject_id, basis, owner_id)
    return [_told(uow, one, "custody.bag.assign", events.ASSIGNED, reason) for one in bag_ids]


def get_bag(uow: UnitOfWork, bag_id: str) -> Bag:
    """One bag. Refuses NOT_FOUND."""
    return load_bags(uow, [bag_id])[bag_id]


def load_bags(uow: UnitOfWork, bag_ids: Collection[str]) -> dict[str, Bag]:
    """The bags of these ids, in one query. Refuses NOT_FOUND when one does not exist."""
    return _all_found(store.load(uow, bag_ids), bag_ids)


def locked(uow: UnitOfWork, bag_ids: Collection[str]) -> dict[str, Bag]:
    """As `load_bags`, each held against others until the unit of work ends."""
    return _all_found(store.load(uow, bag_ids, is_locked=True), bag_ids)


def require_standing(bags: Collection[Bag]) -> None:
    """Refuses CONFLICT a bag that is between two places."""
    for bag in bags:
        if bag.is_in_transit:
            raise BagOnTheWay(
                f"bag {bag.bag_number} ({bag.bag_id}) is on the way by {bag.move_id}: have it"
                " confirmed at its destination, or turned back, first"
            )


def bags_of(uow: UnitOfWork, subject_ids: Sequence[str]) -> dict[str, list[Bag]]:
    """All bags ever received for each subject, oldest first, in one query; a list for each id."""
    found: dict[str, list[Bag]] = defaultdict(list)
    for bag in store.of_subjects(uow, subject_ids) if subject_ids else []:
        found[bag.subject_id].append(bag)
    return {subject_id: found[subject_id] for subject_id in subject_ids}


def list_bags(uow: UnitOfWork, filters: BagFilters, request: PageRequest) -> Page[Bag]:
    """Bags, newest first."""
    return store.select_page(uow, filters, request)


def open_seals(uow: UnitOfWork, bag_ids: Collection[str]) -> None:
    """Sets bags to OPENED; the caller has checked and written down who broke the seals."""
    store.set_status(uow, bag_ids, BagStatus.OPENED)


def empty(uow: UnitOfWork, bags: Collection[Bag], reference_id: str) -> None:
    """Ends bags that hold nothing any more; their numbers are free again."""
    register.record_bags(
        uow,
        [(bag.bag_id, bag.sealed_weight_mg, at_place(bag.place_id), OUTSIDE) for bag in bags],
        kind=MovementKind.EMPTIED,
        reference_id=reference_id,
    )
    if bags:
        store.end(uow, [bag.bag_id for bag in bags], BagStatus.EMPTY)


def reseal(uow: UnitOfWork, bag: Bag, seal_number: str, weight_mg: int) -> None:
    """Puts a bag under a new seal. Refuses BAG_NUMBER_TAKEN a seal number in use."""
    store.reseal(uow, bag, seal_number, weight_mg)


def set_transit(uow: UnitOfWork, bag_id: str, move_id: str | None, place_id: str) -> None:
    """Sets a bag on its way by a transport, or down in a place."""
    store.set_transit(uow, bag_id, move_id, place_id)


def _all_found(bags: Sequence[Bag], bag_ids: Collection[str]) -> dict[str, Bag]:
    found = {bag.bag_id: bag for bag in bags}
    missing = sorted(set(bag_ids) - found.keys())
    if missing:
        raise UnknownBag(f"there is no bag {missing[0]} in this institution")
    return found


def _told(
    uow: UnitOfWork, bag_id: str, deed: str, event_type: str, reason: str | None = None
) -> Bag:
    bag = get_bag(uow, bag_id)
    details = {"subject_id": bag.subject_id, "place_id": bag.place_id}
    audit.record(uow, [Deed(deed, bag_id, reason, details)])
    outbox.record(uow, [events.event(event_type, bag)])
    return bag
