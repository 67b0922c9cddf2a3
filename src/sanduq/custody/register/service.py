"""The register: where everything is, and what moved it there. Only custody's own rooms write it."""

from __future__ import annotations

from collections.abc import Sequence

from sanduq.custody.register import store
from sanduq.custody.register.errors import ItemElsewhere, ItemInCustody
from sanduq.custody.register.model import (
    Entering,
    HeldItem,
    Holding,
    HoldingFilters,
    MetalTotal,
    Movement,
    MovementFilters,
    MovementKind,
    Total,
    at_owner,
    handed_out,
    in_bag,
    lost_by,
)
from sanduq.kit.db import UnitOfWork
from sanduq.kit.pages import Page, PageRequest


def held(uow: UnitOfWork, subject_ids: Sequence[str]) -> dict[str, list[HeldItem]]:
    """What two officers vouch is kept for each subject, in one query; a list for every id asked.

    What a first officer received and no second one confirmed is not among it; what is ordered
    for release is, until it is handed over.
    """
    found: dict[str, list[HeldItem]] = {subject_id: [] for subject_id in subject_ids}
    for subject_id, item in store.held(uow, subject_ids) if subject_ids else []:
        found[subject_id].append(item)
    return found


def load_holdings(uow: UnitOfWork, item_ids: Sequence[str]) -> dict[str, Holding]:
    """Where each of these things is held; those that are not held are left out."""
    return {one.item_id: one for one in store.load(uow, item_ids)} if item_ids else {}


def list_holdings(uow: UnitOfWork, filters: HoldingFilters, request: PageRequest) -> Page[Holding]:
    """Things held, newest first. `place_id` stands for the place and all within it."""
    return store.select_page(uow, filters, request)


def totals(uow: UnitOfWork, branch_id: str | None = None, *, by_place: bool) -> list[Total]:
    """Bags, items and weights held, by branch or by place."""
    return store.totals(uow, branch_id, by_place=by_place)


def metal_totals(uow: UnitOfWork, branch_id: str | None = None) -> list[MetalTotal]:
    """What is held of each metal and fineness, by branch."""
    return store.metal_totals(uow, branch_id)


def list_movements(
    uow: UnitOfWork, filters: MovementFilters, request: PageRequest
) -> Page[Movement]:
    """Steps of things and bags, newest first."""
    return store.movements(uow, filters, request)


def enter(uow: UnitOfWork, bag_id: str, subject_id: str, things: Sequence[Entering]) -> None:
    """Takes things into a bag. Refuses ITEM_IN_CUSTODY what is held already, also in a race."""
    taken = store.enter(uow, bag_id, subject_id, things)
    left_out = sorted({one.item_id for one in things} - taken)
    if left_out:
        raise ItemInCustody.of(left_out)
    store.keep_photos(uow, things)


def give_back(uow: UnitOfWork, bag_id: str) -> list[str]:
    """Puts all of a bag that was never confirmed back into its owners' hands; the ids."""
    owners = store.owners(uow, bag_id)
    to = {item_id: at_owner(owner_id) for item_id, owner_id in owners.items()}
    _shift(uow, [bag_id], to, None, MovementKind.CANCELLED, bag_id)
    return sorted(to)


def rebag(
    uow: UnitOfWork, from_bag_ids: Sequence[str], bag_id: str, item_ids: Sequence[str], ref: str
) -> None:
    """Puts items of other bags into this one. Refuses CONFLICT an item that is not in those."""
    to = {item_id: in_bag(bag_id) for item_id in item_ids}
    _shift(uow, from_bag_ids, to, bag_id, MovementKind.REBAGGED, ref)


def hand_out(
    uow: UnitOfWork, bag_ids: Sequence[str], item_ids: Sequence[str], release_id: str
) -> None:
    """Lets items leave the register. Refuses CONFLICT an item that is not in those bags."""
    to = {item_id: handed_out(release_id) for item_id in item_ids}
    _shift(uow, bag_ids, to, None, MovementKind.HANDED_OVER, release_id)


def lose(
    uow: UnitOfWork, bag_ids: Sequence[str], item_ids: Sequence[str], reference_id: str
) -> None:
    """Writes lost items out of the register. Refuses CONFLICT an item not in those bags."""
    to = {item_id: lost_by(reference_id) for item_id in item_ids}
    _shift(uow, bag_ids, to, None, MovementKind.LOST, reference_id)


def record_bags(
    uow: UnitOfWork,
    bags: Sequence[tuple[str, int, str, str]],
    *,
    kind: MovementKind,
    reference_id: str,
) -> None:
    """Writes down the steps of bags: of each its id, weight in mg, position before and after."""
    if bags:
        store.record_bags(uow, bags, kind=kind, reference_id=reference_id)


def _shift(
    uow: UnitOfWork,
    from_bag_ids: Sequence[str],
    to: dict[str, str],
    to_bag_id: str | None,
    kind: MovementKind,
    reference_id: str,
) -> None:
    if not to:
        return
    count = store.shift(
        uow, from_bag_ids, list(to), to=to, to_bag_id=to_bag_id, kind=kind,
        reference_id=reference_id,
    )  # fmt: skip
    if count < len(to):
        raise ItemElsewhere
