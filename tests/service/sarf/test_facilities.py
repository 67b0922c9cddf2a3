"""A facility from its quote to its end: a sale, a promise of one side, purchases if anyone likes.

Figures by hand: 50 g of 999 at 200.00 a gram are worth 10,000.00; bought at 70% for 7,000.00. The
sale is on 15 January 2024, so the window lies between 15 July and 15 September, both included.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from sanduq.access import service as access
from sanduq.kit.clock import FixedClock
from sanduq.kit.errors import Refusal
from sanduq.sarf.facilities import buying, days, opening, promising, service, sittings
from sanduq.sarf.facilities.model import FacilityStatus, PromiseStatus
from sanduq.sarf.pieces import service as pieces
from sanduq.sarf.pieces.model import PieceStatus
from tests.coherent import assert_coherent
from tests.conftest import INSTITUTION
from tests.make.counting import CountedDatabase, statements
from tests.make.sarf import CUSTOMER, FINE_MG, MAKER, PRICE, USD, a_gold_bar, open_house, valued
from tests.make.sarf_facilities import (
    CLOSES_ON,
    IN_WINDOW,
    NOW,
    OPENS_ON,
    asked,
    bought,
    created,
    day_ended,
    finished,
    priced,
    promised,
    quoted,
    sold,
)
from tests.make.sarf_terms import a_ruling

S = FacilityStatus


@pytest.fixture
def house(work):
    return open_house(work)


def state(house, facility) -> FacilityStatus:
    with house.at() as uow:
        return service.get(uow, facility.facility_id).status


def at_noon(day: date) -> datetime:
    return NOW.replace(year=day.year, month=day.month, day=day.day, hour=12)


def test_the_states_of_a_facility_whose_gold_is_bought_back(house, db) -> None:
    bar = valued(house)
    facility = created(house, quoted(house, [bar]))
    assert (facility.status, facility.price_minor) == (S.QUOTED, None)
    with house.at(NOW) as uow:
        session = sittings.open_session(uow, facility.facility_id)
    assert state(house, facility) is S.SESSION1_OPEN
    finished(house, session, [bar])
    with house.at(NOW) as uow:
        facility = service.get(uow, facility.facility_id)
    assert (facility.status, facility.price_minor, facility.fine_weight_mg) == (
        S.SOLD, PRICE, FINE_MG,
    )  # fmt: skip
    facility = promised(house, facility)
    assert facility.status is S.PROMISE_ISSUED
    assert facility.promise is not None
    assert (facility.promise.opens_on, facility.promise.closes_on) == (OPENS_ON, CLOSES_ON)
    assert facility.promise.fine_weight_mg == FINE_MG
    assert day_ended(house, OPENS_ON - timedelta(days=2)) == 0
    assert state(house, facility) is S.PROMISE_ISSUED
    assert day_ended(house, OPENS_ON - timedelta(days=1)) == 1
    assert state(house, facility) is S.WINDOW_OPEN
    priced(house, IN_WINDOW)
    asked(house, facility, [bar.item_id])
    assert state(house, facility) is S.WINDOW_OPEN
    with house.at(IN_WINDOW) as uow:
        session = sittings.open_session(uow, facility.facility_id)
    assert state(house, facility) is S.SESSION2_OPEN
    with house.at(IN_WINDOW) as uow:
        sittings.unwind(uow, session.session_id, "he thinks it over")
    assert state(house, facility) is S.WINDOW_OPEN
    done = bought(house, facility, [bar.item_id])
    assert (done.status, done.ended_at) == (S.BOUGHT_BACK, IN_WINDOW)
    assert done.promise is not None
    assert (done.promise.status, done.promise.remaining_fine_mg) == (PromiseStatus.FULFILLED, 0)
    assert day_ended(house, date(2024, 8, 7)) == 0
    assert day_ended(house, date(2024, 8, 8)) == 1
    assert state(house, facility) is S.CLOSED
    assert day_ended(house, CLOSES_ON) == 0
    assert_coherent(db)


def test_a_promise_nobody_uses_lapses_when_its_last_day_is_over_and_asks_nothing(house, db) -> None:
    facility = promised(house, sold(house))
    with pytest.raises(Refusal) as early, house.at(at_noon(CLOSES_ON)) as uow:
        days.lapse(uow, facility.facility_id)
    assert early.value.code == "WINDOW_NOT_OVER"
    day_ended(house, OPENS_ON - timedelta(days=1))
    assert day_ended(house, CLOSES_ON - timedelta(days=1)) == 0
    assert day_ended(house, CLOSES_ON) == 1
    assert day_ended(house, CLOSES_ON) == 0
    with house.at() as uow:
        facility = service.get(uow, facility.facility_id)
        (piece,) = pieces.owned(uow, facility.item_ids).values()
    assert facility.status is S.LAPSED
    assert facility.promise is not None
    assert facility.promise.status is PromiseStatus.LAPSED
    assert facility.promise.ended_on == CLOSES_ON + timedelta(days=1)
    assert piece.status is PieceStatus.HELD  # it may be sold to anybody
    assert day_ended(house, CLOSES_ON + timedelta(days=8)) == 1
    assert state(house, facility) is S.CLOSED
    assert_coherent(db)


def test_an_officer_may_end_a_promise_whose_window_is_over(house, db) -> None:
    facility = promised(house, sold(house))
    with house.at(at_noon(CLOSES_ON + timedelta(days=1))) as uow:
        assert days.lapse(uow, facility.facility_id).status is S.LAPSED
    with pytest.raises(Refusal) as again, house.at(at_noon(CLOSES_ON + timedelta(days=1))) as uow:
        days.lapse(uow, facility.facility_id)
    assert again.value.details[0]["rule_id"] == "SCF-12"
    assert_coherent(db)


def test_a_facility_given_up_before_the_sale_leaves_nothing(house, db) -> None:
    facility = created(house, quoted(house, [a_gold_bar(house)]))
    with house.at(NOW) as uow:
        gone = opening.cancel(uow, facility.facility_id, "he keeps it")
    assert (gone.status, gone.end_reason) == (S.CANCELLED, "he keeps it")
    with pytest.raises(Refusal) as refused, house.at(NOW) as uow:
        sittings.open_session(uow, facility.facility_id)
    assert refused.value.status == 409
    assert_coherent(db)


def test_pieces_are_bought_in_parts_and_need_not_be_the_same(house, db) -> None:
    mine = [a_gold_bar(house, 30_000), a_gold_bar(house, 20_000)]
    others = [a_gold_bar(house, 20_000)]
    facility = promised(house, sold(house, mine))
    sold(house, others)  # another sale: its gold is the institution's like any other
    priced(house, IN_WINDOW)
    part = bought(house, facility, [others[0].item_id])
    assert (part.status, part.price_minor) == (S.PART_BOUGHT, PRICE)
    assert part.promise is not None
    assert part.promise.remaining_fine_mg == 29_970  # 30 g of 999
    with house.at(IN_WINDOW) as uow:
        quote = buying.buy_back_quote(uow, facility.facility_id)
        assert (quote.market_minor, quote.cap_minor) == (600_000, 450_000)
        assert [one.piece.item_id for one in quote.candidates] == [one.item_id for one in mine]
        with pytest.raises(Refusal):
            buying.buy_back_quote(uow, facility.facility_id, 29_971)
    done = bought(house, facility, [mine[0].item_id])
    assert done.status is S.BOUGHT_BACK
    assert [one.price_minor for one in done.buy_backs] == [300_000, 450_000]
    with house.at() as uow:
        assert set(pieces.owned(uow, [one.item_id for one in mine])) == {mine[1].item_id}
    assert_coherent(db)


def test_a_promise_may_be_for_less_than_was_sold(house, db) -> None:
    facility = promised(house, sold(house), fine_weight_mg=10_000)
    assert facility.promise is not None
    assert facility.promise.fine_weight_mg == 10_000
    priced(house, IN_WINDOW)
    with pytest.raises(Refusal) as refused:
        asked(house, facility, facility.item_ids)
    assert {one["rule_id"] for one in refused.value.details} == {"SCF-07"}
    assert_coherent(db)


def test_one_promise_for_one_sale_and_only_after_it(house, db) -> None:
    facility = created(house, quoted(house, [a_gold_bar(house)]))
    with pytest.raises(Refusal) as early:
        promised(house, facility)
    assert early.value.details[0]["rule_id"] == "SCF-04"
    after = promised(house, sold(house))
    with pytest.raises(Refusal) as again:
        promised(house, after)
    assert again.value.status == 409
    late = sold(house)
    with pytest.raises(Refusal) as over, house.at(at_noon(CLOSES_ON + timedelta(days=1))) as uow:
        promising.undertake(uow, late.facility_id, promising.NewPromise())
    assert "closed on 2024-09-15" in over.value.message
    assert_coherent(db)


def test_a_thing_sold_once_is_not_the_customers_to_sell_again(house, db) -> None:
    bar = a_gold_bar(house)
    twice = created(house, quoted(house, [bar], external_id="twice"))
    sold(house, [bar])
    with pytest.raises(Refusal) as refused, house.at(NOW) as uow:
        sittings.open_session(uow, twice.facility_id)
    assert refused.value.code == "PIECE_OWNED"
    assert state(house, twice) is S.QUOTED
    assert_coherent(db)


def test_a_thing_that_came_back_is_not_sold_again_within_half_a_year(house, db) -> None:
    bar = a_gold_bar(house)
    facility = promised(house, sold(house, [bar]))
    priced(house, IN_WINDOW)
    bought(house, facility, [bar.item_id])
    with pytest.raises(Refusal) as refused:
        sold(house, [bar], at=IN_WINDOW + timedelta(days=30))
    assert {one["rule_id"] for one in refused.value.details} == {"GEN-07"}
    a_ruling(house.work, "GEN-07")  # the board looked at it
    again = sold(house, [bar], at=IN_WINDOW + timedelta(days=31))
    assert (again.status, again.customer_id, again.asset) == (S.SOLD, CUSTOMER, USD)
    assert_coherent(db)


def test_scf_13_signs_of_a_disguised_loan_ask_the_board_before_the_next_sale(work, db) -> None:
    house = open_house(work, monitor_sample_min=1)
    facility = promised(house, sold(house))
    priced(house, IN_WINDOW)
    bought(house, facility, facility.item_ids)  # the same piece, at the cap, all of one promise
    day_before = IN_WINDOW - timedelta(days=1)
    quote = quoted(house, [a_gold_bar(house)], at=day_before)
    with pytest.raises(Refusal) as refused:
        created(house, quote, at=IN_WINDOW)
    found = refused.value.details
    assert {(one["rule_id"], one["severity"]) for one in found} == {("SCF-13", "review")}
    assert {"same_piece", "take_up", "at_cap"} <= {one["field"] for one in found}
    a_ruling(work, "SCF-13")
    assert created(house, quote, at=IN_WINDOW).status is S.QUOTED
    assert_coherent(db)


def test_a_days_end_costs_as_many_statements_for_many_as_for_one(house, owner_url, db) -> None:
    sent = []
    for count in (1, 3):
        for _ in range(count):
            promised(house, sold(house))
        with (
            CountedDatabase(owner_url) as counted,
            access.work_as(counted, INSTITUTION, MAKER, "req_count") as uow,
        ):
            uow.clock = FixedClock(at_noon(CLOSES_ON + timedelta(days=1)))
            sent.append(statements(lambda u=uow: days.pass_day(u, CLOSES_ON)))
    assert sent[0] == sent[1]
    assert_coherent(db)
