"""Facilities undone: a sitting not completed, a sale or a purchase that is void."""

from __future__ import annotations

from datetime import timedelta

import pytest

from sanduq.access import service as access
from sanduq.kit.errors import Refusal
from sanduq.kit.money import Money
from sanduq.ledger.model import AccountPlace
from sanduq.sarf.facilities import buying, service, sittings
from sanduq.sarf.facilities.model import BuyBackStatus, FacilityStatus, PromiseStatus
from sanduq.sarf.pieces import service as pieces
from sanduq.sarf.position.revaluations import service as revaluations
from sanduq.sarf.sessions.model import SessionStatus, VoidGround
from tests.coherent import assert_coherent
from tests.make.institution import balance_minor
from tests.make.sarf import (
    CHECKER,
    USD,
    a_gold_bar,
    back_in_cash,
    bagged,
    open_house,
    valued,
)
from tests.make.sarf_facilities import (
    CLOSES_ON,
    IN_WINDOW,
    NOW,
    asked,
    bought,
    created,
    day_ended,
    priced,
    promised,
    quoted,
    sold,
)


@pytest.fixture
def house(work):
    return open_house(work)


def reread(house, facility):
    with house.at() as uow:
        return service.get(uow, facility.facility_id)


def voided(house, session_id: str, *, at=NOW, ground=VoidGround.NO_TITLE, back=None):
    with house.at(at) as uow:
        sittings.ask_void(uow, session_id, ground, "the police came", back or back_in_cash())
    with house.at(at, CHECKER) as uow:
        return sittings.decide_void(uow, session_id, is_approved=True, reason=None)


def test_a_sale_that_is_not_completed_voids_its_facility(house, db) -> None:
    bar = valued(house)
    facility = created(house, quoted(house, [bar]))
    with house.at(NOW) as uow:
        session = sittings.open_session(uow, facility.facility_id)
        sittings.unwind(uow, session.session_id, "he left")
        again = sittings.unwind(uow, session.session_id, "he left")
    assert again.status is SessionStatus.UNWOUND
    ended = reread(house, facility)
    assert (ended.status, ended.end_reason) == (FacilityStatus.VOID_UNWOUND, "he left")
    with house.at() as uow:
        assert pieces.owned(uow, [bar.item_id]) == {}
    assert_coherent(db)


def test_a_sale_left_open_overnight_is_void_by_the_days_end(house, db) -> None:
    facility = created(house, quoted(house, [valued(house)]))
    with house.at(NOW) as uow:
        sittings.open_session(uow, facility.facility_id)
    assert day_ended(house, NOW.date()) == 1
    assert day_ended(house, NOW.date()) == 0
    assert reread(house, facility).status is FacilityStatus.VOID_UNWOUND
    assert_coherent(db)


def test_a_purchase_that_is_not_completed_leaves_the_promise_as_it_was(house, db) -> None:
    facility = promised(house, sold(house))
    priced(house, IN_WINDOW)
    asked(house, facility, facility.item_ids)
    with house.at(IN_WINDOW) as uow:
        session = sittings.open_session(uow, facility.facility_id)
        sittings.unwind(uow, session.session_id, "he thinks it over")
    after = reread(house, facility)
    assert after.status is FacilityStatus.WINDOW_OPEN
    assert after.promise is not None
    assert after.promise.remaining_fine_mg == after.promise.fine_weight_mg
    assert after.buy_backs[0].status is BuyBackStatus.ENDED
    assert bought(house, facility, facility.item_ids).status is FacilityStatus.BOUGHT_BACK
    assert_coherent(db)


def test_a_sale_that_is_void_takes_its_promise_and_its_provision_along(
    house, owner_url, db
) -> None:
    facility = promised(house, sold(house))
    priced(house, IN_WINDOW, 18_000)
    with house.at(IN_WINDOW, "user_finance") as uow:
        revaluations.revalue(uow, USD)
    asking = asked(house, facility, facility.item_ids, price=Money(1, USD), reason="a gift")
    session_id = facility.purchase_session_id
    with house.at(IN_WINDOW) as uow:
        sittings.ask_void(uow, session_id, VoidGround.NO_TITLE, "police", back_in_cash())
    with pytest.raises(Refusal) as own, house.at(IN_WINDOW) as uow:
        sittings.decide_void(uow, session_id, is_approved=True, reason=None)
    assert own.value.code == "FORBIDDEN"
    with house.at(IN_WINDOW, CHECKER) as uow:
        sittings.decide_void(uow, session_id, is_approved=True, reason=None)
    ended = reread(house, facility)
    assert (ended.status, ended.provision_minor) == (FacilityStatus.VOID_UNWOUND, 0)
    assert ended.promise is not None
    assert ended.promise.status is PromiseStatus.WITHDRAWN
    assert ended.open_buy_back is None
    with pytest.raises(Refusal), house.at(IN_WINDOW, CHECKER) as uow:
        access.pending(uow, buying.LOWER, asking.buy_backs[0].buy_back_id)
    for place in (AccountPlace("1210", USD), AccountPlace("5500", USD)):
        assert balance_minor(owner_url, place) == 0
    assert_coherent(db)


