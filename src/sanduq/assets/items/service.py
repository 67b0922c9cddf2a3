"""The register of items and their photos."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import fields
from datetime import datetime

from sanduq.assets.items import events, store
from sanduq.assets.items.errors import UnknownItem, UnknownPhoto
from sanduq.assets.items.model import (
    PHOTO_BYTES_MAX,
    Item,
    ItemKind,
    MediaType,
    NewItem,
    Photo,
    media_type_of,
)
from sanduq.assets.model import Metal, net_weight_mg, require_grade
from sanduq.audit import service as audit
from sanduq.events import service as outbox
from sanduq.kit.db import UnitOfWork
from sanduq.kit.errors import ValidationFailed
from sanduq.kit.ids import new_id
from sanduq.kit.pages import Page, PageRequest


def register_items(uow: UnitOfWork, new: Sequence[NewItem]) -> list[Item]:
    """Puts things on record, in the order given and all or none.

    Refuses VALIDATION_ERROR stones and other parts that weigh as much as the whole and a fineness
    of what is no metal, FINENESS_UNKNOWN a fineness that is no grade of the metal, CONFLICT an
    external_id in use. Weights in milligrams, fineness in parts per ten thousand.
    """
    for each in new:
        _require_sound(each)
    items = [
        Item(
            **{each.name: getattr(one, each.name) for each in fields(NewItem)},
            item_id=new_id("itm"),
            created_at=uow.now,
            created_by=uow.actor.user_id,
        )
        for one in new
    ]
    store.insert(uow, items)
    audit.record(uow, [audit.Deed("gold.item.register", item.item_id) for item in items])
    outbox.record(uow, [events.registered(item) for item in items])
    return items


def get_item(uow: UnitOfWork, item_id: str) -> Item:
    """One item. Refuses NOT_FOUND."""
    found = store.load(uow, [item_id])
    if not found:
        raise UnknownItem
    return found[0]


def load_items(uow: UnitOfWork, ids: Collection[str]) -> dict[str, Item]:
    """The items of these ids in one query; ids nobody knows are left out."""
    return {item.item_id: item for item in store.load(uow, ids)} if ids else {}


def list_items(
    uow: UnitOfWork,
    request: PageRequest,
    *,
    owner_id: str | None = None,
    kind: ItemKind | None = None,
    metal: Metal | None = None,
    serial: str | None = None,
    external_id: str | None = None,
    created_from: datetime | None = None,
    created_before: datetime | None = None,
) -> Page[Item]:
    """Items, newest first."""
    equal = {
        "owner_id": owner_id,
        "kind": kind.value if kind is not None else None,
        "metal": metal.value if metal is not None else None,
        "serial": serial,
        "external_id": external_id,
    }
    return store.select_page(uow, request, equal, created_from, created_before)


def add_photo(uow: UnitOfWork, item_id: str, content: bytes, media_type: MediaType) -> Photo:
    """Keeps a photo of an item under the SHA-256 computed here.

    Refuses NOT_FOUND, VALIDATION_ERROR more than 2 MiB and what is not the JPEG, PNG or WebP it
    is said to be, CONFLICT a photo that is on record already.
    """
    get_item(uow, item_id)
    if not 0 < len(content) <= PHOTO_BYTES_MAX:
        raise ValidationFailed.field(
            "content_base64", "too_large", f"a photo has at most {PHOTO_BYTES_MAX} bytes, not none"
        )
    if media_type_of(content) is not media_type:
        raise ValidationFailed.field(
            "media_type", "not_that_type", f"these bytes are no {media_type.value}"
        )
    photo = Photo(
        photo_id=new_id("pht"),
        item_id=item_id,
        media_type=media_type,
        sha256=hashlib.sha256(content).hexdigest(),
        size_bytes=len(content),
        created_at=uow.now,
        created_by=uow.actor.user_id,
    )
    store.insert_photo(uow, photo, content)
    details = {"photo_id": photo.photo_id, "sha256": photo.sha256}
    audit.record(uow, [audit.Deed("gold.item.photo", item_id, details=details)])
    outbox.record(uow, [events.photographed(photo)])
    return photo


def list_photos(uow: UnitOfWork, item_id: str, request: PageRequest) -> Page[Photo]:
    """Photos of an item, newest first, without their content. Refuses NOT_FOUND."""
    get_item(uow, item_id)
    return store.select_photos(uow, item_id, request)


def photo_content(uow: UnitOfWork, item_id: str, photo_id: str) -> tuple[MediaType, bytes]:
    """The bytes of a photo, as they came in. Refuses NOT_FOUND."""
    found = store.photo_content(uow, item_id, photo_id)
    if found is None:
        raise UnknownPhoto
    return found


def _require_sound(new: NewItem) -> None:
    if new.metal is not Metal.NONE:
        net_weight_mg(new.gross_weight_mg, new.stone_weight_mg, new.other_weight_mg)
        if new.fineness_bp is not None:
            require_grade(new.metal, new.fineness_bp)
        return
    if new.fineness_bp is not None:
        raise ValidationFailed.field("fineness", "no_metal", "what is no metal has no fineness")
    if new.stone_weight_mg + new.other_weight_mg > new.gross_weight_mg:
        raise ValidationFailed.field(
            "stone_weight_grams", "above_gross", "parts weigh no more than the whole"
        )
