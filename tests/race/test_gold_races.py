"""Many at once: one second officer ends a valuation, and boards are published in turn."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from sanduq.assets.price_boards import service as price_boards
from sanduq.assets.price_boards.errors import PriceSpike
from sanduq.assets.valuations import service as valuations
from sanduq.assets.valuations.errors import NotAwaitingSecond
from sanduq.assets.valuations.model import Second, ValuationStatus
from tests.make.gold import a_board, board, item, recorded

OFFICERS = 6


def test_a_valuation_confirmed_and_disputed_at_once_ends_one_way(work):
    board(work)
    with work() as uow:
        necklace = item(uow)
    waiting = recorded(work, necklace.item_id)

    def end(place: int) -> ValuationStatus | None:
        try:
            with work("user_checker") as uow:
                second = Second(is_agreed=place % 2 == 0, notes="no")
                return valuations.confirm(uow, waiting.valuation_id, second).status
        except NotAwaitingSecond:
            return None

    with ThreadPoolExecutor(OFFICERS) as pool:
        (ended,) = [status for status in pool.map(end, range(OFFICERS)) if status is not None]
    with work() as uow:
        assert valuations.get_valuation(uow, waiting.valuation_id).status is ended


def test_boards_published_at_once_are_each_held_against_the_one_before(work):
    board(work, "200.00")
    with work() as uow:  # both lie within 5% of 200.00, and 9.5% apart
        asked = [
            price_boards.propose(uow, a_board(uow, price)).price_board_id
            for price in ("191.00", "209.00")
        ]

    def publish(price_board_id: str) -> bool:
        try:
            with work("user_checker") as uow:
                price_boards.approve(uow, price_board_id)
        except PriceSpike:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(publish, asked)) == [False, True]