def test_a_void_that_is_refused_changes_nothing(house, db) -> None:
    facility = promised(house, sold(house))
    session_id = facility.purchase_session_id
    with house.at(NOW) as uow:
        sittings.ask_void(uow, session_id, VoidGround.NO_TITLE, "a rumour", back_in_cash())
    with house.at(NOW, CHECKER) as uow:
        sittings.decide_void(uow, session_id, is_approved=False, reason="untrue")
    assert reread(house, facility) == facility
    assert_coherent(db)


def test_a_sale_is_not_void_once_gold_was_bought_under_its_promise(house, db) -> None:
    bars = [a_gold_bar(house, 30_000), a_gold_bar(house, 20_000)]
    facility = promised(house, sold(house, bars))
    priced(house, IN_WINDOW)
    bought(house, facility, [bars[1].item_id])
    with pytest.raises(Refusal) as refused:
        voided(house, facility.purchase_session_id, at=IN_WINDOW)
    assert refused.value.status == 409
    assert_coherent(db)


def test_a_purchase_that_is_void_gives_its_weight_and_its_provision_back(
    house, owner_url, db
) -> None:
    bars = [a_gold_bar(house, 30_000), a_gold_bar(house, 20_000)]
    facility = promised(house, sold(house, bars))
    priced(house, IN_WINDOW, 18_000)
    with house.at(IN_WINDOW, "user_finance") as uow:
        revaluations.revalue(uow, USD)
    done = bought(house, facility, [bars[1].item_id])
    session_id = done.buy_backs[0].session_id
    with pytest.raises(Refusal) as not_back:
        voided(house, session_id, at=IN_WINDOW)
    assert not_back.value.code == "GOLD_NOT_BACK"
    with house.at() as uow:
        session = sittings.sessions.get(uow, session_id)
    with house.at(IN_WINDOW, CHECKER) as uow:
        sittings.decide_void(uow, session_id, is_approved=False, reason="not back yet")
    bagged(house, session, [bars[1]], at=IN_WINDOW)
    voided(house, session_id, at=IN_WINDOW)
    after = reread(house, facility)
    assert (after.status, after.provision_minor) == (FacilityStatus.WINDOW_OPEN, 25_000)
    assert after.promise is not None
    assert after.promise.bought_fine_mg == 0
    owed = AccountPlace("2500", USD, subject=facility.facility_id)
    assert balance_minor(owner_url, owed) == -25_000
    assert_coherent(db)


def test_a_purchase_found_void_after_the_window_leaves_a_lapsed_promise(
    house, owner_url, db
) -> None:
    facility = promised(house, sold(house))
    priced(house, IN_WINDOW)
    done = bought(house, facility, facility.item_ids)
    day_ended(house, CLOSES_ON)  # by then the facility is closed
    assert reread(house, facility).status is FacilityStatus.CLOSED
    later = IN_WINDOW + timedelta(days=50)
    with house.at() as uow:
        session = sittings.sessions.get(uow, done.buy_backs[0].session_id)
    (bar,) = sold_items(house, facility)
    bagged(house, session, [bar], at=later)
    voided(house, session.session_id, at=later)
    after = reread(house, facility)
    assert after.status is FacilityStatus.LAPSED
    assert after.promise is not None
    assert (after.promise.status, after.promise.bought_fine_mg) == (PromiseStatus.LAPSED, 0)
    assert balance_minor(owner_url, AccountPlace("1210", USD)) == 700_000
    assert_coherent(db)


def sold_items(house, facility):
    with house.at() as uow:
        found = sittings.sessions.items_service.load_items(uow, facility.item_ids)
    return list(found.values())


def test_a_purchase_void_beside_an_open_sitting_leaves_that_sitting_open(house, db) -> None:
    bars = [a_gold_bar(house, 30_000), a_gold_bar(house, 20_000)]
    facility = promised(house, sold(house, bars))
    priced(house, IN_WINDOW)
    done = bought(house, facility, [bars[1].item_id])
    asked(house, facility, [bars[0].item_id])
    with house.at(IN_WINDOW) as uow:
        open_one = sittings.open_session(uow, facility.facility_id)
        session = sittings.sessions.get(uow, done.buy_backs[0].session_id)
    bagged(house, session, [bars[1]], at=IN_WINDOW)
    voided(house, session.session_id, at=IN_WINDOW)
    assert reread(house, facility).status is FacilityStatus.SESSION2_OPEN
    with house.at(IN_WINDOW) as uow:
        sittings.unwind(uow, open_one.session_id, "enough")
    assert reread(house, facility).status is FacilityStatus.WINDOW_OPEN
    assert_coherent(db)


def test_a_purchase_is_closed_once(house, db) -> None:
    facility = promised(house, sold(house))
    priced(house, IN_WINDOW)
    done = bought(house, facility, facility.item_ids)
    with pytest.raises(Refusal) as refused, house.at(IN_WINDOW) as uow:
        sittings.close(uow, done.buy_backs[0].session_id)
    assert refused.value.status == 409
    assert reread(house, facility) == done
    assert_coherent(db)
