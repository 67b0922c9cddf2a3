"""Places set up, closed and opened; and whether a bag may be put there."""

from __future__ import annotations

from collections.abc import Collection

from sanduq.access import service as access
from sanduq.audit import service as audit
from sanduq.audit.service import Deed
from sanduq.custody.model import (
    MOVE,
    RELEASE,
    WEIGHT_TOLERANCE_MG,
    WEIGHT_TOLERANCE_MG_MAX,
    required_text,
)
from sanduq.custody.places import events, store
from sanduq.custody.places.errors import BeingCounted, PlaceChanged, PlaceUnfit, UnknownPlace
from sanduq.custody.places.model import PARENT_OF, NewPlace, Place, PlaceFilters, PlaceKind
from sanduq.events import service as outbox
from sanduq.kit.db import UnitOfWork
from sanduq.kit.errors import ValidationFailed
from sanduq.kit.ids import new_id
from sanduq.kit.pages import Page, PageRequest
from sanduq.parties import service as parties


def create_place(uow: UnitOfWork, new: NewPlace) -> Place:
    """Sets up a vault, or a place in one.

    A vault names its branch (the default one when it names none), its class and perhaps a third
    party who keeps it; what stands in it takes all three from it. Refuses FORBIDDEN without
    authority for `custody.move`, VALIDATION_ERROR a cabinet outside a vault and the like,
    NOT_FOUND a parent or keeper, CONFLICT a name or external_id in use.
    """
    access.require_authority(uow, MOVE, None)
    name = required_text(new.name, "name")
    if "/" in name:
        raise ValidationFailed.field("name", "slash", "a name holds no /: it parts a path")
    parent = None if new.parent_id is None else get_place(uow, new.parent_id)
    _check_parent(new, parent)
    branch_id = parent.branch_id if parent else new.branch_id or access.default_branch(uow)
    if not access.known_branches(uow, [branch_id]):
        raise ValidationFailed.field(
            "branch_id", "unknown_branch", f"there is no branch {branch_id!r}"
        )
    if new.keeper_party_id is not None:
        parties.get_party(uow, new.keeper_party_id)
    place = Place(
        place_id=new_id("plc"),
        external_id=new.external_id,
        branch_id=branch_id,
        parent_id=new.parent_id,
        kind=new.kind,
        name=name,
        path=f"{parent.path}/{name}" if parent else name,
        vault_class=parent.vault_class if parent else new.vault_class or 1,
        capacity=new.capacity,
        is_open=True,
        keeper_party_id=parent.keeper_party_id if parent else new.keeper_party_id,
        bag_count=0,
        is_being_counted=False,
        metadata=new.metadata,
        created_at=uow.now,
        created_by=uow.actor.user_id,
        version=1,
    )
    store.insert(uow, place)
    audit.record(uow, [Deed("custody.place.create", place.place_id)])
    outbox.record(uow, [events.created(place)])
    return place


def _check_parent(new: NewPlace, parent: Place | None) -> None:
    expected = PARENT_OF[new.kind]
    if (parent.kind if parent else None) != expected:
        where = f"stands in a {expected}" if expected else "stands in no other place"
        raise ValidationFailed.field("parent_id", "wrong_parent", f"a {new.kind} {where}")
    if new.kind is not PlaceKind.VAULT:
        for field in ("branch_id", "vault_class", "keeper_party_id"):
            if getattr(new, field) is not None:
                message = f"a {new.kind} takes its {field} from the vault it stands in"
                raise ValidationFailed.field(field, "from_vault", message)


def get_place(uow: UnitOfWork, place_id: str) -> Place:
    """One place. Refuses NOT_FOUND."""
    return load_places(uow, [place_id])[place_id]


def load_places(uow: UnitOfWork, place_ids: Collection[str]) -> dict[str, Place]:
    """The places of these ids, in one query. Refuses NOT_FOUND when one does not exist."""
    found = {place.place_id: place for place in store.load(uow, place_ids)}
    missing = sorted(set(place_ids) - found.keys())
    if missing:
        raise UnknownPlace(f"there is no place {missing[0]} in this institution")
    return found


def list_places(uow: UnitOfWork, filters: PlaceFilters, request: PageRequest) -> Page[Place]:
    """Places, newest first."""
    return store.select_page(uow, filters, request)


def set_open(uow: UnitOfWork, place_id: str, *, is_open: bool, reason: str) -> Place:
    """Closes a place to further bags, or opens it again; what lies in it stays and may leave.

    Refuses NOT_FOUND, FORBIDDEN without authority, CONFLICT when it is so already.
    """
    access.require_authority(uow, MOVE, None)
    get_place(uow, place_id)
    if not store.set_open(uow, place_id, is_open=is_open):
        raise PlaceChanged(f"{place_id} is {'open' if is_open else 'closed'} already")
    place = get_place(uow, place_id)
    deed = "custody.place.open" if is_open else "custody.place.close"
    audit.record(uow, [Deed(deed, place_id, reason)])
    outbox.record(uow, [events.changed(place)])
    return place


def for_bags(uow: UnitOfWork, place_id: str, branch_id: str | None = None) -> Place:
    """A place one more bag may be put into, locked, so that its last room is given once.

    Refuses NOT_FOUND; PLACE_UNFIT a place of another branch, closed, full, or of no room for
    bags; PLACE_BEING_COUNTED one under a stock-take.
    """
    store.lock(uow, [place_id])
    place = get_place(uow, place_id)
    if branch_id is not None and place.branch_id != branch_id:
        raise PlaceUnfit.of(place, f"is of {place.branch_id}, not of {branch_id}", "other_branch")
    if not place.is_open:
        raise PlaceUnfit.of(place, "is closed", "closed")
    if place.is_full:
        taken = f"takes {place.capacity} bags and has {place.bag_count}"
        raise PlaceUnfit.of(place, taken, "full")
    if place.is_being_counted:
        raise BeingCounted.of(place)
    return place


def require_uncounted(uow: UnitOfWork, place_ids: Collection[str]) -> dict[str, Place]:
    """These places, locked. Refuses PLACE_BEING_COUNTED one under a stock-take, NOT_FOUND."""
    store.lock(uow, place_ids)
    found = load_places(uow, place_ids)
    for place in found.values():
        if place.is_being_counted:
            raise BeingCounted.of(place)
    return found


def lock_scope(uow: UnitOfWork, branch_id: str, path: str | None) -> list[str]:
    """The ids of a branch's places, or of one and all within it, locked against changes."""
    return store.lock_scope(uow, branch_id, path)


def tolerance_mg(uow: UnitOfWork) -> int:
    """By how much two weighings of one bag may differ here."""
    found = store.tolerance_mg(uow)
    return WEIGHT_TOLERANCE_MG if found is None else found


def set_tolerance(uow: UnitOfWork, weight_tolerance_mg: int) -> int:
    """Sets by how much two weighings may differ, in milligrams, from 0 to 1 g.

    Refuses FORBIDDEN without authority for `custody.release`, VALIDATION_ERROR beyond a gram.
    """
    access.require_authority(uow, RELEASE, None)
    if not 0 <= weight_tolerance_mg <= WEIGHT_TOLERANCE_MG_MAX:
        raise ValidationFailed.field(
            "weight_tolerance_mg", "out_of_range", "a tolerance is from 0 to 1000 mg"
        )
    store.set_tolerance(uow, weight_tolerance_mg)
    details = {"weight_tolerance_mg": weight_tolerance_mg}
    audit.record(uow, [Deed("custody.setting.set", uow.actor.institution, None, details)])
    return weight_tolerance_mg
