"""Gold on the table: a published board, an item, a valuation two officers agree on."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from sanduq.assets.instruments import service as instruments
from sanduq.assets.instruments.model import Calibration, Instrument, InstrumentKind, NewInstrument
from sanduq.assets.items import service as items
from sanduq.assets.items.model import Item, ItemKind, NewItem
from sanduq.assets.model import Metal
from sanduq.assets.price_boards import service as price_boards
from sanduq.assets.price_boards.model import NewBoard, PriceBoard, PriceMethod
from sanduq.assets.schemas import price_milli
from sanduq.assets.valuations import service as valuations
from sanduq.assets.valuations.model import (
    Assay,
    AssayKind,
    Findings,
    NewValuation,
    Second,
    Valuation,
)
from sanduq.kit.clock import FixedClock
from sanduq.kit.db import UnitOfWork
from sanduq.kit.money import Asset, currency
from sanduq.kit.wire_weight import fineness_bp

USD = currency("USD")
MAKER, CHECKER = "user_maker", "user_checker"

Work = Callable[..., AbstractContextManager[UnitOfWork]]


def a_board(
    uow: UnitOfWork,
    price: str = "200.00",
    asset: Asset = USD,
    quoted: str = "1000",
    **changes: Any,
) -> NewBoard:
    """A price per gram for a fineness, observed now."""
    board = NewBoard(
        metal=Metal.GOLD,
        asset=asset,
        method=PriceMethod.FINE_PRICE,
        grades={fineness_bp(quoted): price_milli(price, asset, "price")},
        source="the bullion desk's page",
        observed_at=uow.now,
    )
    return replace(board, **changes)


def board(
    work: Work,
    price: str = "200.00",
    asset: Asset = USD,
    quoted: str = "1000",
    *,
    at: datetime | None = None,
    users: tuple[str, str] = (MAKER, CHECKER),
    **changes: Any,
) -> PriceBoard:
    """A board proposed by one user and published by another; `at` moves both clocks."""
    with work(users[0]) as uow:
        _move(uow, at)
        proposed = price_boards.propose(uow, a_board(uow, price, asset, quoted, **changes))
    with work(users[1]) as uow:
        _move(uow, at)
        return price_boards.approve(uow, proposed.price_board_id)


def an_item(owner_id: str = "cpty_owner_001", **changes: Any) -> NewItem:
    """A necklace of 22.50 g with stones of 1.30 g, stamped 916."""
    return NewItem(
        **{
            "owner_id": owner_id,
            "kind": ItemKind.JEWELLERY,
            "metal": Metal.GOLD,
            "description": "Necklace with three stones",
            "gross_weight_mg": 22_500,
            "stone_weight_mg": 1_300,
            "fineness_bp": 9160,
            "marks": "916",
            **changes,
        }
    )


def item(uow: UnitOfWork, owner_id: str = "cpty_owner_001", **changes: Any) -> Item:
    """One item on record."""
    (made,) = items.register_items(uow, [an_item(owner_id, **changes)])
    return made


def hallmark(stamp: str = "916") -> Assay:
    """A stamp that was read."""
    return Assay(kind=AssayKind.HALLMARK, stamp=stamp)


def found(thing: Item, **changes: Any) -> Findings:
    """An item found as it was declared, by its stamp; what is no metal is said to be worth 500."""
    if thing.metal is Metal.NONE:
        stated = {"stated_minor": 500_00, "basis": "sold for as much last week", "source": "shop"}
        return Findings(**{"gross_weight_mg": thing.gross_weight_mg, **stated, **changes})
    return Findings(
        **{
            "gross_weight_mg": thing.gross_weight_mg,
            "stone_weight_mg": thing.stone_weight_mg,
            "other_weight_mg": thing.other_weight_mg,
            "fineness_bp": thing.fineness_bp,
            "tests": (hallmark(thing.marks or "916"),),
            **changes,
        }
    )


def recorded(
    work: Work,
    item_id: str,
    *,
    asset: Asset = USD,
    at: datetime | None = None,
    user: str = MAKER,
    **changes: Any,
) -> Valuation:
    """A valuation that waits for its second officer; `changes` are of what was found."""
    with work(user) as uow:
        _move(uow, at)
        findings = found(items.get_item(uow, item_id), **changes)
        return valuations.record_valuation(
            uow,
            NewValuation(item_id=item_id, asset=asset, findings=findings, is_customer_present=True),
        )


def valuation(
    work: Work,
    item_id: str,
    *,
    asset: Asset = USD,
    at: datetime | None = None,
    users: tuple[str, str] = (MAKER, CHECKER),
    **changes: Any,
) -> Valuation:
    """A valuation confirmed by a second valuer who found the same; needs a board of the day."""
    waiting = recorded(work, item_id, asset=asset, at=at, user=users[0], **changes)
    with work(users[1]) as uow:
        _move(uow, at)
        second = Second(is_agreed=True, findings=waiting.findings)
        return valuations.confirm(uow, waiting.valuation_id, second)


def instrument(
    uow: UnitOfWork,
    kind: InstrumentKind,
    serial: str = "S-1",
    valid_until_on: date = date(2024, 12, 31),
) -> Instrument:
    """An instrument calibrated on 2 January 2024."""
    return instruments.register_instrument(
        uow,
        NewInstrument(
            kind=kind,
            serial=serial,
            description=None,
            calibration=Calibration(date(2024, 1, 2), valid_until_on),
        ),
    )


def _move(uow: UnitOfWork, at: datetime | None) -> None:
    if at is not None:
        uow.clock = FixedClock(at)
