"""Two sheets of one meeting at once: one is recorded, the other is told so."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from sanduq.microfinance.collection import service
from sanduq.microfinance.collection.errors import AlreadyCollected
from tests.coherent import assert_coherent
from tests.make.collection import a_circle, a_sheet, full_rows

SENDERS = 6


def test_a_meeting_sent_by_many_at_once_is_collected_once(demo_work):
    circle = a_circle(demo_work)
    sheet = a_sheet(circle, full_rows(circle), 400)

    def send(_: int) -> bool:
        try:
            with demo_work() as uow:
                service.collect(uow, [sheet])
        except AlreadyCollected:
            return False
        return True

    with ThreadPoolExecutor(SENDERS) as pool:
        assert sum(pool.map(send, range(SENDERS))) == 1
    with demo_work() as uow:
        assert_coherent(uow)


def test_meetings_sent_in_opposite_orders_wait_for_one_another(demo_work):
    one = a_circle(demo_work)
    other = a_circle(demo_work, ("cpty_e", "cpty_f"))
    both = [a_sheet(one, full_rows(one), 400), a_sheet(other, full_rows(other), 300)]

    def send(sheets):
        try:
            with demo_work() as uow:
                service.collect(uow, sheets)
        except AlreadyCollected:
            return 0
        return len(sheets)

    with ThreadPoolExecutor(2) as pool:
        assert sum(pool.map(send, [both, both[::-1]])) == 2
    with demo_work() as uow:
        assert_coherent(uow)
