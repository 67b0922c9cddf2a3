"""Promises and gold measured on a board: losses are booked, gains never.

Figures by hand: 50 g of 999 bought for 7,000.00; at 180 a gram the promised 75% is 6,750.00.
"""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from sanduq.assets.price_boards.errors import NoPriceBoard
from sanduq.kit.errors import Forbidden, NotFound
from sanduq.kit.pages import PageRequest
from sanduq.ledger.model import AccountPlace
from sanduq.sarf.pieces import service as pieces
from sanduq.sarf.pieces.model import PieceFilters, PieceStatus
from sanduq.sarf.position import provisions
from sanduq.sarf.position.revaluations import service
from sanduq.sarf.position.revaluations.model import RevaluationCause
from tests.coherent import assert_coherent
from tests.make import sarf_facilities
from tests.make.institution import balance_minor
from tests.make.sarf import FINE_MG, PRICE, USD, a_gold_bar, bought, open_house, sold
from tests.make.sarf_book import (
    AFTER,
    AT_180,
    AT_200,
    IN_WINDOW,
    lapsed,
    priced,
    promised,
    revalued,
    windows_opened,
)


@pytest.fixture
def house(work):
    return open_house(work)


def owed(owner_url, facility_id: str) -> int:
    return -balance_minor(owner_url, AccountPlace("2500", USD, subject=facility_id))


def written_down(owner_url) -> int:
    return -balance_minor(owner_url, AccountPlace("1219", USD))


def lost(owner_url) -> int:
    return balance_minor(owner_url, AccountPlace("5500", USD))


def test_a_promise_above_cost_books_nothing_and_never_a_gain(house, owner_url, db) -> None:
    made = promised(house)
    run = revalued(house)
    assert (run.promise_count, run.piece_count) == (1, 1)
    assert run.journal_id is None
    assert (owed(owner_url, made.facility_id), lost(owner_url)) == (0, 0)
    assert balance_minor(owner_url, AccountPlace("1210", USD)) == PRICE  # though worth 10,000.00
    assert_coherent(db)


def test_a_promise_below_cost_is_provided_for_and_released_when_the_price_recovers(
    house, owner_url, db
) -> None:
    made = promised(house)
    run = revalued(house, AT_180)
    assert (run.provision_before_minor, run.provision_after_minor) == (0, 25_000)
    assert (owed(owner_url, made.facility_id), lost(owner_url)) == (25_000, 25_000)
    again = revalued(house)
    assert again.journal_id is None
    assert again.provision_before_minor == 25_000
    back = revalued(house, AT_200)
    assert (back.provision_before_minor, back.provision_after_minor) == (25_000, 0)
    assert (owed(owner_url, made.facility_id), lost(owner_url)) == (0, 0)
    assert_coherent(db)


def test_a_lapsed_promise_gives_its_provision_back_and_its_gold_is_held_against_the_market(
    house, owner_url, db
) -> None:
    made = promised(house)
    revalued(house, AT_180)
    lapsed(house, made)
    assert (owed(owner_url, made.facility_id), lost(owner_url)) == (0, 0)
    after = revalued(house, AT_180, at=AFTER)
    assert (after.promise_count, after.write_down_after_minor) == (0, 0)  # worth 9,000.00
    assert_coherent(db)


def test_a_provision_is_released_once_and_only_where_there_is_one(house) -> None:
    made, other = promised(house), promised(house, [a_gold_bar(house)])
    revalued(house, AT_180)
    with house.at() as uow:
        ids = [made.facility_id, other.facility_id, "srf_unknown"]
        assert len(provisions.release(uow, ids)) == 2
        assert provisions.release(uow, ids) == []
        assert provisions.release(uow, []) == []


def test_gold_under_no_promise_is_written_down_to_what_selling_it_leaves(work, owner_url, db):
    house = open_house(work, sale_cost_bp=100)
    bought(house)
    run = revalued(house, 12_000_000)
    # 50 g at 120 is 6,000.00; less 1% to sell it 5,940.00; 1,060.00 below the cost of 7,000.00.
    assert run.write_down_after_minor == 106_000
    assert (written_down(owner_url), lost(owner_url)) == (106_000, 106_000)
    assert balance_minor(owner_url, AccountPlace("1210", USD)) == PRICE
    revalued(house, AT_200)
    assert (written_down(owner_url), lost(owner_url)) == (0, 0)
    assert_coherent(db)


def test_a_piece_that_is_sold_takes_its_write_down_along(house, owner_url, db) -> None:
    session = bought(house)
    revalued(house, 12_000_000)
    assert written_down(owner_url) == 100_000
    sold(house, [session.pieces[0].item_id])
    assert written_down(owner_url) == 0
    assert revalued(house).write_down_before_minor == 0
    assert_coherent(db)


def test_a_promise_is_held_against_what_would_have_to_be_bought_once_its_gold_is_sold(
    house, owner_url, db
) -> None:
    made = promised(house)
    sold(house, list(made.item_ids))
    run = revalued(house)
    # Nothing of it is left: 50 g cost 10,000.00 at today's 200, the promise brings 7,500.00.
    assert run.provision_after_minor == 250_000
    assert owed(owner_url, made.facility_id) == 250_000
    assert_coherent(db)


