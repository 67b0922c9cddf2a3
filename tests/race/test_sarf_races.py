"""Sittings met by several at once: gold changes hands once, and every other is told why not."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from sanduq.kit.errors import Refusal
from sanduq.kit.pages import PageRequest
from sanduq.ledger import service as ledger
from sanduq.sarf.model import SessionKind
from sanduq.sarf.pieces import service as pieces
from sanduq.sarf.resales import service as resales
from sanduq.sarf.resales.model import NewResale
from sanduq.sarf.sessions import closing, receiving, service, undoing
from sanduq.sarf.sessions.model import SessionFilters, SessionStatus, VoidGround
from tests.coherent import assert_coherent
from tests.make.sarf import (
    BUYER,
    CHECKER,
    CUSTOMER,
    HOUSE,
    MAKER,
    PRICE,
    accepted,
    back_in_cash,
    bagged,
    bought,
    gold_received,
    in_cash,
    open_house,
    opened,
    paid,
    valued,
)

SENDERS = 6


@pytest.fixture
def house(work):
    return open_house(work)


def at_once(house, *acts: Callable, user_id: str = MAKER) -> list[bool]:
    """Which of the acts were taken; the others were refused."""

    def send(act: Callable) -> bool:
        try:
            with house.at(user_id=user_id) as uow:
                act(uow)
        except Refusal:
            return False
        return True

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(send, acts))


def ready(house):
    """A sitting of which both sides were received."""
    bar = valued(house)
    session = opened(house, [bar.item_id])
    accepted(house, session)
    bagged(house, session, [bar])
    gold_received(house, session)
    paid(house, session)
    return session


def test_a_sitting_closes_once_and_is_booked_once(house, db) -> None:
    session = ready(house)

    def act(uow) -> None:
        closing.close(uow, session.session_id, owner_id=HOUSE)

    assert sum(at_once(house, *[act] * SENDERS)) == 1
    with house.at() as uow:
        journals = ledger.list_journals(uow, PageRequest(), reference=session.session_id).items
    assert len(journals) == 1
    assert_coherent(db)


def test_closing_and_unwinding_at_once_leaves_one_of_both(house, db) -> None:
    session = ready(house)
    done = at_once(
        house,
        lambda uow: closing.close(uow, session.session_id, owner_id=HOUSE),
        lambda uow: undoing.unwind(uow, session.session_id, "no"),
    )
    assert sum(done) == 1
    with house.at() as uow:
        after = service.get(uow, session.session_id)
    assert after.status in (SessionStatus.CLOSED, SessionStatus.UNWOUND)
    assert (after.journal_id is None) == (after.status is SessionStatus.UNWOUND)
    assert_coherent(db)


def test_a_piece_goes_into_one_of_many_sittings(house, db) -> None:
    item_id = bought(house).pieces[0].item_id
    new = NewResale(buyer_id=BUYER, item_ids=(item_id,))
    acts = [lambda uow: resales.open_resale(uow, new)] * SENDERS
    assert sum(at_once(house, *acts, user_id=CHECKER)) == 1
    with house.at() as uow:
        opened_ones = service.search(
            uow, SessionFilters(kind=SessionKind.RESALE), PageRequest()
        ).items
    assert len(opened_ones) == 1
    assert_coherent(db)


def test_overlapping_pieces_named_in_any_order_never_deadlock(house, db) -> None:
    ids = [one.item_id for one in bought(house, [valued(house), valued(house)]).pieces]
    news = [NewResale(buyer_id=BUYER, item_ids=tuple(order)) for order in (ids, ids[::-1])]
    acts = [lambda uow, new=new: resales.open_resale(uow, new) for new in news * 3]
    assert sum(at_once(house, *acts, user_id=CHECKER)) == 1
    assert_coherent(db)


def test_a_side_is_recorded_once(house, db) -> None:
    session = opened(house, [valued(house).item_id])
    accepted(house, session)
    act = lambda uow: receiving.receive_money(uow, session.session_id, in_cash(PRICE))  # noqa: E731
    assert sum(at_once(house, *[act] * SENDERS)) == 1
    assert_coherent(db)


def test_an_offer_is_accepted_once(house) -> None:
    session = opened(house, [valued(house).item_id])

    def act(uow) -> None:
        service.accept(uow, session.session_id, accepted_by_id=CUSTOMER)

    assert sum(at_once(house, *[act] * SENDERS)) == 1


def test_gold_is_given_back_or_sold_on_but_never_both(house, db) -> None:
    session = bought(house)
    item_id = session.pieces[0].item_id
    with house.at() as uow:
        undoing.ask_void(uow, session.session_id, VoidGround.NOT_SPOT, "x", back_in_cash())
    new = NewResale(buyer_id=BUYER, item_ids=(item_id,))
    done = at_once(
        house,
        lambda uow: undoing.decide_void(
            uow, session.session_id, is_approved=True, reason=None, owner_id=HOUSE
        ),
        lambda uow: resales.open_resale(uow, new),
        user_id=CHECKER,
    )
    assert sum(done) == 1
    with house.at() as uow:
        assert (item_id in pieces.owned(uow, [item_id])) == done[1]
    assert_coherent(db)


def test_an_exchange_is_declared_void_once(house, db) -> None:
    session = bought(house)

    def ask(uow) -> None:
        undoing.ask_void(uow, session.session_id, VoidGround.NOT_SPOT, "x", back_in_cash())

    assert sum(at_once(house, *[ask] * SENDERS)) == 1

    def decide(uow) -> None:
        undoing.decide_void(uow, session.session_id, is_approved=True, reason=None, owner_id=HOUSE)

    assert sum(at_once(house, *[decide] * SENDERS, user_id=CHECKER)) == 1
    assert_coherent(db)
