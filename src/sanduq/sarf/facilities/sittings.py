"""Sittings of a facility: what their closing or undoing makes of it. Others pass through."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from sanduq.assets.model import Metal
from sanduq.assets.price_boards import service as price_boards
from sanduq.kit.db import UnitOfWork
from sanduq.ledger import service as ledger
from sanduq.ledger.model import Journal
from sanduq.sarf import postings
from sanduq.sarf.facilities import events, store
from sanduq.sarf.facilities.buying import end_waiting, open_second
from sanduq.sarf.facilities.errors import FacilityState
from sanduq.sarf.facilities.facts import deal, sold_on
from sanduq.sarf.facilities.model import (
    BuyBack,
    BuyBackStatus,
    Facility,
    FacilityAction,
    FacilityStatus,
    Promise,
    PromiseStatus,
    status_after,
)
from sanduq.sarf.facilities.opening import open_purchase
from sanduq.sarf.facilities.promising import promise_fact
from sanduq.sarf.facilities.service import changed, get, held, locked
from sanduq.sarf.facts import SarfFacts, SessionEnd
from sanduq.sarf.facts_facility import ContractTwoFact
from sanduq.sarf.model import SessionKind, market_value
from sanduq.sarf.pieces import service as pieces
from sanduq.sarf.position import provisions
from sanduq.sarf.sessions import closing, undoing
from sanduq.sarf.sessions import service as sessions
from sanduq.sarf.sessions.errors import GoldNotBack
from sanduq.sarf.sessions.model import MoneyBack, Session, SessionAction, VoidGround
from sanduq.sarf.terms import service as terms_service


def open_session(uow: UnitOfWork, facility_id: str, *, etag: str | None = None) -> Session:
    """Opens the sitting that is next: the sale of a quoted facility, or the purchase agreed today.

    Refuses what `opening.open_purchase` and `buying.open_second` refuse, and CONFLICT (state).
    """
    facility = locked(uow, facility_id, FacilityAction.OPEN_SESSION, etag)
    if facility.status is FacilityStatus.QUOTED:
        return open_purchase(uow, facility)
    return open_second(uow, facility)


def close(
    uow: UnitOfWork,
    session_id: str,
    *,
    ended_how: SessionEnd = SessionEnd.PARTING,
    etag: str | None = None,
) -> Session:
    """Closes a sitting, whoever it belongs to. Refuses what `sessions.closing.close` refuses."""
    session = sessions.get(uow, session_id)
    owner_id = institution_party(uow, session)
    facility_id = store.of_session(uow, session_id)
    if facility_id is None:
        return closing.close(uow, session_id, owner_id=owner_id, ended_how=ended_how, etag=etag)
    facility = held(uow, facility_id)
    if session.kind is SessionKind.PURCHASE:
        closed = closing.close(uow, session_id, owner_id=owner_id, ended_how=ended_how, etag=etag)
        return _sold(uow, facility, closed)
    return _bought(uow, facility, session, owner_id, ended_how, etag)


def unwind(
    uow: UnitOfWork,
    session_id: str,
    reason: str,
    *,
    is_day_over: bool = False,
    etag: str | None = None,
) -> Session:
    """Unwinds a sitting. The sale of a facility falls with it; a purchase leaves the promise as it
    was. Refuses what `sessions.undoing.unwind` refuses."""
    facility_id = store.of_session(uow, session_id)
    facility = held(uow, facility_id) if facility_id is not None else None
    before = sessions.get(uow, session_id)
    session = undoing.unwind(uow, session_id, reason, is_day_over=is_day_over, etag=etag)
    if facility is None or not before.is_running:
        return session
    if session.kind is SessionKind.PURCHASE:
        _void(uow, facility, reason)
        return session
    bought = _of_session(facility, session_id)
    store.update_buy_back(uow, bought.buy_back_id, status=BuyBackStatus.ENDED)
    assert facility.promise is not None
    store.update(uow, facility.facility_id, status=status_after(facility.promise, uow.today))
    changed(
        uow, facility.facility_id, events.SESSION_UNWOUND, "sarf.facility.session_unwound",
        reason=reason, details={"session_id": session_id},
    )  # fmt: skip
    return session


def unwind_unfinished(uow: UnitOfWork, day: date) -> int:
    """Unwinds what a day that is over left open; how many. Safe to repeat.

    A sitting whose gold was handed over and is not back stays as it is: nobody can close it any
    more (SRF-01), and it is told apart by its state until the gold lies here again.
    """
    count = 0
    for session_id in sessions.unfinished(uow, day):
        try:
            with uow.savepoint():
                unwind(uow, session_id, undoing.NOT_COMPLETED, is_day_over=True)
                count += 1
        except GoldNotBack:
            continue
    return count


def ask_void(
    uow: UnitOfWork,
    session_id: str,
    ground: VoidGround,
    reason: str,
    back: MoneyBack | None,
    *,
    etag: str | None = None,
) -> Session:
    """Asks that a closed sitting be declared void.

    Refuses what `sessions.undoing.ask_void` refuses, and CONFLICT the sale of a facility under
    whose promise the customer has bought already.
    """
    facility_id = store.of_session(uow, session_id)
    if facility_id is not None:
        facility = held(uow, facility_id)
        if session_id == facility.purchase_session_id:
            _require_unused(facility)
    return undoing.ask_void(uow, session_id, ground, reason, back, etag=etag)


def decide_void(
    uow: UnitOfWork, session_id: str, *, is_approved: bool, reason: str | None
) -> Session:
    """Decides on a request to void. Refuses what `sessions.undoing.decide_void` refuses."""
    before = sessions.get(uow, session_id)
    facility_id = store.of_session(uow, session_id)
    facility = held(uow, facility_id) if facility_id is not None else None
    if facility is not None and is_approved and session_id == facility.purchase_session_id:
        _require_unused(facility)
    session = undoing.decide_void(
        uow, session_id, is_approved=is_approved, reason=reason,
        owner_id=institution_party(uow, before),
    )  # fmt: skip
    if facility is None or not is_approved:
        return session
    if session.kind is SessionKind.PURCHASE:
        post_all(uow, _void(uow, facility, reason))
        return session
    _unbought(uow, facility, _of_session(facility, session_id), reason)
    return session


def institution_party(uow: UnitOfWork, session: Session) -> str:
    """Who owns the gold that comes: the institution, as the terms of its currency name it."""
    facility_id = store.of_session(uow, session.session_id)
    if facility_id is not None:
        facility = get(uow, facility_id)
        return terms_service.get(uow, facility.terms_id).settings.institution_party_id
    return terms_service.terms_for(uow, None, session.asset).settings.institution_party_id


def _sold(uow: UnitOfWork, facility: Facility, session: Session) -> Session:
    store.update(
        uow, facility.facility_id, status=FacilityStatus.SOLD, sold_at=session.ended_at,
        fine_weight_mg=sum(one.fine_weight_mg for one in session.pieces),
        price_minor=session.price_minor,
    )  # fmt: skip
    changed(
        uow, facility.facility_id, events.SOLD, "sarf.facility.sold",
        details={"session_id": session.session_id},
    )  # fmt: skip
    return session


def _bought(
    uow: UnitOfWork,
    facility: Facility,
    session: Session,
    owner_id: str,
    ended_how: SessionEnd,
    etag: str | None,
) -> Session:
    session = sessions.locked(uow, session.session_id, SessionAction.CLOSE, etag)
    bought, promise = _of_session(facility, session.session_id), facility.promise
    assert promise is not None
    leaving = pieces.reserved_for(uow, session.session_id)
    used_minor = provisions.used(
        uow, facility.facility_id, bought.fine_weight_mg, promise.remaining_fine_mg,
        sum(one.carrying_minor for one in leaving),
    )  # fmt: skip
    known = deal(uow, facility)

    def extend(facts: SarfFacts) -> SarfFacts:
        return replace(
            facts,
            promise=promise_fact(uow, facility, known, promise),
            second=_second(uow, facility, bought, session),
        )

    after = _with_bought(promise, promise.bought_fine_mg + bought.fine_weight_mg)
    rest = (
        provisions.release(uow, [facility.facility_id])
        if after.status is PromiseStatus.FULFILLED
        else []
    )
    store.update_buy_back(
        uow, bought.buy_back_id, status=BuyBackStatus.BOUGHT, provision_used_minor=used_minor
    )
    _save_promise(uow, after)
    status = status_after(after, uow.today)
    is_done = status is FacilityStatus.BOUGHT_BACK
    store.update(uow, facility.facility_id, status=status, ended_at=uow.now if is_done else None)
    changed(
        uow, facility.facility_id, events.BOUGHT if is_done else events.PART_BOUGHT,
        "sarf.facility.bought", details={"session_id": session.session_id},
    )  # fmt: skip
    return closing.close(
        uow, session.session_id, owner_id=owner_id, ended_how=ended_how,
        facility_id=facility.facility_id, provision_minor=used_minor, also=rest, extend=extend,
        etag=etag,
    )  # fmt: skip


def _second(
    uow: UnitOfWork, facility: Facility, bought: BuyBack, session: Session
) -> ContractTwoFact:
    assert facility.promise is not None
    board = price_boards.board_by_id(uow, session.price_board_id)
    assert board.metal is Metal.GOLD
    metals = [(one.net_weight_mg, one.fineness_bp) for one in session.pieces]
    return ContractTwoFact(
        on=uow.today,
        market_minor=market_value(board, metals),
        cap_bp=facility.promise.cap_bp,
        price_minor=session.price_minor,
        fine_mg=bought.fine_weight_mg,
        remaining_fine_mg=facility.promise.remaining_fine_mg,
        is_lower_price_approved=not bought.is_lower or bought.approved_by is not None,
        text=session.wording or "",
        session_id=session.session_id,
        first_session_id=facility.purchase_session_id,
        first_on=sold_on(uow, facility),
        bought_by_id=session.customer_id,
    )


def _with_bought(promise: Promise, bought_mg: int) -> Promise:
    is_done = bought_mg == promise.fine_weight_mg
    status = PromiseStatus.FULFILLED if is_done else PromiseStatus.OPEN
    return replace(promise, bought_fine_mg=bought_mg, status=status)


def _save_promise(uow: UnitOfWork, after: Promise) -> None:
    ended_on = None if after.is_standing else uow.today
    store.update_promise(
        uow, after.promise_id, status=after.status, bought_fine_mg=after.bought_fine_mg,
        ended_on=ended_on,
    )  # fmt: skip


def _unbought(uow: UnitOfWork, facility: Facility, bought: BuyBack, reason: str | None) -> None:
    """A purchase that is void gives its weight back to the promise, while that still stands."""
    promise = facility.promise
    assert promise is not None
    store.update_buy_back(uow, bought.buy_back_id, status=BuyBackStatus.ENDED)
    left = replace(promise, bought_fine_mg=promise.bought_fine_mg - bought.fine_weight_mg)
    is_over = uow.today > promise.closes_on
    after = replace(left, status=PromiseStatus.LAPSED if is_over else PromiseStatus.OPEN)
    _save_promise(uow, after)
    provisions.restore(uow, facility.facility_id, bought.provision_used_minor)
    is_sitting = facility.status is FacilityStatus.SESSION2_OPEN
    status = facility.status if is_sitting else status_after(after, uow.today)
    ended_at = uow.now if is_over else None
    store.update(uow, facility.facility_id, status=status, ended_at=ended_at)
    if is_over:
        post_all(uow, provisions.release(uow, [facility.facility_id]))
    changed(
        uow, facility.facility_id, events.SESSION_UNWOUND, "sarf.facility.session_void",
        reason=reason, details={"session_id": bought.session_id or ""},
    )  # fmt: skip


def _void(uow: UnitOfWork, facility: Facility, reason: str | None) -> Sequence[Journal]:
    """The sale is undone: its promise, if one was issued, falls with it."""
    if facility.promise is not None:
        store.update_promise(
            uow, facility.promise.promise_id, status=PromiseStatus.WITHDRAWN, ended_on=uow.today
        )
    end_waiting(uow, [facility], "the sale is undone")
    store.update(
        uow, facility.facility_id, status=FacilityStatus.VOID_UNWOUND, ended_at=uow.now,
        end_reason=reason,
    )  # fmt: skip
    changed(uow, facility.facility_id, events.VOIDED, "sarf.facility.void_unwound", reason=reason)
    return provisions.release(uow, [facility.facility_id])


def post_all(uow: UnitOfWork, journals: Sequence[Journal]) -> None:
    """Posts journals of this rail in one call, their accounts opened first; nothing for none."""
    if journals:
        ledger.open_accounts(uow, postings.places(journals))
        ledger.post(uow, journals)


def _require_unused(facility: Facility) -> None:
    is_used = any(
        one.status in (BuyBackStatus.BOUGHT, BuyBackStatus.SESSION_OPEN)
        for one in facility.buy_backs
    )
    if is_used or facility.status in (FacilityStatus.LAPSED, FacilityStatus.CLOSED):
        raise FacilityState(
            f"{facility.facility_id} is {facility.status}: a sale under whose promise gold was"
            " bought, or whose promise has ended, is undone no more"
        )


def _of_session(facility: Facility, session_id: str) -> BuyBack:
    return next(one for one in facility.buy_backs if one.session_id == session_id)
