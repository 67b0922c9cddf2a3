"""The days of a promise: from one anniversary of the sale to another, both included (SCF-05)."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

import pytest

from sanduq.kit.errors import Refusal
from sanduq.sarf.facilities import buying, service, sittings
from sanduq.sarf.facilities.model import FacilityStatus
from tests.coherent import assert_coherent
from tests.make.sarf import BUYER, a_gold_bar, open_house
from tests.make.sarf_facilities import (
    CLOSES_ON,
    IN_WINDOW,
    OPENS_ON,
    asked,
    bought,
    day_ended,
    priced,
    promised,
    sold,
)
from tests.make.sarf_terms import a_ruling


@pytest.fixture
def house(work):
    return open_house(work)


def at_ten(day: date) -> datetime:
    return datetime.combine(day, time(10), UTC)


def refused_at(house, facility, day: date) -> dict:
    priced(house, at_ten(day))
    with pytest.raises(Refusal) as refused:
        asked(house, facility, facility.item_ids, at=at_ten(day))
    assert refused.value.code == "SHARIAH_VIOLATION"
    (found,) = refused.value.details
    with house.at() as uow:
        assert service.get(uow, facility.facility_id).buy_backs == ()
    return found


def test_the_day_before_the_window_and_month_5_are_refused_scf_05(house, db) -> None:
    facility = promised(house, sold(house))
    for day in (date(2024, 6, 15), date(2024, 7, 14)):
        found = refused_at(house, facility, day)
        assert (found["rule_id"], found["code"]) == ("SCF-05", "SCF_WINDOW")
        assert (found["observed"], found["limit"]) == (str(day), "2024-07-15 to 2024-09-15")
        assert found["source"]
    assert_coherent(db)


def test_the_day_after_the_window_and_month_9_are_refused_scf_05(house, db) -> None:
    facility = promised(house, sold(house))
    found = refused_at(house, facility, date(2024, 9, 16))  # before the day's end has run
    assert (found["rule_id"], found["code"]) == ("SCF-05", "SCF_WINDOW")
    assert day_ended(house, date(2024, 9, 16)) == 1
    found = refused_at(house, facility, date(2024, 10, 15))
    assert (found["rule_id"], found["limit"]) == ("SCF-05", "2024-07-15 to 2024-09-15")
    with house.at() as uow:
        assert service.get(uow, facility.facility_id).status is FacilityStatus.LAPSED
    assert_coherent(db)


@pytest.mark.parametrize("day", [OPENS_ON, CLOSES_ON])
def test_both_ends_of_the_window_are_days_of_it(house, db, day) -> None:
    facility = promised(house, sold(house))
    priced(house, at_ten(day))
    done = bought(house, facility, facility.item_ids, at=at_ten(day))
    assert done.status is FacilityStatus.BOUGHT_BACK
    assert day_ended(house, day) == 0
    assert_coherent(db)


@pytest.mark.parametrize(
    ("sold_on", "opens_on", "closes_on"),
    [
        (date(2024, 8, 31), date(2025, 2, 28), date(2025, 4, 30)),
        (date(2024, 2, 29), date(2024, 8, 29), date(2024, 10, 29)),
        (date(2024, 3, 31), date(2024, 9, 30), date(2024, 11, 30)),
    ],
)
def test_a_month_without_that_day_gives_its_last(house, db, sold_on, opens_on, closes_on) -> None:
    facility = promised(house, sold(house, at=at_ten(sold_on)), at=at_ten(sold_on))
    assert facility.promise is not None
    assert (facility.promise.opens_on, facility.promise.closes_on) == (opens_on, closes_on)
    assert_coherent(db)


def test_the_window_is_of_the_institutions_days_not_of_another_zones(house, db, owner_url) -> None:
    facility = promised(house, sold(house))
    last_minute = datetime.combine(CLOSES_ON, time(23, 59), UTC)
    priced(house, last_minute)
    done = bought(house, facility, facility.item_ids, at=last_minute)
    assert done.status is FacilityStatus.BOUGHT_BACK
    assert_coherent(db)


def test_a_sitting_left_open_on_the_last_day_is_undone_and_the_promise_lapses(house, db) -> None:
    facility = promised(house, sold(house))
    last = at_ten(CLOSES_ON)
    priced(house, last)
    asked(house, facility, facility.item_ids, at=last)
    with house.at(last) as uow:
        session = sittings.open_session(uow, facility.facility_id)
    assert day_ended(house, CLOSES_ON) == 2  # the sitting undone, the promise over
    with house.at() as uow:
        facility = service.get(uow, facility.facility_id)
    assert facility.status is FacilityStatus.LAPSED
    assert facility.open_buy_back is None
    assert session.session_id == facility.buy_backs[0].session_id
    assert_coherent(db)


def test_the_days_end_needs_nobodys_authority(house, db) -> None:
    facility = promised(house, sold(house))
    priced(house, IN_WINDOW)
    asked(house, facility, facility.item_ids)
    with house.at(IN_WINDOW) as uow:
        sittings.open_session(uow, facility.facility_id)
    with house.at(IN_WINDOW.replace(hour=23), "user_finance") as uow:
        assert sittings.unwind_unfinished(uow, IN_WINDOW.date()) == 1
        assert sittings.unwind_unfinished(uow, IN_WINDOW.date()) == 0
    assert_coherent(db)


def test_a_window_within_half_a_year_is_caught_by_the_way_of_the_piece(work, db) -> None:
    house = open_house(work, opens_months=3, closes_months=5, gap_months_min=3)
    facility = promised(house, sold(house))
    april = at_ten(date(2024, 4, 20))
    priced(house, april)
    asked(house, facility, facility.item_ids, at=april)
    with pytest.raises(Refusal) as refused, house.at(april) as uow:
        sittings.open_session(uow, facility.facility_id)
    assert {one["rule_id"] for one in refused.value.details} == {"GEN-07"}
    with house.at(april) as uow:
        buying.withdraw(uow, facility.facility_id)
    other = sold(house, [a_gold_bar(house, owner_id=BUYER)])  # gold like it, of another seller
    done = bought(house, facility, other.item_ids, at=april)
    assert done.status is FacilityStatus.BOUGHT_BACK
    a_ruling(work, "GEN-07")
    again = promised(house, sold(house))
    assert bought(house, again, again.item_ids, at=april).status is FacilityStatus.BOUGHT_BACK
    assert_coherent(db)
