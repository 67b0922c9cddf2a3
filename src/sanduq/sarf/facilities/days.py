"""What days do to facilities: windows open, promises lapse, what is over is closed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from sanduq.access import service as access
from sanduq.kit.db import UnitOfWork
from sanduq.ledger import service as ledger
from sanduq.ledger.model import Journal
from sanduq.sarf import postings
from sanduq.sarf.facilities import events, store
from sanduq.sarf.facilities.buying import LOWER
from sanduq.sarf.facilities.errors import WindowNotOver
from sanduq.sarf.facilities.model import (
    BuyBackStatus,
    Facility,
    FacilityAction,
    FacilityStatus,
    PromiseStatus,
    status_after,
)
from sanduq.sarf.facilities.service import changed, held, locked
from sanduq.sarf.facilities.sittings import unwind_unfinished
from sanduq.sarf.facts import SarfAction, SarfFacts
from sanduq.sarf.facts_facility import AfterWindow
from sanduq.sarf.model import Window
from sanduq.sarf.position import provisions
from sanduq.sarf.rules import evaluate
from sanduq.shariah import service as shariah
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
    journals = _lapsed(uow, facility, uow.today)
    _post(uow, journals)
    return changed(uow, facility_id, events.LAPSED, "sarf.facility.lapse")


def pass_day(uow: UnitOfWork, day: date) -> int:
    """Closes a business day: windows that open tomorrow, promises whose last day it was.

    How many facilities changed. Safe to repeat. Runs after the sittings of the day are unwound.
    """
    undone = unwind_unfinished(uow, day)
    count = undone + _end_unused(uow, day)
    journals: list[Journal] = []
    for facility_id in store.closing(uow, day):
        facility = held(uow, facility_id)
        if facility.status is FacilityStatus.SESSION2_OPEN:
            continue
        journals += _lapsed(uow, facility, day + timedelta(days=1))
        changed(uow, facility_id, events.LAPSED, "sarf.facility.lapse")
        count += 1
    count += _open_windows(uow, day + timedelta(days=1)) + _close_over(uow)
    _post(uow, journals)
    return count


def _lapsed(uow: UnitOfWork, facility: Facility, ended_on: date) -> list[Journal]:
    promise = facility.promise
    assert promise is not None
    window = Window(promise.opens_on, promise.closes_on)
    facts = SarfFacts(
        on=ended_on,
        asset=facility.asset,
        profile=ShariahProfile(uow.shariah_profile),
        after=AfterWindow(window=window, ended_on=ended_on),
    )
    evaluations = evaluate(facts, SarfAction.LAPSE)
    shariah.enforce(found for each in evaluations for found in each.findings)
    after = replace(promise, status=PromiseStatus.LAPSED)
    store.update_promise(uow, promise.promise_id, status=PromiseStatus.LAPSED, ended_on=ended_on)
    store.update(uow, facility.facility_id, status=status_after(after, ended_on), ended_at=uow.now)
    summary = {"promise_id": promise.promise_id}
    shariah.store_evaluations(uow, facility.facility_id, "lapse", evaluations, summary)
    return provisions.release(uow, [facility.facility_id])


def _end_unused(uow: UnitOfWork, day: date) -> int:
    """What was asked for on a day that is over, and not bought, is asked for no more."""
    unused = store.unused(uow, day)
    for facility_id, buy_back_id, is_waiting in unused:
        if is_waiting:
            access.withdraw(uow, LOWER, buy_back_id, "its day is over")
        store.update_buy_back(uow, buy_back_id, status=BuyBackStatus.ENDED)
        store.update(uow, facility_id)
    return len(unused)


def _open_windows(uow: UnitOfWork, day: date) -> int:
    ids = store.opening(uow, day)
    for facility_id in ids:
        facility = held(uow, facility_id)
        assert facility.promise is not None
        store.update_promise(uow, facility.promise.promise_id, status=PromiseStatus.OPEN)
        if facility.status is FacilityStatus.PROMISE_ISSUED:
            store.update(uow, facility_id, status=FacilityStatus.WINDOW_OPEN)
        changed(uow, facility_id, events.WINDOW_OPENED, "sarf.facility.window_opened")
    return len(ids)


def _close_over(uow: UnitOfWork) -> int:
    count = 0
    for status in (FacilityStatus.BOUGHT_BACK, FacilityStatus.LAPSED):
        for facility_id in store.ended_before(uow, status, uow.now - KEPT_OPEN):
            store.update(uow, facility_id, status=FacilityStatus.CLOSED)
            changed(uow, facility_id, events.CLOSED, "sarf.facility.close")
            count += 1
    return count


def _post(uow: UnitOfWork, journals: list[Journal]) -> None:
    if journals:
        ledger.open_accounts(uow, postings.places(journals))
        ledger.post(uow, journals)
