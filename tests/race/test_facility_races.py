"""Acts on facilities at once: each promise is used once, each piece sold once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from sanduq.kit.db import UnitOfWork
from sanduq.kit.errors import Conflict
from sanduq.kit.money import Money
from sanduq.sarf.facilities import buying, promising, service, sittings
from sanduq.sarf.facilities.model import FacilityStatus, NewBuyBack, NewPromise
from sanduq.sarf.sessions.model import VoidGround
from tests.coherent import assert_coherent
from tests.make.sarf import CHECKER, MAKER, USD, a_gold_bar, back_in_cash, open_house, taken
from tests.make.sarf_facilities import (
    IN_WINDOW,
    NOW,
    asked,
    created,
    priced,
    promised,
    quoted,
    readied,
    sold,
)

SENDERS = 5
Act = Callable[[UnitOfWork], object]


@pytest.fixture
def house(work):
    return open_house(work)


def at_once(house, acts: Sequence[Act], at=IN_WINDOW) -> int:
    """How many acts were taken; the others were refused and left nothing."""
    with ThreadPoolExecutor(len(acts)) as pool:
        return sum(pool.map(lambda act: taken(house, act, at=at), acts))


def reread(house, facility):
    with house.at() as uow:
        return service.get(uow, facility.facility_id)


def test_a_quote_opens_one_facility_and_a_sale_one_promise(house, db) -> None:
    quote = quoted(house, [a_gold_bar(house)])
    with ThreadPoolExecutor(SENDERS) as pool:
        made = list(pool.map(lambda _: opens(house, quote), range(SENDERS)))
    assert sum(made) == 1
    facility = sold(house)
    acts = [lambda uow: promising.undertake(uow, facility.facility_id, NewPromise())] * SENDERS
    assert at_once(house, acts, NOW) == 1
    assert_coherent(db)


def opens(house, quote) -> bool:
    try:
        created(house, quote)
    except Conflict:
        return False
    return True


def test_the_weight_bought_never_exceeds_the_weight_promised(house, db) -> None:
    bars = [a_gold_bar(house, 20_000) for _ in range(3)]
    facility = promised(house, sold(house, bars), fine_weight_mg=39_960)  # two of the three
    priced(house, IN_WINDOW)
    for _ in range(3):
        acts = [
            lambda uow, i=one.item_id: buying.ask(
                uow, facility.facility_id, NewBuyBack(item_ids=(i,))
            )
            for one in bars
        ]
        if at_once(house, acts) == 0:
            break
        session = readied(house, facility)
        closing = [lambda uow, s=session.session_id: sittings.close(uow, s)] * SENDERS
        assert at_once(house, closing) == 1
    done = reread(house, facility)
    assert done.status is FacilityStatus.BOUGHT_BACK
    assert done.promise is not None
    assert done.promise.bought_fine_mg == done.promise.fine_weight_mg == 39_960
    assert len(done.buy_backs) == 2
    assert_coherent(db)


def test_a_piece_is_promised_to_many_and_sold_to_one(house, db) -> None:
    facilities = [promised(house, sold(house)) for _ in range(3)]
    wanted = facilities[0].item_ids
    priced(house, IN_WINDOW)
    for facility in facilities:
        asked(house, facility, wanted)
    acts = [lambda uow, f=one.facility_id: sittings.open_session(uow, f) for one in facilities] * 2
    assert at_once(house, acts) == 1
    assert_coherent(db)


def test_a_purchase_is_withdrawn_or_begun_and_not_both(house, db) -> None:
    facility = promised(house, sold(house))
    priced(house, IN_WINDOW)
    asked(house, facility, facility.item_ids)
    acts: list[Act] = [
        lambda uow: sittings.open_session(uow, facility.facility_id),
        lambda uow: buying.withdraw(uow, facility.facility_id),
    ] * 2
    assert at_once(house, acts) == 1
    after = reread(house, facility)
    is_begun = after.status is FacilityStatus.SESSION2_OPEN
    assert is_begun == (after.open_buy_back is not None)
    assert_coherent(db)


def test_a_lower_price_is_decided_once(house, db) -> None:
    facility = promised(house, sold(house))
    priced(house, IN_WINDOW)
    one = asked(house, facility, facility.item_ids, price=Money(1, USD), reason="a gift")
    bbk = one.buy_backs[0].buy_back_id

    def decide(is_approved: bool) -> bool:
        with house.at(IN_WINDOW, CHECKER) as uow:
            buying.decide_lower(uow, bbk, is_approved=is_approved, reason="seen")
        return True

    with ThreadPoolExecutor(4) as pool:
        sent = [pool.submit(decide, n % 2 == 0) for n in range(4)]
    assert sum(each.exception() is None for each in sent) == 1
    assert_coherent(db)


def test_a_sale_is_void_or_bought_under_and_not_both(house, db) -> None:
    facility = promised(house, sold(house))
    priced(house, IN_WINDOW)
    asked(house, facility, facility.item_ids)
    session_id = facility.purchase_session_id
    assert session_id is not None
    with house.at(IN_WINDOW, MAKER) as uow:
        sittings.ask_void(uow, session_id, VoidGround.NO_TITLE, "police", back_in_cash())

    def void() -> None:
        with house.at(IN_WINDOW, CHECKER) as uow:
            sittings.decide_void(uow, session_id, is_approved=True, reason=None)

    def begin() -> None:
        with house.at(IN_WINDOW) as uow:
            sittings.open_session(uow, facility.facility_id)

    with ThreadPoolExecutor(2) as pool:
        sent = [pool.submit(act) for act in (void, begin)]
    assert sum(each.exception() is None for each in sent) == 1
    assert reread(house, facility).status in (
        FacilityStatus.VOID_UNWOUND, FacilityStatus.SESSION2_OPEN,
    )  # fmt: skip
    assert_coherent(db)
