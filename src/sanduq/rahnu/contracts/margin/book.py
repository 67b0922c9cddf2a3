"""The whole book valued on a board, in one statement, with the calls and ends that follow."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sanduq.assets.model import Metal
from sanduq.assets.policies import service as policies
from sanduq.assets.price_boards import service as price_boards
from sanduq.assets.price_boards.model import PriceBoard
from sanduq.audit import service as audit
from sanduq.audit.service import Deed
from sanduq.events import service as outbox
from sanduq.events.service import Event
from sanduq.kit.db import UnitOfWork
from sanduq.kit.ids import new_id
from sanduq.kit.money import Asset
from sanduq.kit.pages import Page, PageRequest
from sanduq.rahnu.contracts.margin import events as names
from sanduq.rahnu.contracts.margin import store
from sanduq.rahnu.contracts.margin.errors import UnknownRun
from sanduq.rahnu.contracts.margin.flagging import settle
from sanduq.rahnu.contracts.margin.model import BookRevaluation
from sanduq.rahnu.contracts.margin.schemas import book_revaluation_out

END_OF_DAY = "pledge_revaluation"


def revalue_book(uow: UnitOfWork, metal: Metal, asset: Asset) -> BookRevaluation:
    """Values every pledge in force that holds a metal on the board of today.

    One event tells of the run; a call or its end is told for each pledge that crossed. Safe to
    repeat: on the same board nothing moves. Refuses NO_PRICE_BOARD, and then nothing has moved.
    """
    return _run(uow, price_boards.current_board(uow, metal, asset), uow.today)


def revalue_after_publication(uow: UnitOfWork, day: date) -> int:
    """End of day: values the book on the last board published that day for each metal and
    currency, unless it was valued on it already; how many pledges that were.

    A board whose price had grown old by the end of the day moves nothing.
    """
    end = datetime.combine(day + timedelta(days=1), time(), ZoneInfo(uow.time_zone))
    oldest = min(uow.now, end) - policies.current_policy(uow).price_age_max
    pledges = 0
    for price_board_id in store.boards_published(uow, day):
        board = price_boards.board_by_id(uow, price_board_id)
        if board.observed_at < oldest or store.is_book_revalued(uow, price_board_id, day):
            continue
        pledges += _run(uow, board, day).pledge_count
    return pledges


def get_run(uow: UnitOfWork, run_id: str) -> BookRevaluation:
    """One run over the book. Refuses NOT_FOUND."""
    found = store.get_run(uow, run_id)
    if found is None:
        raise UnknownRun
    return found


def list_runs(
    uow: UnitOfWork, request: PageRequest, *, metal: Metal | None, asset: Asset | None
) -> Page[BookRevaluation]:
    """Runs over the book, newest first."""
    return store.list_runs(uow, request, None if metal is None else metal.value, asset)


def _run(uow: UnitOfWork, board: PriceBoard, on: date) -> BookRevaluation:
    run_id = new_id("rvr")
    haircut_bp = policies.current_policy(uow).haircut_bp
    changes = store.revalue_book(uow, run_id, board, haircut_bp, on)
    settle(uow, changes, on, is_audited=False)
    made = get_run(uow, run_id)
    details = {
        "price_board_id": made.price_board_id,
        "pledges": made.pledge_count,
        "called": made.called_count,
        "cured": made.cured_count,
    }
    audit.record(uow, [Deed("pledge.book_revalued", run_id, None, details)])
    outbox.record(uow, [Event(names.BOOK_REVALUED, run_id, book_revaluation_out(made))])
    return made
