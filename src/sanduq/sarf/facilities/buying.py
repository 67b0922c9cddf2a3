"""Buying under the promise: the customer chooses the day and the pieces; nobody makes him."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from sanduq.access import service as access
from sanduq.assets.items import service as items_service
from sanduq.assets.model import FINE_BP, Metal
from sanduq.assets.price_boards import service as price_boards
from sanduq.assets.price_boards.model import PriceBoard
from sanduq.kit.db import UnitOfWork
from sanduq.kit.errors import ValidationFailed
from sanduq.kit.formula import FormulaError
from sanduq.kit.ids import new_id
from sanduq.kit.money import Money
from sanduq.kit.weight import Weight
from sanduq.sarf.facilities import events, store
from sanduq.sarf.facilities.errors import (
    BuyBackDecided,
    BuyBackOfAnotherDay,
    BuyBackOpen,
    NoBuyBackAgreed,
    UnknownFacility,
    UnknownPromise,
)
from sanduq.sarf.facilities.facts import Deal, deal, facility_facts, sold_on, way_of
from sanduq.sarf.facilities.model import (
    BuyBack,
    BuyBackQuote,
    BuyBackStatus,
    Candidate,
    Facility,
    FacilityAction,
    FacilityStatus,
    NewBuyBack,
    Promise,
)
from sanduq.sarf.facilities.opening import printed, session_terms
from sanduq.sarf.facilities.promising import promise_fact
from sanduq.sarf.facilities.service import changed, get, held, locked
from sanduq.sarf.facts import SarfAction, SarfFacts
from sanduq.sarf.facts_facility import ContractTwoFact
from sanduq.sarf.model import SessionKind, gram_prices, market_value
from sanduq.sarf.pieces import service as pieces
from sanduq.sarf.pieces.errors import PieceNotFree
from sanduq.sarf.pieces.model import Piece, PieceStatus
from sanduq.sarf.price_formula import promised_price_minor, read_price_formula
from sanduq.sarf.rules import evaluate
from sanduq.sarf.sessions import service as sessions
from sanduq.sarf.sessions.model import NewSession, Session
from sanduq.sarf.terms.model import Paper
from sanduq.sarf.terms.wording import render
from sanduq.shariah import service as shariah
from sanduq.shariah.rulebook import found

LOWER = "sarf.price_lower"
CANDIDATES_MAX = 100
"""How many free pieces a quote shows, the oldest first; the list of pieces has them all."""


def buy_back_quote(
    uow: UnitOfWork, facility_id: str, fine_weight_mg: int | None = None
) -> BuyBackQuote:
    """The most the institution may ask today for so much pure gold (None: all that remains).

    It asks nothing and binds nobody. Refuses NOT_FOUND a facility or promise; NO_PRICE_BOARD;
    VALIDATION_ERROR more than remains.
    """
    facility = get(uow, facility_id)
    promise = facility.promise
    if promise is None:
        raise UnknownPromise
    wanted_mg = promise.remaining_fine_mg if fine_weight_mg is None else fine_weight_mg
    if wanted_mg > promise.remaining_fine_mg:
        left = f"{Weight(promise.remaining_fine_mg).grams:f} g of pure gold remain"
        raise ValidationFailed.field("weight_grams", "above_remaining", left)
    board = price_boards.current_board(uow, Metal.GOLD, facility.asset)
    metals = _pure(board, wanted_mg)
    fitting = pieces.free(
        uow, facility.asset, fitting_mg=promise.remaining_fine_mg, limit=CANDIDATES_MAX
    )
    return BuyBackQuote(
        facility=facility,
        promise=promise,
        board=board,
        fine_weight_mg=wanted_mg,
        market_minor=int(market_value(board, metals)),
        cap_minor=_promised_minor(board, promise, metals),
        is_open=promise.is_standing and promise.opens_on <= uow.today <= promise.closes_on,
        candidates=tuple(_priced(board, promise, fitting)),
    )


def _priced(board: PriceBoard, promise: Promise, fitting: Sequence[Piece]) -> Iterator[Candidate]:
    for one in fitting:
        if board.quoted_fineness_bp is None and one.fineness_bp not in board.grades:
            continue  # what the board does not price is not sold today
        yield Candidate(one, _promised_minor(board, promise, _metals([one])))


def ask(uow: UnitOfWork, facility_id: str, new: NewBuyBack, *, etag: str | None = None) -> Facility:
    """Records that the customer chooses to buy pieces today, at most at the promise's price.

    At that price it is agreed at once; a lower one waits for another user (SCF-19). Refuses
    NOT_FOUND; CONFLICT (state, one asked for already); PIECE_NOT_FREE; NO_PRICE_BOARD;
    SHARIAH_VIOLATION before or after the window (SCF-05), a price above the cap (SCF-06), more
    than remains (SCF-07), deferred or set off (SCF-08); VALIDATION_ERROR a formula nobody can
    read.
    """
    _require_not_over(uow, facility_id)
    facility = locked(uow, facility_id, FacilityAction.BUY_BACK, etag)
    promise = facility.promise
    assert promise is not None
    if facility.open_buy_back is not None:
        raise BuyBackOpen
    if new.price_formula is not None:
        _readable(new.price_formula)
    chosen = _free(uow, facility, new.item_ids)
    board = price_boards.current_board(uow, Metal.GOLD, facility.asset)
    metals = _metals(chosen)
    cap_minor = _promised_minor(board, promise, metals)
    price_minor = cap_minor if new.price is None else new.price.amount_minor
    made = BuyBack(
        buy_back_id=new_id("bbk"), facility_id=facility_id, promise_id=promise.promise_id,
        status=BuyBackStatus.AGREED, item_ids=tuple(sorted(new.item_ids)),
        fine_weight_mg=sum(one.fine_weight_mg for one in chosen), cap_minor=cap_minor,
        price_minor=price_minor, price_board_id=board.price_board_id, asked_on=uow.today,
        reason=new.reason, approved_by=None, session_id=None, provision_used_minor=0,
        created_at=uow.now, created_by=uow.actor.user_id,
    )  # fmt: skip
    if made.is_lower:
        made = replace(made, status=BuyBackStatus.AWAITING_APPROVAL)
        if not new.reason:
            message = "say why less than the promise's price is asked"
            raise ValidationFailed.field("reason", "missing_field", message)
    known = deal(uow, facility)
    second = _second(uow, facility, made, board, metals, new)
    facts = replace(
        facility_facts(uow, known, facility.asset),
        promise=promise_fact(uow, facility, known, promise),
        second=second,
    )
    evaluations = evaluate(facts, SarfAction.ASK)
    shariah.enforce(one for each in evaluations for one in each.findings)
    store.insert_buy_back(uow, made)
    if made.status is BuyBackStatus.AWAITING_APPROVAL:
        access.request_approvals(
            uow, LOWER, [(made.buy_back_id, Money(made.price_minor, facility.asset))]
        )
    store.update(uow, facility_id)
    summary = {"buy_back_id": made.buy_back_id, "price_minor": price_minor}
    shariah.store_evaluations(uow, facility_id, "buy_back", evaluations, summary)
    return changed(uow, facility_id, events.ASKED, "sarf.facility.buy_back", details=summary)


def decide_lower(
    uow: UnitOfWork, buy_back_id: str, *, is_approved: bool, reason: str | None
) -> Facility:
    """Decides on a price below the cap. Refuses NOT_FOUND; CONFLICT one that does not wait;
    FORBIDDEN its maker and roles without authority."""
    facility = held(uow, _facility_of(uow, buy_back_id))
    waiting = facility.open_buy_back
    if waiting is None or waiting.buy_back_id != buy_back_id:
        raise BuyBackDecided
    access.decide(uow, LOWER, buy_back_id, is_approved=is_approved, reason=reason)
    status = BuyBackStatus.AGREED if is_approved else BuyBackStatus.REFUSED
    approver = uow.actor.user_id if is_approved else None
    store.update_buy_back(uow, buy_back_id, status=status, approved_by=approver)
    store.update(uow, facility.facility_id)
    return changed(
        uow, facility.facility_id, events.DECIDED, "sarf.facility.price_lower", reason=reason,
        details={"buy_back_id": buy_back_id, "is_approved": is_approved},
    )  # fmt: skip


def withdraw(uow: UnitOfWork, facility_id: str, *, etag: str | None = None) -> Facility:
    """The customer chooses not to buy after all: nothing follows from it.

    Refuses NOT_FOUND; CONFLICT when nothing waits, or a sitting is open already.
    """
    facility = locked(uow, facility_id, FacilityAction.BUY_BACK, etag)
    waiting = facility.open_buy_back
    if waiting is None:
        raise NoBuyBackAgreed
    end_waiting(uow, [facility], "the customer does not buy")
    store.update(uow, facility_id)
    return changed(
        uow, facility_id, events.DECIDED, "sarf.facility.buy_back_withdrawn",
        details={"buy_back_id": waiting.buy_back_id},
    )  # fmt: skip


def end_waiting(uow: UnitOfWork, facilities: Sequence[Facility], reason: str) -> list[str]:
    """Ends what was asked for and has no sitting yet, with the approval that waits for it.

    The ids of the facilities that had such a purchase.
    """
    waiting = [
        one
        for facility in facilities
        if (one := facility.open_buy_back) is not None
        and one.status is not BuyBackStatus.SESSION_OPEN
    ]
    for one in waiting:
        if one.status is BuyBackStatus.AWAITING_APPROVAL:
            access.withdraw(uow, LOWER, one.buy_back_id, reason)
    ids = [one.buy_back_id for one in waiting]
    store.update_buy_backs(uow, ids, status=BuyBackStatus.ENDED)
    return [one.facility_id for one in waiting]


def open_second(uow: UnitOfWork, facility: Facility) -> Session:
    """Opens the second sitting for what was agreed today, separate from the first in all things.

    Refuses CONFLICT when nothing is agreed; BUY_BACK_OTHER_DAY a price of another day;
    NO_PRICE_BOARD; SHARIAH_VIOLATION as `ask`, and a piece that comes back to whom it came from
    within half a year (GEN-07).
    """
    agreed = facility.open_buy_back
    if agreed is None or agreed.status is not BuyBackStatus.AGREED:
        raise NoBuyBackAgreed
    if agreed.asked_on != uow.today:
        raise BuyBackOfAnotherDay
    promise = facility.promise
    assert promise is not None
    board = price_boards.current_board(uow, Metal.GOLD, facility.asset)
    chosen = _free(uow, facility, agreed.item_ids)
    metals = _metals(chosen)
    known = deal(uow, facility)
    text = _contract_2(uow, facility, known, agreed, board, chosen)
    second = replace(_second(uow, facility, agreed, board, metals, None), text=text)
    told = facility_facts(uow, known, facility.asset)
    fine_mg = {one.item_id: one.fine_weight_mg for one in chosen}
    moves = way_of(uow, facility.customer_id, fine_mg, agreed.price_minor, is_bought=False)

    def extend(facts: SarfFacts) -> SarfFacts:
        assert facts.session is not None
        return replace(
            facts,
            approval=told.approval, purpose_code=told.purpose_code,
            prohibited_codes=told.prohibited_codes, parties=told.parties,
            kyc_rank=told.kyc_rank, kyc_rank_min=told.kyc_rank_min, board=told.board,
            monitor=told.monitor, ties=told.ties,
            promise=promise_fact(uow, facility, known, promise),
            second=replace(second, session_id=facts.session.session_id),
            moves=moves,
        )  # fmt: skip

    session = sessions.open_session(
        uow,
        NewSession(
            kind=SessionKind.BUY_BACK, customer_id=facility.customer_id,
            branch_id=facility.branch_id, asset=facility.asset, price_minor=agreed.price_minor,
            market_minor=int(market_value(board, metals)), price_board_id=board.price_board_id,
            minutes_max=known.terms.settings.session_minutes_max, item_ids_out=agreed.item_ids,
            wording=text, terms=session_terms(facility, known.terms),
        ),
        extend,
    )  # fmt: skip
    store.update_buy_back(
        uow, agreed.buy_back_id, status=BuyBackStatus.SESSION_OPEN,
        session_id=session.session_id,
    )  # fmt: skip
    store.update(uow, facility.facility_id, status=FacilityStatus.SESSION2_OPEN)
    changed(uow, facility.facility_id, events.SESSION_OPENED, "sarf.facility.open_session")
    return session


def _require_not_over(uow: UnitOfWork, facility_id: str) -> None:
    """After the window the promise has lapsed: that is told by its rule, not by its state."""
    promise = get(uow, facility_id).promise
    if promise is None or uow.today <= promise.closes_on:
        return
    message = "the promise is called upon in its window, both days included"
    limit = f"{promise.opens_on} to {promise.closes_on}"
    shariah.enforce(
        [found("SCF-05", "contract_2.on", message, observed=str(uow.today), limit=limit)]
    )


def _pure(board: PriceBoard, fine_mg: int) -> list[tuple[int, int]]:
    """So much pure gold as a board prices it: by itself, or in its finest grade."""
    if board.quoted_fineness_bp is not None:
        return [(fine_mg, FINE_BP)]
    finest = max(board.grades)
    return [(fine_mg * FINE_BP // finest, finest)]


def _readable(text: str) -> None:
    try:
        read_price_formula(text)
    except FormulaError as error:
        raise ValidationFailed.field("price_formula", error.code, str(error)) from None


def _free(uow: UnitOfWork, facility: Facility, item_ids: Sequence[str]) -> list[Piece]:
    if not item_ids or len(set(item_ids)) < len(item_ids):
        raise ValidationFailed.field(
            "item_ids", "doubled_or_none", "name each piece once, and one at least"
        )
    owned = pieces.owned(uow, item_ids)
    for item_id in item_ids:
        one = owned.get(item_id)
        if one is None or one.status is not PieceStatus.HELD or one.asset != facility.asset:
            raise PieceNotFree(f"{item_id} is no piece free to be sold for {facility.asset.code}")
    return [owned[item_id] for item_id in sorted(item_ids)]


def _metals(chosen: Sequence[Piece]) -> list[tuple[int, int]]:
    return [(one.net_weight_mg, one.fineness_bp) for one in chosen]


def _promised_minor(board: PriceBoard, promise: Promise, metals: Sequence[tuple[int, int]]) -> int:
    return promised_price_minor(
        read_price_formula(promise.price_formula), metals, gram_prices(board, metals),
        promise.cap_bp, promise.asset.digits,
    )  # fmt: skip


def _second(
    uow: UnitOfWork,
    facility: Facility,
    made: BuyBack,
    board: PriceBoard,
    metals: Sequence[tuple[int, int]],
    stated: NewBuyBack | None,
) -> ContractTwoFact:
    promise = facility.promise
    assert promise is not None
    return ContractTwoFact(
        on=uow.today,
        market_minor=market_value(board, metals),
        cap_bp=promise.cap_bp,
        price_minor=made.price_minor,
        formula=(stated.price_formula or "") if stated is not None else "",
        fine_mg=made.fine_weight_mg,
        remaining_fine_mg=promise.remaining_fine_mg,
        # A lower price is asked of another user before any sitting can open.
        is_lower_price_approved=not made.is_lower or stated is not None or bool(made.approved_by),
        first_session_id=facility.purchase_session_id,
        first_on=sold_on(uow, facility),
        payment_terms=stated.payment_terms if stated is not None else "spot",
        set_offs=stated.set_off_ids if stated is not None else (),
        bought_by_id=facility.customer_id,
    )


def _contract_2(
    uow: UnitOfWork,
    facility: Facility,
    known: Deal,
    agreed: BuyBack,
    board: PriceBoard,
    chosen: Sequence[Piece],
) -> str:
    items = items_service.load_items(uow, agreed.item_ids)
    net_mg = sum(one.net_weight_mg for one in chosen)
    values = {
        **printed(uow, facility, known),
        "weight_grams": f"{Weight(net_mg).grams:f}",
        "pieces": "; ".join(items[item_id].description for item_id in sorted(items)),
        "price": str(Money(agreed.price_minor, facility.asset)),
        "market_price": str(Money(int(market_value(board, _metals(chosen))), facility.asset)),
    }
    return render(known.terms.wording(facility.language).of(Paper.CONTRACT_2), values)


def _facility_of(uow: UnitOfWork, buy_back_id: str) -> str:
    facility_id = store.of_buy_back(uow, buy_back_id)
    if facility_id is None:
        raise UnknownFacility
    return facility_id
