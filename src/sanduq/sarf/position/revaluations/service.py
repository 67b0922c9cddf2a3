"""Measuring promises and gold on a board, and booking what moved: losses, never gains."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sanduq.access import service as access
from sanduq.assets.model import Metal
from sanduq.assets.policies import service as policies
from sanduq.assets.price_boards import service as price_boards
from sanduq.assets.price_boards.model import PriceBoard
from sanduq.audit import service as audit
from sanduq.audit.service import Deed
from sanduq.events import service as outbox
from sanduq.kit.db import UnitOfWork
from sanduq.kit.ids import new_id
from sanduq.kit.money import Asset
from sanduq.kit.pages import Page, PageRequest
from sanduq.ledger import service as ledger
from sanduq.ledger.model import Journal
from sanduq.sarf.position import postings
from sanduq.sarf.position import store as provisions
from sanduq.sarf.position.prices import price_on
from sanduq.sarf.position.promises import service as promises
from sanduq.sarf.position.revaluations import events, store
from sanduq.sarf.position.revaluations.errors import UnknownRevaluation
from sanduq.sarf.position.revaluations.model import (
    Revaluation,
    RevaluationCause,
    is_month_end,
    targets,
)
from sanduq.sarf.postings import places
from sanduq.shariah import service as shariah

REVALUE = "sarf.revalue"
END_OF_DAY = "sarf_revaluation"


def revalue(uow: UnitOfWork, asset: Asset) -> Revaluation:
    """Measures every open promise and every owned piece of a currency on the board of today.

    For a promise the provision becomes what keeping it costs above the promised price; gold under
    no open promise of its own facility is written down to what the market would leave of it.
    Nothing ever stands above cost. Safe to repeat: on the same board nothing moves. What rule
    SCF-15 says of the position is stored with the run. Refuses
    FORBIDDEN without the authority `sarf.revalue`, NO_PRICE_BOARD, CONFLICT on a day that is
    closed. AAOIFI FAS 28 and 30 by analogy, FAS 38 for the promise; rule SCF-15.
    """
    access.require_authority(uow, REVALUE, None)
    board = price_boards.current_board(uow, Metal.GOLD, asset)
    return _run(uow, board, RevaluationCause.REQUESTED, uow.today)


def revalue_month_end(uow: UnitOfWork, day: date) -> int:
    """End of day: on the last day of a month, a run for each currency with gold or promises.

    Uses the last board that came into force that day; a currency without one, or whose price had
    grown old, is passed over. How many runs were made. Safe to repeat.
    """
    if not is_month_end(day):
        return 0
    boards = store.boards_published(uow, day)
    done = store.month_ends_done(uow, day)
    end = datetime.combine(day + timedelta(days=1), time(), ZoneInfo(uow.time_zone))
    oldest = min(uow.now, end) - policies.current_policy(uow).price_age_max
    runs = 0
    for asset in store.open_assets(uow):
        if asset in done or asset not in boards:
            continue
        board = price_boards.board_by_id(uow, boards[asset])
        if board.observed_at >= oldest:
            _run(uow, board, RevaluationCause.MONTH_END, day)
            runs += 1
    return runs


def get(uow: UnitOfWork, revaluation_id: str) -> Revaluation:
    """One run. Refuses NOT_FOUND."""
    found = store.get(uow, revaluation_id)
    if found is None:
        raise UnknownRevaluation
    return found


def list_runs(uow: UnitOfWork, request: PageRequest, asset: Asset | None) -> Page[Revaluation]:
    """Runs, newest first."""
    return store.select_page(uow, request, asset)


def _run(uow: UnitOfWork, board: PriceBoard, cause: RevaluationCause, on: date) -> Revaluation:
    store.allow_long_statements(uow)
    asset = board.asset
    measured = store.locked_promises(uow, asset)
    pieces = store.locked_pieces(uow, asset)
    due = targets(measured, pieces, price_on(board), store.sale_cost_bp(uow, asset))
    set_aside = {one.facility_id: one.provision_minor for one in measured}
    written = {one.piece_id: one.written_down_minor for one in pieces}
    run = Revaluation(
        revaluation_id=new_id("srv"),
        asset=asset,
        cause=cause,
        price_board_id=board.price_board_id,
        revalued_on=on,
        promise_count=sum(one.remaining_mg > 0 for one in measured),
        piece_count=len(pieces),
        provision_before_minor=sum(set_aside.values()),
        provision_after_minor=sum(due.provisions.values()),
        write_down_before_minor=sum(written.values()),
        write_down_after_minor=sum(due.write_downs.values()),
        journal_id=None,
        created_at=uow.now,
        created_by=uow.actor.user_id,
    )
    moved = _changes(set_aside, due.provisions)
    sunk = _changes(written, due.write_downs)
    provisions.set_provisions(uow, {one: due.provisions[one] for one in moved})
    store.set_written_down(uow, {one: due.write_downs[one] for one in sunk})
    journal = postings.revalued(asset, moved, sum(sunk.values()), on, run.revaluation_id)
    return _recorded(uow, run, journal)


def _recorded(uow: UnitOfWork, run: Revaluation, journal: Journal | None) -> Revaluation:
    made = replace(run, journal_id=None if journal is None else journal.journal_id)
    store.insert(uow, made)
    evaluations = promises.evaluations(uow, run.asset)
    summary = {"price_board_id": run.price_board_id, "provision": run.provision_after_minor}
    shariah.store_evaluations(uow, run.revaluation_id, "revalue", evaluations, summary)
    details = {
        "price_board_id": made.price_board_id,
        "provision_minor": made.provision_after_minor,
        "write_down_minor": made.write_down_after_minor,
    }
    audit.record(uow, [Deed("sarf.revalue", made.revaluation_id, None, details)])
    outbox.record(uow, [events.revalued(made)])
    if journal is not None:
        ledger.open_accounts(uow, places([journal]))
        ledger.post(uow, [journal])
    return made


def _changes(before: Mapping[str, int], after: Mapping[str, int]) -> dict[str, int]:
    """By how much each amount moves, those that stay left out."""
    return {one: after[one] - minor for one, minor in before.items() if after[one] != minor}
