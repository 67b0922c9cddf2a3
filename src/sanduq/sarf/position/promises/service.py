"""The register of promises: read, held against the gold at hand and against prices of gold."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sanduq.assets.model import Metal
from sanduq.assets.price_boards import service as price_boards
from sanduq.assets.price_boards.errors import NoPriceBoard
from sanduq.assets.price_boards.model import PriceBoard
from sanduq.kit.db import UnitOfWork
from sanduq.kit.money import Asset
from sanduq.kit.pages import Page, PageRequest
from sanduq.sarf.facts import CoverFact, SarfAction, SarfFacts
from sanduq.sarf.model import BP
from sanduq.sarf.position.prices import price_on
from sanduq.sarf.position.promises import store
from sanduq.sarf.position.promises.errors import UnknownPromise
from sanduq.sarf.position.promises.model import (
    NOTHING,
    STEPS_TENTHS,
    CapToday,
    Cover,
    Exposure,
    PromiseEntry,
    PromiseFilters,
    WindowMonth,
    exposure,
    onerous_minor,
)
from sanduq.sarf.rules import evaluate
from sanduq.shariah import service as shariah
from sanduq.shariah.model import Evaluation, ShariahProfile

Priced = tuple[PromiseEntry, CapToday | None]


def get(uow: UnitOfWork, promise_id: str) -> Priced:
    """One promise, with what is left of it on the board in force. Refuses NOT_FOUND."""
    found = store.get(uow, promise_id)
    if found is None:
        raise UnknownPromise
    boards = boards_in_force(uow, [found.asset])
    return found, cap_today(found, boards.get(found.asset))


def list_promises(uow: UnitOfWork, request: PageRequest, filters: PromiseFilters) -> Page[Priced]:
    """Promises, newest first, each with what is left of it on the board in force."""
    page = store.select_page(uow, request, filters)
    boards = boards_in_force(uow, {one.asset for one in page.items if one.is_live})
    return page.map(lambda one: (one, cap_today(one, boards.get(one.asset))))


def cap_today(promise: PromiseEntry, board: PriceBoard | None) -> CapToday | None:
    """What is left of a promise costs at most; None when nothing is left or no price is known."""
    if board is None or promise.remaining_fine_mg == 0:
        return None
    price, left = price_on(board), promise.remaining_fine_mg
    return CapToday(
        price_board_id=board.price_board_id,
        market_minor=price.fine_value_minor(left),
        cap_minor=price.promised_minor(left, promise.price_formula, promise.cap_bp),
    )


def boards_in_force(uow: UnitOfWork, assets: Iterable[Asset]) -> dict[Asset, PriceBoard]:
    """The gold board in force of each currency; those without one are left out."""
    found: dict[Asset, PriceBoard] = {}
    for asset in sorted(assets, key=str):
        try:
            found[asset] = price_boards.current_board(uow, Metal.GOLD, asset)
        except NoPriceBoard:
            continue
    return found


def covers(uow: UnitOfWork) -> tuple[dict[Asset, Cover], Cover]:
    """Gold at hand beside open promises (rule SCF-15), by currency and in all.

    A promise is kept from gold bought in its own currency: in all there is enough only where
    there is enough in each.
    """
    by_asset = store.cover(uow)
    return by_asset, sum(by_asset.values(), NOTHING)


def evaluations(uow: UnitOfWork, only: Asset | None = None) -> list[Evaluation]:
    """What rule SCF-15 says of each currency with open promises, or of one: is there gold enough,
    and is enough set aside for those that cost more than they bring on the board in force."""
    by_asset = {
        asset: one
        for asset, one in store.cover(uow).items()
        if one.promised_mg and only in (None, asset)
    }
    if not by_asset:
        return []
    boards, set_aside = boards_in_force(uow, by_asset), store.provisions(uow)
    resolutions = shariah.live_resolutions(uow, uow.today)
    found: list[Evaluation] = []
    for asset, cover in by_asset.items():
        board = boards.get(asset)
        groups = [] if board is None else store.groups(uow, asset)
        facts = SarfFacts(
            on=uow.today,
            asset=asset,
            profile=ShariahProfile(uow.shariah_profile),
            resolutions=resolutions,
            cover=CoverFact(
                free_fine_mg=cover.at_hand_mg,
                promised_fine_mg=cover.promised_mg,
                cover_ratio_bp=cover.required_bp,
                onerous_minor=0 if board is None else onerous_minor(groups, price_on(board)),
                provision_minor=set_aside.get(asset, 0),
            ),
        )
        found.extend(evaluate(facts, SarfAction.REVALUE))
    return found


def window_months(uow: UnitOfWork) -> list[WindowMonth]:
    """What may be called in each month from this one on, by currency.

    A window that touches several months is counted in each: it may be called in any of them.
    """
    return store.window_months(uow)


def exposed(uow: UnitOfWork, asset: Asset, per_kg_minor: Sequence[int] | None) -> Exposure:
    """What open promises in a currency bring or cost at several prices of gold.

    Prices are minor units per kilogram of the fineness the board in force quotes, of pure metal
    when there is none; without any, half to one and a half times the price in force, by tenths.
    Refuses NO_PRICE_BOARD when no prices are named and no board is in force.
    """
    if per_kg_minor is None:
        board: PriceBoard | None = price_boards.current_board(uow, Metal.GOLD, asset)
    else:
        board = boards_in_force(uow, [asset]).get(asset)
    price = None if board is None else price_on(board)
    steps = per_kg_minor
    if steps is None:
        assert price is not None
        steps = [price.per_kg_minor * tenths // 10 for tenths in STEPS_TENTHS]
    return exposure(
        store.groups(uow, asset),
        asset,
        steps,
        BP if price is None else price.quoted_fineness_bp,
        None if board is None else board.price_board_id,
    )
