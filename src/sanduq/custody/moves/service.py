"""Moving bags, breaking seals and sealing again: one officer proposes, another confirms.

A bag goes from one place of the institution to another and nowhere else: there is no verb here by
which it would leave (rule RHN-16); that takes a release order.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from sanduq.access import service as access
from sanduq.audit import service as audit
from sanduq.audit.service import Deed
from sanduq.custody.bags import service as bags
from sanduq.custody.bags.errors import BagState
from sanduq.custody.bags.model import Bag
from sanduq.custody.errors import (
    BagTooLight,
    SameOfficer,
    SealDiffers,
    WeightDiffers,
    require_consents,
)
from sanduq.custody.model import MOVE, BagStatus, agrees, required_text
from sanduq.custody.moves import events, store
from sanduq.custody.moves.errors import MoveOpen, MoveState, NotOpened, SamePlace, UnknownMove
from sanduq.custody.moves.model import (
    NEXT,
    Move,
    MoveFilters,
    MoveKind,
    MoveStatus,
    NewOpening,
    NewResealing,
    NewTransport,
)
from sanduq.custody.places import service as places
from sanduq.custody.register import service as register
from sanduq.custody.register.model import MovementKind, at_place, on_the_way
from sanduq.events import service as outbox
from sanduq.kit.db import UnitOfWork
from sanduq.kit.errors import ValidationFailed
from sanduq.kit.ids import new_id
from sanduq.kit.pages import Page, PageRequest


def transport(uow: UnitOfWork, new: NewTransport) -> Move:
    """Sends a sealed bag to another place; it is on the way until another officer confirms it.

    Refuses FORBIDDEN without authority for `custody.move`; NOT_FOUND; CONFLICT a bag that is not
    IN_CUSTODY or has something open, its own place; BAG_WEIGHT_DIFFERS; PLACE_UNFIT,
    PLACE_BEING_COUNTED; ADL_MOVE from or to a third party's place without both consents (RHN-26).
    """
    bag = _ready(uow, new.bag_id, BagStatus.IN_CUSTODY)
    if new.to_place_id == bag.place_id:
        raise SamePlace
    there = places.for_bags(uow, new.to_place_id)
    here = places.require_uncounted(uow, [bag.place_id])[bag.place_id]
    keepers = {place.place_id: place.keeper_party_id for place in (here, there)}
    require_consents(keepers, new.consents)
    _require_weight(uow, bag, new.weight_mg)
    move = _proposed(uow, bag, MoveKind.TRANSPORT, new.weight_mg, new.reason, bag.seal_number)
    move = replace(move, to_place_id=new.to_place_id, consents=new.consents)
    store.insert(uow, move)
    bags.set_transit(uow, bag.bag_id, move.move_id, bag.place_id)
    _step(uow, move, at_place(bag.place_id), on_the_way(move.move_id), MovementKind.DEPARTED)
    return _told(uow, move.move_id, "custody.move.propose", events.PROPOSED)


def open_bag(uow: UnitOfWork, new: NewOpening) -> Move:
    """Proposes to break a seal; it is broken when another officer confirms.

    Refuses as `transport` does, and BAG_SEAL_DIFFERS a number that is not the one on record.
    """
    bag = _ready(uow, new.bag_id, BagStatus.IN_CUSTODY)
    if not new.present or any(not name.strip() for name in new.present):
        raise ValidationFailed.field("present", "missing_field", "say who is present")
    if new.seal_number.strip() != bag.seal_number:
        raise SealDiffers(
            f"bag {bag.bag_number} carries seal {new.seal_number!r} where {bag.seal_number!r} is on"
            " record: leave it closed and call the branch manager"
        )
    places.require_uncounted(uow, [bag.place_id])
    _require_weight(uow, bag, new.weight_mg)
    move = _proposed(uow, bag, MoveKind.OPENING, new.weight_mg, new.reason, bag.seal_number)
    store.insert(uow, replace(move, present=new.present))
    return _told(uow, move.move_id, "custody.move.propose", events.PROPOSED)


def reseal(uow: UnitOfWork, new: NewResealing) -> Move:
    """Proposes a new seal on an opened bag, perhaps with items out of other opened bags in it.

    Refuses as `transport` does; CONFLICT the old seal again and items that are not in an opened
    bag of the same subject in the same branch; BAG_TOO_LIGHT less than the content weighs.
    """
    bag = _ready(uow, new.bag_id, BagStatus.OPENED)
    seal_number = required_text(new.seal_number, "seal_number")
    if seal_number == bag.seal_number:
        raise SealDiffers("a broken seal is not used again: take a new one")
    places.require_uncounted(uow, [bag.place_id])
    content_mg = _content_mg(uow, bag, new.put_in)
    if content_mg == 0:
        raise NotOpened(f"bag {bag.bag_number} is empty: nothing is there to seal")
    if new.weight_mg < content_mg:
        raise BagTooLight.of(new.weight_mg, content_mg)
    move = _proposed(uow, bag, MoveKind.RESEALING, new.weight_mg, new.reason, seal_number)
    store.insert(uow, replace(move, item_ids=tuple(sorted(new.put_in))))
    return _told(uow, move.move_id, "custody.move.propose", events.PROPOSED)


def confirm(uow: UnitOfWork, move_id: str, weight_mg: int) -> Move:
    """Another officer weighs the bag, where it is to be, and what was proposed takes effect.

    Refuses NOT_FOUND; CONFLICT a move that is closed; FORBIDDEN the officer who proposed it and
    roles without authority; BAG_WEIGHT_DIFFERS, and then nothing changes.
    """
    move, bag = _closing(uow, move_id, MoveStatus.CONFIRMED)
    if move.first_officer_id == uow.actor.user_id:
        raise SameOfficer
    tolerance_mg = places.tolerance_mg(uow)
    if not agrees(weight_mg, move.first_weight_mg, tolerance_mg):
        raise WeightDiffers.of(bag.bag_number, weight_mg, move.first_weight_mg, tolerance_mg)
    places.require_uncounted(uow, {move.from_place_id, move.to_place_id})
    if move.kind is MoveKind.TRANSPORT:
        bags.set_transit(uow, bag.bag_id, None, move.to_place_id)
        _step(uow, move, on_the_way(move_id), at_place(move.to_place_id), MovementKind.ARRIVED)
    elif move.kind is MoveKind.OPENING:
        _require_status(bag, BagStatus.IN_CUSTODY)
        bags.open_seals(uow, [bag.bag_id])
    else:
        _require_status(bag, BagStatus.OPENED)
        _seal_again(uow, move, bag)
    store.close(uow, move_id, MoveStatus.CONFIRMED, weight_mg)
    event_type = events.OPENED if move.kind is MoveKind.OPENING else events.MOVED
    event_type = events.RESEALED if move.kind is MoveKind.RESEALING else event_type
    return _told(uow, move_id, "custody.move.confirm", event_type)


def turn_back(uow: UnitOfWork, move_id: str, weight_mg: int) -> Move:
    """Another officer takes a bag that is on the way back to where it left, and weighs it there.

    Refuses NOT_FOUND, CONFLICT what is no open transport, FORBIDDEN, BAG_WEIGHT_DIFFERS.
    """
    move, bag = _closing(uow, move_id, MoveStatus.RETURNED)
    if move.first_officer_id == uow.actor.user_id:
        raise SameOfficer
    tolerance_mg = places.tolerance_mg(uow)
    if not agrees(weight_mg, move.first_weight_mg, tolerance_mg):
        raise WeightDiffers.of(bag.bag_number, weight_mg, move.first_weight_mg, tolerance_mg)
    places.require_uncounted(uow, [move.from_place_id])
    bags.set_transit(uow, bag.bag_id, None, move.from_place_id)
    _step(uow, move, on_the_way(move_id), at_place(move.from_place_id), MovementKind.RETURNED)
    store.close(uow, move_id, MoveStatus.RETURNED, weight_mg)
    return _told(uow, move_id, "custody.move.turn_back", events.RETURNED)


def cancel(uow: UnitOfWork, move_id: str, reason: str) -> Move:
    """Withdraws a seal break or a new seal nobody confirmed. A bag that left is turned back.

    Refuses NOT_FOUND, CONFLICT, FORBIDDEN without authority.
    """
    _closing(uow, move_id, MoveStatus.CANCELLED)
    store.close(uow, move_id, MoveStatus.CANCELLED, None)
    return _told(uow, move_id, "custody.move.cancel", events.CANCELLED, reason)


def get_move(uow: UnitOfWork, move_id: str) -> Move:
    """One move. Refuses NOT_FOUND."""
    move = store.get(uow, move_id)
    if move is None:
        raise UnknownMove
    return move


def list_moves(uow: UnitOfWork, filters: MoveFilters, request: PageRequest) -> Page[Move]:
    """Moves, newest first."""
    return store.select_page(uow, filters, request)


def _ready(uow: UnitOfWork, bag_id: str, status: BagStatus) -> Bag:
    access.require_authority(uow, MOVE, None)
    bag = bags.locked(uow, [bag_id])[bag_id]
    bags.require_standing([bag])
    _require_status(bag, status)
    require_none_open(uow, [bag_id])
    return bag


def _require_status(bag: Bag, status: BagStatus) -> None:
    if bag.status is not status:
        raise BagState.of(bag, f"this is done to a bag that is {status}")


def require_none_open(uow: UnitOfWork, bag_ids: Collection[str]) -> None:
    """Refuses CONFLICT bags for which something is proposed that nobody confirmed."""
    if store.has_open(uow, bag_ids):
        raise MoveOpen


def _require_weight(uow: UnitOfWork, bag: Bag, weight_mg: int) -> None:
    tolerance_mg = places.tolerance_mg(uow)
    if not agrees(weight_mg, bag.sealed_weight_mg, tolerance_mg):
        raise WeightDiffers.of(bag.bag_number, weight_mg, bag.sealed_weight_mg, tolerance_mg)


def _proposed(
    uow: UnitOfWork, bag: Bag, kind: MoveKind, weight_mg: int, reason: str, seal_number: str
) -> Move:
    return Move(
        move_id=new_id("mov"),
        kind=kind,
        bag_id=bag.bag_id,
        subject_id=bag.subject_id,
        status=MoveStatus.PROPOSED,
        from_place_id=bag.place_id,
        to_place_id=bag.place_id,
        reason=required_text(reason, "reason"),
        seal_number=seal_number,
        present=(),
        item_ids=(),
        consents=None,
        first_weight_mg=weight_mg,
        second_weight_mg=None,
        first_officer_id=uow.actor.user_id,
        second_officer_id=None,
        created_at=uow.now,
        closed_at=None,
        version=1,
    )


def _content_mg(uow: UnitOfWork, bag: Bag, put_in: tuple[str, ...]) -> int:
    """What will be in a bag, in milligrams, with what comes out of other opened bags."""
    held = register.load_holdings(uow, put_in)
    for item_id in put_in:
        one = held.get(item_id)
        if (
            one is None
            or one.bag_id == bag.bag_id
            or one.bag_status != BagStatus.OPENED
            or one.subject_id != bag.subject_id
            or one.place_id != bag.place_id
        ):
            raise NotOpened(
                f"{item_id} is in no other opened bag of {bag.subject_id} in {bag.place_id}: break"
                " that bag's seal first, or bring both to one place"
            )
    return bag.content_weight_mg + sum(one.gross_weight_mg for one in held.values())


def _seal_again(uow: UnitOfWork, move: Move, bag: Bag) -> None:
    content_mg = _content_mg(uow, bag, move.item_ids)
    if move.first_weight_mg < content_mg:
        raise BagTooLight.of(move.first_weight_mg, content_mg)
    bags.reseal(uow, bag, move.seal_number, move.first_weight_mg)
    if move.item_ids:
        held = register.load_holdings(uow, move.item_ids)
        sources = bags.locked(uow, {one.bag_id for one in held.values()})
        register.rebag(uow, list(sources), bag.bag_id, move.item_ids, move.move_id)
        taken = set(move.item_ids)
        emptied = [each for each in sources.values() if set(each.item_ids) <= taken]
        bags.empty(uow, emptied, move.move_id)


def _closing(uow: UnitOfWork, move_id: str, status: MoveStatus) -> tuple[Move, Bag]:
    access.require_authority(uow, MOVE, None)
    bag_id = get_move(uow, move_id).bag_id
    bag = bags.locked(uow, [bag_id])[bag_id]
    move = store.get(uow, move_id, is_locked=True)
    assert move is not None
    if move.status is not MoveStatus.PROPOSED or status not in NEXT[move.kind]:
        raise MoveState.of(move)
    return move, bag


def _step(uow: UnitOfWork, move: Move, before: str, after: str, kind: MovementKind) -> None:
    bag = (move.bag_id, move.first_weight_mg, before, after)
    register.record_bags(uow, [bag], kind=kind, reference_id=move.move_id)


def _told(
    uow: UnitOfWork, move_id: str, deed: str, event_type: str, reason: str | None = None
) -> Move:
    move = get_move(uow, move_id)
    details = {"bag_id": move.bag_id, "kind": str(move.kind)}
    audit.record(uow, [Deed(deed, move_id, reason or move.reason, details)])
    outbox.record(uow, [events.event(event_type, move)])
    return move
