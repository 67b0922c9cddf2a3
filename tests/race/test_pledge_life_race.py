"""Payments, releases and changes of one pledge at once: each is taken once, or told why not."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from sanduq.kit.clock import FixedClock
from sanduq.kit.errors import Refusal
from sanduq.kit.money import Money
from sanduq.rahnu.contracts import service as contracts
from sanduq.rahnu.contracts.life.payments import service as payments
from sanduq.rahnu.contracts.life.payments.model import PayPledge
from sanduq.rahnu.contracts.life.things import changes, service
from sanduq.rahnu.contracts.life.things.model import Fetching, Redeem
from sanduq.rahnu.contracts.model import ItemStatus, PledgeStatus
from tests.coherent import assert_coherent
from tests.make.pledges import MAKER, USD, a_bar, active_pledge, open_shop

SENDERS = 6
MAY_15 = datetime(2024, 5, 15, 10, 30, tzinfo=UTC)


@pytest.fixture
def shop(work):
    return open_shop(work)


def at_once(work, *acts):
    """How many of the acts were taken; the others were refused."""

    def send(act) -> bool:
        try:
            with work(MAKER) as uow:
                uow.clock = FixedClock(MAY_15)
                act(uow)
        except Refusal:
            return False
        return True

    with ThreadPoolExecutor(len(acts)) as pool:
        return sum(pool.map(send, acts))


def test_the_last_payment_is_taken_once(db, work, shop) -> None:
    taken = active_pledge(shop)
    paid = PayPledge(Money(508_000, USD))
    acts = [lambda uow: payments.repay(uow, taken.contract_id, paid)] * SENDERS
    assert at_once(work, *acts) == 1
    assert_coherent(db)


def test_a_pledge_is_released_once(db, work, shop) -> None:
    taken = active_pledge(shop)
    asked = Redeem(
        Fetching(ticket_number=taken.ticket_number), PayPledge(Money(508_000, USD))
    )  # fmt: skip
    acts = [lambda uow: service.release(uow, taken.contract_id, asked)] * SENDERS
    assert at_once(work, *acts) == 1
    with work() as uow:
        assert contracts.get(uow, taken.contract_id).status is PledgeStatus.RELEASED
    assert_coherent(db)


def test_two_partial_releases_never_leave_the_debt_without_cover(db, work, shop) -> None:
    # Each bar alone secures the loan, both cannot go.
    taken = active_pledge(shop, [a_bar(shop), a_bar(shop)], loan_minor=500_000)
    shown = Fetching(ticket_number=taken.ticket_number)

    def part(item_id):
        return lambda uow: changes.partial_release(uow, taken.contract_id, [item_id], shown)

    def send(act) -> bool:
        try:
            with work(MAKER) as uow:
                act(uow)
        except Refusal:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        assert sum(pool.map(send, [part(one) for one in taken.item_ids])) == 1
    with work() as uow:
        after = contracts.get(uow, taken.contract_id)
    assert sorted(str(one.status) for one in after.items) == [
        str(ItemStatus.PLEDGED), str(ItemStatus.RELEASED),
    ]  # fmt: skip
    assert_coherent(db)
