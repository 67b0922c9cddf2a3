"""Letting things go: ordered by the room that owns the subject, handed over by two officers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from sanduq.access import service as access
from sanduq.audit import service as audit
from sanduq.audit.service import Deed
from sanduq.custody.bags import service as bags
from sanduq.custody.bags.model import Bag
from sanduq.custody.errors import (
    BagTooLight,
    SameOfficer,
    SealDiffers,
    WeightDiffers,
    require_consents,
)
from sanduq.custody.model import CONFIRMED, RELEASE, BagStatus, agrees
from sanduq.custody.moves import service as moves
from sanduq.custody.places import service as places
from sanduq.custody.register import service as register
from sanduq.custody.register.model import Holding
from sanduq.custody.releases import events, store
from sanduq.custody.releases.errors import (
    ItemNotHeld,
    NotHandedOverYet,
    RecipientNotEntitled,
    ReleaseState,
    UnknownRelease,
    WrongThings,
)
from sanduq.custody.releases.model import (
    CHECKLIST,
    HandOver,
    NewRelease,
    ReleaseFilters,
    ReleaseOrder,
    ReleaseReason,
    ReleaseStatus,
)
from sanduq.events import service as outbox
from sanduq.kit.db import UnitOfWork
from sanduq.kit.errors import ValidationFailed
from sanduq.kit.ids import new_id
from sanduq.kit.pages import Page, PageRequest
from sanduq.parties import service as parties

WITHOUT_TICKET = frozenset({ReleaseReason.SALE, ReleaseReason.UNWOUND})
"""Whoever buys from us, or has his gold back from a sale undone, never had a ticket."""


def order(uow: UnitOfWork, new: NewRelease) -> ReleaseOrder:
    """Orders things of one subject to be let go; they stay held until two officers hand them over.

    Asked by the room whose subject it is, once it owes the thing: that room, not the vault,
    answers for why. Refuses NOT_FOUND a party; ITEM_NOT_HELD what is not kept for the subject,
    vouched for by two; RELEASE_ORDERED what is ordered already; RELEASE_RECIPIENT a recipient
    who is not the owner of all of it (a sale, or one undone, apart), or an agent without proof
    (rule ARN-12); ADL_MOVE things with a third party without both consents (RHN-26).
    """
    if not new.item_ids or len(set(new.item_ids)) < len(new.item_ids):
        raise ValidationFailed.field(
            "item_ids", "doubled_or_none", "name each item once, and one at least"
        )
    reason = ReleaseReason(new.reason)
    parties.load_parties(uow, {new.recipient_id, *([new.agent_id] if new.agent_id else [])})
    held = register.load_holdings(uow, new.item_ids)
    _require_held(new, held)
    _require_entitled(new, reason, held)
    lying_in = places.load_places(uow, {one.place_id for one in held.values()})
    branches = {place.branch_id for place in lying_in.values()}
    if len(branches) > 1:
        raise WrongThings("these things lie in several branches: order a release for each branch")
    require_consents({one.place_id: one.keeper_party_id for one in lying_in.values()}, new.consents)
    made = ReleaseOrder(
        release_id=new_id("rel"),
        subject_id=new.subject_id,
        branch_id=branches.pop(),
        item_ids=tuple(sorted(new.item_ids)),
        recipient_id=new.recipient_id,
        agent_id=new.agent_id,
        reason=reason,
        proof=new.proof,
        status=ReleaseStatus.READY,
        consents=new.consents,
        hand_over=None,
        first_officer_id=None,
        second_officer_id=None,
        items_weight_mg=None,
        handed_over_at=None,
        cancelled_at=None,
        cancelled_by=None,
        cancel_reason=None,
        created_at=uow.now,
        created_by=uow.actor.user_id,
        version=1,
    )
    store.insert(uow, made)
    audit.record(uow, [Deed("custody.release.order", made.release_id, reason)])
    outbox.record(uow, [events.event(events.ORDERED, made)])
    return made


def _require_held(new: NewRelease, held: dict[str, Holding]) -> None:
    for item_id in sorted(new.item_ids):
        one = held.get(item_id)
        if one is None or one.subject_id != new.subject_id or one.bag_status not in CONFIRMED:
            message = f"{item_id} is not held for {new.subject_id}, confirmed by two officers"
            raise ItemNotHeld(
                message, details=[{"field": "item_ids", "code": "not_held", "message": message}]
            )


def _require_entitled(new: NewRelease, reason: ReleaseReason, held: dict[str, Holding]) -> None:
    if new.agent_id is not None and not (new.proof or "").strip():
        raise RecipientNotEntitled.of(
            "proof", "whoever comes for the owner proves it: name the paper (ARN-12)"
        )
    if reason in (ReleaseReason.SALE, ReleaseReason.UNWOUND):
        return
    for one in held.values():
        if one.owner_id != new.recipient_id:
            raise RecipientNotEntitled.of(
                "recipient_id",
                f"{one.item_id} is {one.owner_id}'s: it goes to him, or to an agent or heir named"
                " as agent_id with proof (ARN-12)",
            )


def hand_over(uow: UnitOfWork, release_id: str, seen: HandOver) -> ReleaseOrder:
    """The first officer records who came and what was laid out; a second must confirm it.

    Recorded again, it takes the place of what was recorded before. Refuses NOT_FOUND; CONFLICT
    an order that is not READY, a bag on the way; FORBIDDEN without authority for
    `custody.release`; RELEASE_RECIPIENT another person than the one named or his agent; things or
    bags that are not the order's (RELEASE_MISMATCH); BAG_SEAL_DIFFERS, BAG_WEIGHT_DIFFERS;
    VALIDATION_ERROR neither ticket nor declaration of its loss (a sale, or one undone, apart), or
    an unfinished
    checklist.
    """
    access.require_authority(uow, RELEASE, None)
    made = _locked(uow, release_id)
    _check_papers(made, seen)
    brought = _bags_of(uow, made)
    _check_bags(uow, made, seen, brought)
    store.set_hand_over(uow, release_id, seen)
    audit.record(uow, [Deed("custody.release.hand_over", release_id)])
    return get_release(uow, release_id)


def _check_papers(made: ReleaseOrder, seen: HandOver) -> None:
    if seen.received_by_id not in made.entitled:
        raise RecipientNotEntitled.of(
            "received_by_id",
            f"{seen.received_by_id} is neither {made.recipient_id}, who is to receive, nor his"
            " proven agent (ARN-12)",
        )
    if not seen.identity_document.strip():
        raise ValidationFailed.field(
            "identity_document", "missing_field", "say by which document you know who came"
        )
    has_paper = (seen.ticket_number or "").strip() or (seen.loss_declaration or "").strip()
    if not has_paper and made.reason not in WITHOUT_TICKET:
        raise ValidationFailed.field(
            "ticket_number", "missing_field", "the ticket is shown, or its loss declared (ARN-12)"
        )
    undone = [step for step in CHECKLIST if step not in seen.checklist]
    if undone:
        raise ValidationFailed.field("checklist", "unfinished", f"not done: {', '.join(undone)}")


def _bags_of(uow: UnitOfWork, made: ReleaseOrder) -> dict[str, Bag]:
    """The bags the ordered things are in, locked and standing still, and nothing being counted."""
    held = register.load_holdings(uow, made.item_ids)
    found = bags.locked(uow, {one.bag_id for one in held.values()})
    again = register.load_holdings(uow, made.item_ids)
    if {one.bag_id for one in again.values()} - found.keys() or len(again) < len(made.item_ids):
        raise WrongThings("the things were put into another bag just now: begin again")
    bags.require_standing(found.values())
    moves.require_none_open(uow, found)
    places.require_uncounted(uow, {bag.place_id for bag in found.values()})
    return found


def _check_bags(
    uow: UnitOfWork, made: ReleaseOrder, seen: HandOver, brought: dict[str, Bag]
) -> None:
    """What was laid out is what the order names, in the bags it is known to be in."""
    if sorted(seen.item_ids) != sorted(made.item_ids):
        raise WrongThings("the things laid out are not those the order names")
    if sorted(one.bag_id for one in seen.bags) != sorted(brought):
        expected = ", ".join(sorted(bag.bag_number for bag in brought.values()))
        raise WrongThings(f"these are other bags: the things are in {expected}")
    tolerance_mg = places.tolerance_mg(uow)
    for one in seen.bags:
        bag = brought[one.bag_id]
        if bag.status is BagStatus.OPENED:
            if one.weight_mg < bag.content_weight_mg:
                raise BagTooLight.of(one.weight_mg, bag.content_weight_mg)
            continue
        if one.seal_number != bag.seal_number:
            raise SealDiffers(
                f"bag {bag.bag_number} carries seal {one.seal_number!r} where {bag.seal_number!r}"
                " is on record: nothing is handed over; call the branch manager"
            )
        if not agrees(one.weight_mg, bag.sealed_weight_mg, tolerance_mg):
            raise WeightDiffers.of(
                bag.bag_number, one.weight_mg, bag.sealed_weight_mg, tolerance_mg
            )
    _check_weight(uow, made, seen.items_weight_mg, tolerance_mg)


def _check_weight(uow: UnitOfWork, made: ReleaseOrder, weight_mg: int, tolerance_mg: int) -> None:
    held = register.load_holdings(uow, made.item_ids)
    expected_mg = sum(one.gross_weight_mg for one in held.values())
    if not agrees(weight_mg, expected_mg, tolerance_mg):
        raise WeightDiffers.of("what is handed over", weight_mg, expected_mg, tolerance_mg)


def confirm_hand_over(uow: UnitOfWork, release_id: str, items_weight_mg: int) -> ReleaseOrder:
    """The second officer weighs the things himself and they leave the register.

    Bags that are empty now end; a bag with things left in it stays OPENED until it is sealed
    again. Refuses NOT_FOUND; CONFLICT an order that is not READY or that no first officer handed
    over; FORBIDDEN the first officer, and roles without authority; BAG_WEIGHT_DIFFERS.
    """
    access.require_authority(uow, RELEASE, None)
    made = _locked(uow, release_id)
    if made.hand_over is None:
        raise NotHandedOverYet
    if made.first_officer_id == uow.actor.user_id:
        raise SameOfficer
    brought = _bags_of(uow, made)
    _check_bags(uow, made, made.hand_over, brought)
    _check_weight(uow, made, items_weight_mg, places.tolerance_mg(uow))
    register.hand_out(uow, list(brought), made.item_ids, release_id)
    out = set(made.item_ids)
    emptied = [bag for bag in brought.values() if set(bag.item_ids) <= out]
    bags.empty(uow, emptied, release_id)
    bags.open_seals(uow, [b.bag_id for b in brought.values() if not set(b.item_ids) <= out])
    store.close(uow, release_id, ReleaseStatus.HANDED_OVER, items_weight_mg=items_weight_mg)
    return _told(uow, release_id, "custody.release.confirm", events.HANDED_OVER)


def cancel(uow: UnitOfWork, release_id: str, reason: str) -> ReleaseOrder:
    """Takes an order back; the things stay held. Asked by the room whose subject it is.

    Refuses NOT_FOUND, CONFLICT an order that is not READY.
    """
    _locked(uow, release_id)
    store.close(uow, release_id, ReleaseStatus.CANCELLED, reason=reason)
    return _told(uow, release_id, "custody.release.cancel", events.CANCELLED, reason)


def get_release(uow: UnitOfWork, release_id: str) -> ReleaseOrder:
    """One release order. Refuses NOT_FOUND."""
    found = store.load(uow, [release_id])
    if not found:
        raise UnknownRelease
    return found[0]


def orders_of(uow: UnitOfWork, subject_ids: Sequence[str]) -> dict[str, list[ReleaseOrder]]:
    """All release orders of each subject, oldest first, in one query; a list for each id."""
    found: dict[str, list[ReleaseOrder]] = defaultdict(list)
    for one in store.of_subjects(uow, subject_ids) if subject_ids else []:
        found[one.subject_id].append(one)
    return {subject_id: found[subject_id] for subject_id in subject_ids}


def list_releases(
    uow: UnitOfWork, filters: ReleaseFilters, request: PageRequest
) -> Page[ReleaseOrder]:
    """Release orders, newest first; with status READY, the queue of what is to be released."""
    return store.select_page(uow, filters, request)


def _locked(uow: UnitOfWork, release_id: str) -> ReleaseOrder:
    found = store.load(uow, [release_id], is_locked=True)
    if not found:
        raise UnknownRelease
    if found[0].status is not ReleaseStatus.READY:
        raise ReleaseState.of(found[0])
    return found[0]


def _told(
    uow: UnitOfWork, release_id: str, deed: str, event_type: str, reason: str | None = None
) -> ReleaseOrder:
    made = get_release(uow, release_id)
    audit.record(uow, [Deed(deed, release_id, reason, {"subject_id": made.subject_id})])
    outbox.record(uow, [events.event(event_type, made)])
    return made
