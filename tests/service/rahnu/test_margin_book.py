"""The whole book after a change of price: values, calls and their ends in one run."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from sanduq.api.registry import wire
from sanduq.assets.model import Metal
from sanduq.assets.policies import service as policies
from sanduq.assets.policies.schemas import ValuationPolicyIn
from sanduq.assets.price_boards import service as price_boards
from sanduq.assets.price_boards.errors import NoPriceBoard
from sanduq.assets.price_boards.model import NewBoard, PriceMethod
from sanduq.audit import service as audit
from sanduq.kit.clock import FixedClock
from sanduq.kit.errors import NotFound
from sanduq.kit.pages import PageRequest
from sanduq.obligations.end_of_day import run_day
from sanduq.rahnu.contracts.margin import service
from sanduq.rahnu.contracts.margin.book import (
    END_OF_DAY,
    get_run,
    list_runs,
    revalue_after_publication,
    revalue_book,
)
from sanduq.rahnu.contracts.margin.model import CallStatus, MarginCause, RevaluationBasis
from sanduq.rahnu.contracts.model import MarginFlag, PledgeStatus
from tests.coherent import assert_coherent
from tests.conftest import NOW, Work
from tests.make.margins import LOAN_MINOR, pledge, price, told
from tests.make.pledges import CHECKER, MAKER, USD, Shop, a_bar, active_pledge, open_shop

PAGE = PageRequest(20, None, None)


@pytest.fixture
def shop(work: Work) -> Shop:
    return open_shop(work)


def test_one_run_values_the_book_and_calls_only_those_that_crossed(shop: Shop) -> None:
    """At 160.00: 6,900 ÷ 7,999.20 = 86.3%, 3,000 ÷ 7,999.20 = 37.5%."""
    near = active_pledge(shop, loan_minor=LOAN_MINOR)
    far = active_pledge(shop, loan_minor=300_000)
    board = price(shop.work, "160")
    with shop.work(MAKER) as uow:
        made = revalue_book(uow, Metal.GOLD, USD)
    assert (made.pledge_count, made.called_count, made.cured_count) == (2, 1, 0)
    assert (made.old_value_minor, made.new_value_minor) == (1_999_800, 1_599_840)
    assert made.price_board_id == board
    after = pledge(shop.work, near.contract_id)
    assert (after.status, after.margin_flag) == (PledgeStatus.MARGIN_CALL, MarginFlag.CALL)
    assert after.margin_called_on == date(2024, 1, 15)
    assert (after.appraised_minor, after.secured_minor) == (799_920, 559_944)
    assert after.items[0].value_minor == 799_920
    assert pledge(shop.work, far.contract_id).margin_flag is MarginFlag.NONE
    with shop.work(MAKER) as uow:
        (call,) = service.search_calls(uow, CallStatus.OPEN, {}, PAGE).items
        assert call.contract_id == near.contract_id
        (fact,) = service.list_revaluations(uow, far.contract_id, PAGE).items
        assert (fact.basis, fact.run_id) == (RevaluationBasis.BOOK, made.run_id)
        deeds = audit.list_records(
            uow, subject_id=None, user_id=None, action="pledge.book_revalued", request=PAGE
        )
        assert len(deeds.items) == 1
        assert get_run(uow, made.run_id) == made
        assert_coherent(uow)
    assert [one["id"] for one in told(shop.work, "rahnu.margin.call")] == [near.contract_id]
    assert told(shop.work, "rahnu.book.revalued")[0]["margin_calls"] == 1
    assert told(shop.work, "rahnu.asset.revalued") == []


def test_a_risen_price_ends_calls_by_itself(shop: Shop) -> None:
    made = active_pledge(shop, loan_minor=LOAN_MINOR)
    for per_gram, cured in (("160", 0), ("200", 1)):
        price(shop.work, per_gram)
        with shop.work(MAKER) as uow:
            assert revalue_book(uow, Metal.GOLD, USD).cured_count == cured
    assert pledge(shop.work, made.contract_id).status is PledgeStatus.ACTIVE
    with shop.work(MAKER) as uow:
        (call,) = service.search_calls(uow, CallStatus.CURED, {}, PAGE).items
        assert call.end_cause is MarginCause.PRICE
        assert_coherent(uow)


def test_a_second_run_on_the_same_board_moves_nothing(shop: Shop) -> None:
    active_pledge(shop, loan_minor=LOAN_MINOR)
    price(shop.work, "160")
    with shop.work(MAKER) as uow:
        revalue_book(uow, Metal.GOLD, USD)
    with shop.work(MAKER) as uow:
        again = revalue_book(uow, Metal.GOLD, USD)
        assert (again.called_count, again.old_value_minor) == (0, again.new_value_minor)
        runs = list_runs(uow, PAGE, metal=Metal.GOLD, asset=USD).items
        assert next(one.run_id for one in runs) == again.run_id
        assert list_runs(uow, PAGE, metal=Metal.SILVER, asset=None).items == []
        with pytest.raises(NotFound):
            get_run(uow, "rvr_nobody")


def test_without_a_board_of_today_no_flag_moves(shop: Shop) -> None:
    made = active_pledge(shop, loan_minor=LOAN_MINOR)
    with shop.work(MAKER) as uow:
        with pytest.raises(NoPriceBoard):
            revalue_book(uow, Metal.SILVER, USD)
        uow.clock = FixedClock(NOW + timedelta(days=1))
        with pytest.raises(NoPriceBoard):
            revalue_book(uow, Metal.GOLD, USD)
    assert pledge(shop.work, made.contract_id) == made


def test_the_policy_of_valuation_takes_its_haircut(shop: Shop) -> None:
    """10% off 9,999.00 is 8,999.10, on the board and in the book alike."""
    made = active_pledge(shop)
    with shop.work(CHECKER) as uow:
        policies.set_policy(uow, ValuationPolicyIn(haircut="0.1", reason="melting").command())
    with shop.work(MAKER) as uow:
        revalue_book(uow, Metal.GOLD, USD)
    assert pledge(shop.work, made.contract_id).appraised_minor == 899_910


def test_the_day_ends_with_the_board_that_was_published_on_it(shop: Shop) -> None:
    wire()
    made = active_pledge(shop, [a_bar(shop, 40_000)], loan_minor=550_000)
    price(shop.work, "160")
    with shop.work(MAKER) as uow:
        report = run_day(uow, date(2024, 1, 15))
        assert report.steps[END_OF_DAY] == 1
    assert pledge(shop.work, made.contract_id).status is PledgeStatus.MARGIN_CALL
    with shop.work(MAKER) as uow:
        assert run_day(uow, date(2024, 1, 15)).steps[END_OF_DAY] == 1  # recorded, not run again
        assert len(list_runs(uow, PAGE, metal=None, asset=None).items) == 1
        assert run_day(uow, date(2024, 1, 16)).steps[END_OF_DAY] == 0
        assert_coherent(uow)


def test_a_book_valued_by_day_is_not_valued_again_when_the_day_ends(shop: Shop) -> None:
    active_pledge(shop)
    with shop.work(MAKER) as uow:
        revalue_book(uow, Metal.GOLD, USD)
        assert revalue_after_publication(uow, uow.today) == 0


def test_a_price_grown_old_by_the_end_of_the_day_moves_nothing(shop: Shop) -> None:
    """Observed on the 14th at 11:00, so that it is over a day old when the 15th ends."""
    active_pledge(shop)
    silver = NewBoard(
        metal=Metal.SILVER, asset=USD, method=PriceMethod.FINE_PRICE, grades={10_000: 200_000},
        source="market", observed_at=NOW - timedelta(hours=23, minutes=30),
    )  # fmt: skip
    with shop.work(MAKER) as uow:
        board = price_boards.propose(uow, silver)
    with shop.work(CHECKER) as uow:
        price_boards.approve(uow, board.price_board_id)
    with shop.work(MAKER) as uow:
        uow.clock = FixedClock(NOW + timedelta(days=3))
        assert revalue_after_publication(uow, date(2024, 1, 14)) == 0
        assert revalue_after_publication(uow, date(2024, 1, 15)) == 1
        assert [one.metal for one in list_runs(uow, PAGE, metal=None, asset=None).items] == ["gold"]
