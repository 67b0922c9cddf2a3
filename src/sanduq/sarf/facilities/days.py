"""What days do to facilities: windows open, promises lapse, what is over is closed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from sanduq.kit.db import UnitOfWork
from sanduq.ledger.model import Journal
from sanduq.sarf.facilities import events, store
from sanduq.sarf.facilities.buying import end_waiting
from sanduq.sarf.facilities.errors import WindowNotOver
from sanduq.sarf.facilities.model import (
    Facility,
    FacilityAction,
    FacilityStatus,
    PromiseStatus,
)
from sanduq.sarf.facilities.service import changed, changed_all, held_all, locked
from sanduq.sarf.facilities.sittings import post_all, unwind_unfinished
from sanduq.sarf.facts import SarfAction, SarfFacts
from sanduq.sarf.facts_facility import AfterWindow
from sanduq.sarf.model import Window
from sanduq.sarf.position import provisions
from sanduq.sarf.rules import evaluate
from sanduq.shariah import service as shariah
from sanduq.shariah.board import Evaluated
from sanduq.shariah.model import ShariahProfile

END_OF_DAY = "sarf_windows"
KEPT_OPEN = timedelta(days=7)
"""How long a facility that is over stays in sight before it is closed."""


def lapse(uow: UnitOfWork, facility_id: str, *, etag: str | None = None) -> Facility:
    """Ends a promise whose window is over; the day's end does the same by itself.

    Nothing follows for the customer. Refuses NOT_FOUND; CONFLICT (state); WINDOW_NOT_OVER.
    """
    facility = locked(uow, facility_id, FacilityAction.LAPSE, etag)
    promise = facility.promise
    assert promise is not None
    if uow.today <= promise.closes_on:
        raise WindowNotOver(
            f"the promise of {facility_id} stands until the end of {promise.closes_on}"
        )
    end_waiting(uow, [facility], "the promise is over")
    post_all(uow, _lapsed(uow, [facility], uow.today))
    return changed(uow, facility_id, events.LAPSED, "sarf.facility.lapse")


def pass_day(uow: UnitOfWork, day: date) -> int:
    """Closes a business day: sittings it left open are undone, windows open, promises lapse.

    A promise whose last day it was has lapsed when the next day begins; a window that begins with
    the next day is open by then. How many facilities changed. Safe to repeat.
    """
    count = unwind_unfinished(uow, day) + _end_unused(uow, day)
    # Where gold was handed over and is not back, the sitting is still there, and so its promise.
    over = [
        one
        for one in held_all(uow, store.closing(uow, day))
        if one.status is not FacilityStatus.SESSION2_OPEN
    ]
    journals = _lapsed(uow, over, day + timedelta(days=1))
    changed_all(uow, _ids(over), events.LAPSED, "sarf.facility.lapse")
    count += len(over) + _open_windows(uow, day + timedelta(days=1)) + _close_over(uow)
    post_all(uow, journals)
    return count


def _ids(facilities: Sequence[Facility]) -> list[str]:
    return [one.facility_id for one in facilities]


def _lapsed(uow: UnitOfWork, facilities: Sequence[Facility], ended_on: date) -> list[Journal]:
    evaluated = []
    for facility in facilities:
        promise = facility.promise
        assert promise is not None
        facts = SarfFacts(
            on=ended_on,
            asset=facility.asset,
            profile=ShariahProfile(uow.shariah_profile),
            after=AfterWindow(
                window=Window(promise.opens_on, promise.closes_on), ended_on=ended_on
            ),
        )
        evaluations = evaluate(facts, SarfAction.LAPSE)
        shariah.enforce(found for each in evaluations for found in each.findings)
        summary = {"promise_id": promise.promise_id}
        evaluated.append(Evaluated(facility.facility_id, tuple(evaluations), summary))
    if not facilities:
        return []
    ids = _ids(facilities)
    store.update_promises_of(uow, ids, status=PromiseStatus.LAPSED, ended_on=ended_on)
    store.update_all(uow, ids, status=FacilityStatus.LAPSED, ended_at=uow.now)
    shariah.store_evaluations_of(uow, "lapse", evaluated)
    return provisions.release(uow, ids)


def _end_unused(uow: UnitOfWork, day: date) -> int:
    """What was asked for on a day that is over, and not bought, is asked for no more."""
    found = held_all(uow, store.unused(uow, day))
    ended = end_waiting(uow, found, "its day is over")
    store.update_all(uow, ended)
    changed_all(
        uow, ended, events.DECIDED, "sarf.facility.buy_back_ended", reason="its day is over"
    )
    return len(ended)


def _open_windows(uow: UnitOfWork, day: date) -> int:
    found = held_all(uow, store.opening(uow, day))
    if not found:
        return 0
    store.update_promises_of(uow, _ids(found), status=PromiseStatus.OPEN)
    waiting = [one for one in found if one.status is FacilityStatus.PROMISE_ISSUED]
    store.update_all(uow, _ids(waiting), status=FacilityStatus.WINDOW_OPEN)
    changed_all(uow, _ids(found), events.WINDOW_OPENED, "sarf.facility.window_opened")
    return len(found)


def _close_over(uow: UnitOfWork) -> int:
    over = store.ended_before(uow, uow.now - KEPT_OPEN)
    if not over:
        return 0
    store.update_all(uow, over, status=FacilityStatus.CLOSED)
    changed_all(uow, over, events.CLOSED, "sarf.facility.close")
    return len(over)