def test_gold_beyond_what_a_promise_has_left_is_held_against_the_market(house, owner_url, db):
    made = promised(house, [a_gold_bar(house, 25_000), a_gold_bar(house, 25_000)])
    other = sarf_facilities.sold(house, [a_gold_bar(house, 25_000)])
    windows_opened(house)
    priced(house, AT_200, at=IN_WINDOW)
    # Half the promise is bought with another piece: all its own gold lies here for the rest.
    sarf_facilities.bought(house, made, other.item_ids)
    run = revalued(house, 13_000_000, at=IN_WINDOW)
    # Left: 25 g at 75% of 130 is 2,437.50 against half of 7,000.00: 1,062.50. The other half is
    # held against the market, 3,250.00: 250.00 between two pieces.
    assert run.provision_after_minor == 106_250
    assert run.write_down_after_minor == 25_000
    assert owed(owner_url, made.facility_id) == 106_250
    assert_coherent(db)


def test_a_purchase_uses_the_provision_and_the_rest_of_the_cost_is_cost_of_sales(
    house, owner_url, db
) -> None:
    made = promised(house)
    windows_opened(house)
    revalued(house, AT_180, at=IN_WINDOW)
    sarf_facilities.bought(house, made, made.item_ids)
    assert owed(owner_url, made.facility_id) == 0
    assert balance_minor(owner_url, AccountPlace("5300", USD)) == 675_000
    assert balance_minor(owner_url, AccountPlace("4600", USD)) == -675_000
    assert lost(owner_url) == 25_000  # the loss was booked when the price fell
    assert_coherent(db)


def test_a_part_purchase_uses_its_share_of_the_provision(house, owner_url, db) -> None:
    small, large = a_gold_bar(house, 20_000), a_gold_bar(house, 30_000)
    made = promised(house, [small, large])
    windows_opened(house)
    revalued(house, AT_180, at=IN_WINDOW)
    sarf_facilities.bought(house, made, [small.item_id])
    assert owed(owner_url, made.facility_id) == 15_000  # 20 of 50 g used 100.00 of 250.00
    assert revalued(house, at=IN_WINDOW).provision_after_minor == 15_000
    assert_coherent(db)


def test_a_void_purchase_sets_aside_again_what_it_had_used(house) -> None:
    made = promised(house)
    with house.at() as uow:
        provisions.restore(uow, made.facility_id, 25_000)
        whole = (made.facility_id, FINE_MG, FINE_MG, PRICE)
        assert provisions.used(uow, *whole) == 25_000
        assert provisions.used(uow, *whole) == 0


def test_revaluing_needs_the_authority_and_a_board_of_today(house) -> None:
    with house.at() as uow, pytest.raises(Forbidden):
        service.revalue(uow, USD)
    tomorrow = datetime(2024, 1, 16, 10, 30, tzinfo=UTC)
    with house.at(tomorrow, "user_finance") as uow, pytest.raises(NoPriceBoard):
        service.revalue(uow, USD)


def test_runs_are_listed_newest_first_and_read_one_by_one(house) -> None:
    promised(house)
    first, second = revalued(house), revalued(house, AT_180)
    with house.at() as uow:
        page = service.list_runs(uow, PageRequest(), USD)
        assert [one.revaluation_id for one in page.items] == [
            second.revaluation_id, first.revaluation_id
        ]  # fmt: skip
        assert service.get(uow, second.revaluation_id) == page.items[0]
        with pytest.raises(NotFound):
            service.get(uow, "srv_unknown")


def test_a_month_ends_with_a_run_for_each_currency_that_has_a_board_and_once(
    house, owner_url, db
) -> None:
    made = promised(house)
    last = datetime(2024, 1, 31, 10, 30, tzinfo=UTC)
    with house.at(last) as uow:
        assert service.revalue_month_end(uow, date(2024, 1, 31)) == 0  # no board of that day
    priced(house, AT_180, at=last)
    with house.at(last) as uow:
        assert service.revalue_month_end(uow, date(2024, 1, 30)) == 0
        assert service.revalue_month_end(uow, date(2024, 1, 31)) == 1
        assert service.revalue_month_end(uow, date(2024, 1, 31)) == 0
        (run,) = service.list_runs(uow, PageRequest(), None).items
    assert run.cause is RevaluationCause.MONTH_END
    assert run.revalued_on == date(2024, 1, 31)
    assert owed(owner_url, made.facility_id) == 25_000
    assert_coherent(db)


def test_what_a_run_writes_stands_on_the_pieces(house) -> None:
    bought(house)
    revalued(house, 12_000_000)
    with house.at() as uow:
        filters = PieceFilters(status=PieceStatus.HELD)
        (piece,) = pieces.list_pieces(uow, filters, PageRequest()).items
    assert (piece.cost_minor, piece.written_down_minor) == (PRICE, 100_000)
