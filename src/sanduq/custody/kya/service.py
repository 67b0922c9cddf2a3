"""Know your asset: the same thing brought a second time, under another record or another name."""

from __future__ import annotations

from collections.abc import Sequence

from sanduq.assets.items import service as items_service
from sanduq.assets.items.model import Item
from sanduq.assets.model import fine_weight_tenths
from sanduq.assets.valuations import service as valuations
from sanduq.assets.valuations.model import Valuation
from sanduq.custody.kya import store
from sanduq.custody.kya.errors import ItemAlreadyPledged
from sanduq.custody.kya.model import Twin, key_of
from sanduq.custody.register.model import Entering
from sanduq.events.service import Event
from sanduq.kit.db import UnitOfWork


def twins(uow: UnitOfWork, items: Sequence[Item]) -> list[Twin]:
    """Things held in the institution, confirmed or not, that these look the same as.

    Alike are: the serial number of the same metal; a photograph; the same marks on the same
    metal within 50 mg of gross weight. One statement for any number of items.
    """
    return store.twins(uow, [_entering(item) for item in items]) if items else []


def twins_of(uow: UnitOfWork, item_id: str) -> list[Twin]:
    """As `twins`, for one registered item. Refuses NOT_FOUND."""
    return twins(uow, [items_service.get_item(uow, item_id)])


def require_no_twins(uow: UnitOfWork, items: Sequence[Item]) -> None:
    """Refuses ITEM_ALREADY_PLEDGED things that are held already under another record.

    Receipts of the institution are looked at in turn, until the end of the unit of work.
    """
    store.lock(uow)
    found = twins(uow, items)
    if found:
        raise ItemAlreadyPledged.of(found)


def entering(uow: UnitOfWork, items: Sequence[Item]) -> list[Entering]:
    """Items as the register takes them in: as last valued by two officers, else as registered."""
    valued = valuations.newest_confirmed(uow, [item.item_id for item in items])
    return [_entering(item, valued.get(item.item_id)) for item in items]


def follow_photos(uow: UnitOfWork, happened: Sequence[Event]) -> None:
    """Photographs taken of things that are held are known from then on."""
    store.keep_photos(uow, [(event.subject_id, str(event.data["sha256"])) for event in happened])


def _entering(item: Item, valued: Valuation | None = None) -> Entering:
    weighed = item if valued is None else valued
    fineness_bp = item.fineness_bp if valued is None else valued.fineness_bp
    net_mg = weighed.net_weight_mg
    fine_mg = 0 if fineness_bp is None else fine_weight_tenths(net_mg, fineness_bp) // 10
    return Entering(
        item_id=item.item_id,
        owner_id=item.owner_id,
        metal=str(item.metal),
        gross_weight_mg=weighed.gross_weight_mg,
        net_weight_mg=net_mg,
        fine_weight_mg=fine_mg,
        fineness_bp=fineness_bp,
        serial_key=key_of(item.serial),
        marks_key=key_of(item.marks),
        photo_hashes=tuple(item.photo_hashes),
    )
