"""Takaful covers recorded, and set against what is held."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sanduq.access import service as access
from sanduq.assets.errors import FinenessUnknown
from sanduq.assets.model import Metal
from sanduq.assets.price_boards import service as price_boards
from sanduq.assets.price_boards.errors import NoPriceBoard
from sanduq.assets.price_boards.model import PriceBoard, value_minor
from sanduq.audit import service as audit
from sanduq.audit.service import Deed
from sanduq.custody.model import required_text
from sanduq.custody.register import service as register
from sanduq.custody.register.model import MetalTotal
from sanduq.custody.takaful import events, store
from sanduq.custody.takaful import model as arithmetic
from sanduq.custody.takaful.errors import NotTakaful, UnknownCover
from sanduq.custody.takaful.model import Cover, CoverFilters, NewCover, Position
from sanduq.events import service as outbox
from sanduq.kit.db import UnitOfWork
from sanduq.kit.errors import ValidationFailed
from sanduq.kit.ids import new_id
from sanduq.kit.money import Asset, currency
from sanduq.kit.pages import Page, PageRequest

RECORD = "takaful.record"


def record_cover(uow: UnitOfWork, new: NewCover) -> Cover:
    """Records a takaful cover of what lies in a branch (the default one when none is named).

    Refuses FORBIDDEN without authority for `takaful.record`; INSURANCE_NOT_TAKAFUL anything else
    (GEN-18, AAOIFI SS 5 6/4); VALIDATION_ERROR days in the wrong order, a premium in another
    currency, an unknown branch; CONFLICT a policy or external_id on record.
    """
    access.require_authority(uow, RECORD, None)
    if not new.is_takaful:
        raise NotTakaful
    if new.valid_to_on < new.valid_from_on:
        raise ValidationFailed.field(
            "valid_to", "before_start", "a cover ends on the day it begins, or later"
        )
    if new.premium.asset != new.covered.asset or new.covered.amount_minor == 0:
        raise ValidationFailed.field(
            "sum_covered", "not_positive", "a sum above zero is covered, in one currency"
        )
    branch_id = new.branch_id or access.default_branch(uow)
    if not access.known_branches(uow, [branch_id]):
        raise ValidationFailed.field(
            "branch_id", "unknown_branch", f"there is no branch {branch_id!r}"
        )
    cover = Cover(
        cover_id=new_id("tkf"),
        external_id=new.external_id,
        branch_id=branch_id,
        provider=required_text(new.provider, "provider"),
        policy_number=required_text(new.policy_number, "policy_number"),
        covered=new.covered,
        premium=new.premium,
        valid_from_on=new.valid_from_on,
        valid_to_on=new.valid_to_on,
        metadata=new.metadata,
        created_at=uow.now,
        created_by=uow.actor.user_id,
    )
    store.insert(uow, cover)
    audit.record(uow, [Deed("takaful.record", cover.cover_id)])
    outbox.record(uow, [events.recorded(cover)])
    return cover


def get_cover(uow: UnitOfWork, cover_id: str) -> Cover:
    """One cover. Refuses NOT_FOUND."""
    cover = store.get(uow, cover_id)
    if cover is None:
        raise UnknownCover
    return cover


def list_covers(uow: UnitOfWork, filters: CoverFilters, request: PageRequest) -> Page[Cover]:
    """Covers, newest first."""
    return store.select_page(uow, filters, request)


def covers_on(
    uow: UnitOfWork, on: date, branch_id: str | None = None, asset: Asset | None = None
) -> list[Cover]:
    """The covers valid on a day."""
    return store.valid_on(uow, on, branch_id, asset)


def premium_per_item_month_minor(uow: UnitOfWork, branch_id: str, asset: Asset, on: date) -> int:
    """The premium actually paid for a branch, for each thing held there and month; rounded down.

    In minor units of `asset`; 0 without a cover that day, or with nothing held.
    """
    held = sum(total.item_count for total in register.metal_totals(uow, branch_id))
    return arithmetic.premium_per_item_month_minor(store.valid_on(uow, on, branch_id, asset), held)


def position(uow: UnitOfWork, branch_id: str | None = None) -> list[Position]:
    """Covered today against held, for each branch, in each currency there is a cover in.

    Where there is no cover at all it is told in the institution's own currency. Held is fine
    weight on the price board in force; without one it is left open rather than guessed.
    """
    covers = store.valid_on(uow, uow.today, branch_id, None)
    totals = register.metal_totals(uow, branch_id)
    own = currency(access.get_institution(uow).currency)
    branches = sorted({c.branch_id for c in covers} | {t.branch_id for t in totals})
    boards: dict[tuple[str, Asset], PriceBoard | None] = {}
    found = []
    for branch in branches:
        here = [total for total in totals if total.branch_id == branch]
        assets = {c.covered.asset for c in covers if c.branch_id == branch} or {own}
        for asset in sorted(assets, key=str):
            covered = sum(
                c.covered.amount_minor
                for c in covers
                if c.branch_id == branch and c.covered.asset == asset
            )
            found.append(_position(uow, branch, asset, covered, here, boards))
    return found


def _position(
    uow: UnitOfWork,
    branch_id: str,
    asset: Asset,
    covered_minor: int,
    totals: Sequence[MetalTotal],
    boards: dict[tuple[str, Asset], PriceBoard | None],
) -> Position:
    held_minor, unpriced_count, is_priced = 0, 0, True
    for total in totals:
        if total.metal == Metal.NONE or total.fineness_bp is None:
            unpriced_count += total.item_count
            continue
        board = _board(uow, total.metal, asset, boards)
        if board is None:
            is_priced = False
            continue
        try:
            held_minor += value_minor(board, total.net_weight_mg, total.fineness_bp)
        except FinenessUnknown:
            unpriced_count += total.item_count
    return Position(
        branch_id=branch_id,
        asset=asset,
        item_count=sum(total.item_count for total in totals),
        fine_weight_mg=sum(total.fine_weight_mg for total in totals),
        unpriced_count=unpriced_count,
        covered_minor=covered_minor,
        held_minor=held_minor if is_priced else None,
    )


def _board(
    uow: UnitOfWork,
    metal: str,
    asset: Asset,
    boards: dict[tuple[str, Asset], PriceBoard | None],
) -> PriceBoard | None:
    """The board in force, asked for once for each metal and currency."""
    key = (metal, asset)
    if key not in boards:
        try:
            boards[key] = price_boards.current_board(uow, Metal(metal), asset)
        except NoPriceBoard:
            boards[key] = None
    return boards[key]
