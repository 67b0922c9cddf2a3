"""What the register of items tells the outside."""

from __future__ import annotations

from sanduq.assets.items.model import Item, Photo
from sanduq.assets.items.schemas import item_out, photo_out
from sanduq.events.service import Event, EventType, declare

REGISTERED = "gold.item.registered"
PHOTOGRAPHED = "gold.item.photographed"

declare(
    EventType(REGISTERED, "A thing of value was put on record.", "ItemOut"),
    EventType(PHOTOGRAPHED, "A photo of an item was kept.", "PhotoOut"),
)


def registered(item: Item) -> Event:
    """An item was put on record."""
    return Event(REGISTERED, item.item_id, item_out(item))


def photographed(photo: Photo) -> Event:
    """A photo was kept."""
    return Event(PHOTOGRAPHED, photo.item_id, photo_out(photo))
