"""The register of promises, the gold behind them and the position: what each of them tells.

Figures by hand: a bar of 50 g of 999 holds 49.950 g pure, cost 7,000.00, is worth 10,000.00.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import psycopg
import pytest

from sanduq.access import service as access
from sanduq.assets.price_boards.errors import NoPriceBoard
from sanduq.kit.db import Database
from sanduq.kit.errors import NotFound
from sanduq.kit.pages import PageRequest
from sanduq.ledger.verify import verify
from sanduq.sarf.position.checks import CHECKS
from sanduq.sarf.position.inventory import service as inventory
from sanduq.sarf.position.promises import service
from sanduq.sarf.position.promises.model import PromiseFilters, PromiseStatus
from tests.coherent import assert_coherent
from tests.make import sarf_facilities
from tests.make.counting import CountedDatabase, statements
from tests.make.sarf import (
    CUSTOMER,
    FINE_MG,
    PRICE,
    USD,
    WORTH,
    a_gold_bar,
    bought,
    open_house,
    sold,
)
from tests.make.sarf_book import (
    AT_180,
    AT_200,
    CLOSES_ON,
    IN_WINDOW,
    OPENS_ON,
    lapsed,
    priced,
    promised,
    revalued,
    windows_opened,
)

TOMORROW = datetime(2024, 1, 16, 10, 30, tzinfo=UTC)


@pytest.fixture
def house(work):
    return open_house(work)


def found(house, at=None, **filters):
    with house.at(at) as uow:
        return service.list_promises(uow, PageRequest(), PromiseFilters(**filters)).items


def test_a_promise_tells_what_is_left_of_it_and_what_that_may_cost_today(house) -> None:
    made = promised(house)
    ((promise, cap),) = found(house)
    assert promise.facility_id == made.facility_id
    assert (promise.opens_on, promise.closes_on) == (OPENS_ON, CLOSES_ON)
    assert (promise.fine_weight_mg, promise.remaining_fine_mg) == (FINE_MG, FINE_MG)
    assert cap is not None
    assert (cap.market_minor, cap.cap_minor) == (WORTH, 750_000)
    with house.at() as uow:
        assert service.get(uow, promise.promise_id) == (promise, cap)
        with pytest.raises(NotFound):
            service.get(uow, "wad_unknown")


def test_without_a_board_of_the_day_no_cap_is_told(house) -> None:
    promised(house)
    ((promise, cap),) = found(house, TOMORROW)
    assert promise.is_live
    assert cap is None


def test_a_promise_in_part_used_has_the_rest_and_an_ended_one_has_nothing_left(house, db) -> None:
    made = promised(house, [a_gold_bar(house, 20_000), a_gold_bar(house, 30_000)])
    windows_opened(house)
    priced(house, AT_200, at=IN_WINDOW)
    sarf_facilities.bought(house, made, [made.item_ids[0]])
    ((promise, cap),) = found(house, IN_WINDOW)
    assert promise.is_window_open(IN_WINDOW.date())
    assert promise.bought_fine_mg + promise.remaining_fine_mg == FINE_MG
    assert cap is not None
    lapsed(house, made)
    ((over, none),) = found(house, status=PromiseStatus.LAPSED)
    assert (over.remaining_fine_mg, none) == (0, None)
    assert_coherent(db)


def test_promises_are_found_by_state_promisee_facility_currency_and_window(house) -> None:
    made = promised(house)
    everything = {
        "status": PromiseStatus.ISSUED, "promisee_id": CUSTOMER, "facility_id": made.facility_id,
        "asset": USD, "opens_from_on": OPENS_ON, "opens_to_on": OPENS_ON,
        "closes_from_on": CLOSES_ON, "closes_to_on": CLOSES_ON,
    }  # fmt: skip
    assert len(found(house, **everything)) == 1
    assert found(house, status=PromiseStatus.OPEN) == []
    assert found(house, promisee_id="cpty_buyer") == []
    assert found(house, opens_from_on=date(2024, 7, 16)) == []
    assert found(house, closes_to_on=date(2024, 9, 14)) == []


def test_gold_bought_covers_the_promise_that_follows_and_more_once_it_is_free(house) -> None:
    with house.at() as uow:
        nothing = service.covers(uow)[1]
        assert (nothing.ratio.value, nothing.is_covered) == (None, True)
        assert service.evaluations(uow) == []
    promised(house)
    bought(house, price_minor=PRICE)
    with house.at() as uow:
        by_asset, total = service.covers(uow)
        assert by_asset == {USD: total}
        assert (total.free_mg, total.promised_mg, total.required_mg) == (
            2 * FINE_MG, FINE_MG, FINE_MG,
        )  # fmt: skip
        assert total.ratio.value == Decimal("2.000000")
        assert all(one.passed for one in service.evaluations(uow))


def test_gold_sold_leaves_promises_uncovered_and_the_rule_warns_of_it(house, db) -> None:
    made = promised(house)
    sold(house, list(made.item_ids))
    with house.at() as uow:
        _, total = service.covers(uow)
        assert (total.is_covered, total.shortfall_mg) == (False, FINE_MG)
        findings = [found for one in service.evaluations(uow) for found in one.findings]
    # SCF-15 twice: no gold is free, and the loss of buying it again is not provided for.
    assert [(one.rule_id, one.field) for one in findings] == [
        ("SCF-15", "free_fine"), ("SCF-15", "provision"),
    ]  # fmt: skip
    assert findings[1].limit == "2500.00"
    revalued(house)
    with house.at() as uow:
        (left,) = [found for one in service.evaluations(uow) for found in one.findings]
    assert left.field == "free_fine"
    assert_coherent(db)


def test_terms_may_ask_for_less_gold_than_is_promised(work) -> None:
    house = open_house(work, cover_ratio_bp=5_000)
    made = promised(house, [a_gold_bar(house, 20_000), a_gold_bar(house, 30_000)])
    heavier = max(made.item_ids, key=lambda one: _fine(house, one))
    sold(house, [one for one in made.item_ids if one != heavier])
    with house.at() as uow:
        _, total = service.covers(uow)
    assert (total.required_mg, total.free_mg) == (24_975, 29_970)
    assert total.is_covered


def _fine(house, item_id: str) -> int:
    with house.at() as uow:
        (row,) = uow.all("select fine_weight_mg from sarf.piece where item_id = %s", item_id)
    return int(row[0])


def test_each_month_a_window_touches_shows_what_may_be_called_in_it(house) -> None:
    promised(house)
    with house.at() as uow:
        months = service.window_months(uow)
    assert [(one.month_on, one.promise_count, one.promised_mg) for one in months] == [
        (date(2024, month, 1), 1, FINE_MG) for month in (7, 8, 9)
    ]
    with house.at(IN_WINDOW) as uow:
        assert [one.month_on.month for one in service.window_months(uow)] == [8, 9]


def test_exposure_shows_half_to_one_and_a_half_times_the_price_in_force(house) -> None:
    promised(house)
    with house.at() as uow:
        found = service.exposed(uow, USD, None)
    assert [one.per_kg_minor for one in found.lines] == [
        AT_200 * tenths // 10 for tenths in range(5, 16)
    ]
    today = found.lines[5]
    assert (today.receivable_minor, today.carrying_minor) == (750_000, PRICE)
    assert found.break_even_gram_minor is not None
    assert round(found.break_even_gram_minor) == 18_667


def test_exposure_at_prices_of_ones_own_needs_no_board(house) -> None:
    promised(house)
    with house.at(TOMORROW) as uow:
        with pytest.raises(NoPriceBoard):
            service.exposed(uow, USD, None)
        found = service.exposed(uow, USD, [AT_180])
    assert (found.price_board_id, found.quoted_fineness_bp) == (None, 10_000)
    # 49.950 g of pure gold at 180 are 8,991.00; three quarters of it 6,743.25.
    assert found.lines[0].result_minor == 674_325 - PRICE


def test_the_position_agrees_with_the_books_and_with_custody(house, db) -> None:
    promised(house)
    bought(house)
    with house.at() as uow:
        position = inventory.position(uow)
    (usd,) = position.currencies
    assert (usd.piece_count, usd.gross_weight_mg, usd.fine_weight_mg) == (2, 100_000, 2 * FINE_MG)
    assert (usd.cost_minor, usd.ledger_minor, usd.other_gold_minor) == (2 * PRICE, 2 * PRICE, 0)
    assert (usd.market_minor, usd.reserved_fine_mg) == (2 * WORTH, 0)
    assert position.ledger_fine_mg == 2 * FINE_MG
    assert (position.ledger_difference_mg, position.custody_difference_mg) == (0, 0)
    assert position.kept.other_mg == 0
    with house.at(TOMORROW) as uow:
        assert inventory.position(uow).currencies[0].market_minor is None
    assert_coherent(db)


def test_gold_reserved_for_a_purchase_still_covers_the_promise_it_is_for(house, db) -> None:
    made = promised(house)
    windows_opened(house)
    priced(house, AT_200, at=IN_WINDOW)
    sarf_facilities.asked(house, made, made.item_ids)
    with house.at(IN_WINDOW) as uow:
        sarf_facilities.sittings.open_session(uow, made.facility_id)
    with house.at(IN_WINDOW) as uow:
        _, total = service.covers(uow)
        (usd,) = inventory.position(uow).currencies
    assert (total.free_mg, total.going_out_mg, total.is_covered) == (0, FINE_MG, True)
    assert (usd.free_fine_mg, usd.reserved_fine_mg) == (0, FINE_MG)
    assert_coherent(db)


@pytest.mark.parametrize(
    ("check", "tampering"),
    [
        ("sarf gold at cost", "update sarf.piece set cost_minor = cost_minor + 1"),
        ("sarf gold by weight", "update sarf.piece set fine_weight_mg = fine_weight_mg + 1"),
        ("sarf gold in custody", "update custody.bag set basis = 'deposit'"),
        ("sarf gold on the books", "update sarf.piece set status = 'SOLD', left_on ="
         " '2024-01-15', session_id = acquired_session_id"),
        ("sarf provisions", "update sarf.facility set provision_minor = 1"),
        ("sarf write-downs", "update sarf.piece set written_down_minor = 1"),
        ("sarf promises bought", "update sarf.promise set bought_fine_mg = 1"),
        ("sarf promises live", "update sarf.facility set status = 'LAPSED'"),
    ],
)  # fmt: skip
def test_verification_finds_what_was_changed_behind_the_books(
    house, owner_url, check, tampering
) -> None:
    promised(house)
    with house.at() as uow:
        assert [one for one in verify(uow).findings if one.check in CHECKS] == []
    with psycopg.connect(owner_url) as connection:
        connection.execute(tampering)
    with house.at() as uow:
        assert check in {one.check for one in verify(uow).findings}


def test_a_page_of_promises_costs_the_same_however_many_there_are(house, owner_url, work) -> None:
    promised(house)
    with CountedDatabase(owner_url) as counted:

        def listed() -> None:
            with _as_maker(counted) as uow:
                page = service.list_promises(uow, PageRequest(), PromiseFilters())
                service.covers(uow)
                inventory.position(uow)
                assert page.items

        one = statements(listed)
        promised(house, [a_gold_bar(house)])
        assert statements(listed) == one


def _as_maker(db: Database):
    return access.work_as(db, "inst_test", "user_maker", "req_counted")
