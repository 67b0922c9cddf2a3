"""Bids and the hammer at the same instant, and one surplus paid by many: each counts once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import chain

import pytest

from sanduq.kit.db import retrying
from sanduq.kit.errors import Refusal
from sanduq.ledger.model import AccountPlace
from sanduq.rahnu.contracts.liquidation.auctions import bids, closing, lots, store
from sanduq.rahnu.contracts.liquidation.auctions.errors import BidMustRise
from sanduq.rahnu.contracts.liquidation.auctions.model import BidMode, LotStatus
from sanduq.rahnu.contracts.liquidation.sales import service as sales
from sanduq.rahnu.contracts.liquidation.sales.model import SaleMethod
from sanduq.rahnu.contracts.liquidation.surplus import payouts
from sanduq.rahnu.contracts.liquidation.surplus.model import Capacity
from sanduq.rahnu.contracts.liquidation.surplus.payouts import PaySurplus
from tests.coherent import assert_coherent
from tests.make.institution import balance_minor
from tests.make.liquidation import (
    CLOSE_AT,
    DEALER,
    FINANCE,
    RIVAL,
    SALE_AT,
    a_sale,
    an_auction,
    at,
    bid,
    overdue,
    paid_lot,
    put_up,
    session,
    usd,
)
from tests.make.pledges import CHECKER, MAKER, PLEDGOR, USD, open_shop

LAST = CLOSE_AT - timedelta(seconds=1)


@pytest.fixture
def shop(work):
    return open_shop(work)


def tried(act) -> bool:
    try:
        retrying(act)
    except Refusal:
        return False
    return True


def test_a_bid_after_the_hammer_never_counts(db, shop) -> None:
    taken = overdue(shop)
    auction = an_auction(shop, mode=BidMode.SEALED)
    lot = put_up(shop, auction, taken)
    session(shop, auction)
    bid(shop, lot, DEALER, 815_000)

    def bidding(minor):
        def act():
            with at(shop.work, MAKER, LAST) as uow:
                bids.place(uow, lot.lot_id, RIVAL, usd(minor))

        return act

    def closing_it():
        with at(shop.work, CHECKER, CLOSE_AT) as uow:
            closing.close(uow, auction.auction_id)

    acts = chain(
        (bidding(minor) for minor in range(820_000, 824_000, 1_000)), [closing_it],
        (bidding(minor) for minor in range(824_000, 828_000, 1_000)),
    )  # fmt: skip
    with ThreadPoolExecutor(9) as pool:
        assert any(pool.map(tried, acts))
    with shop.work() as uow:
        struck = lots.get_lot(uow, lot.lot_id)
        made = store.bids_of(uow, [lot.lot_id])[lot.lot_id]
    # Whatever was written was written before the hammer, so the highest of it won.
    assert struck.status is LotStatus.AWARDED
    assert struck.awarded_minor == max(one.amount_minor for one in made)
    assert not tried(bidding(900_000))
    assert_coherent(db)


def test_two_bids_of_the_same_instant_do_not_both_stand_on_top(db, shop) -> None:
    taken = overdue(shop)
    auction = an_auction(shop)
    lot = put_up(shop, auction, taken)
    session(shop, auction)

    def bidding(party_id):
        def act():
            bid(shop, lot, party_id, 800_000)

        return act

    with ThreadPoolExecutor(8) as pool:
        done = list(pool.map(tried, [bidding(DEALER), bidding(RIVAL)] * 4))
    assert done.count(True) == 1
    with pytest.raises(BidMustRise):
        bid(shop, lot, DEALER, 800_000)
    assert_coherent(db)


def test_two_payouts_of_one_surplus_at_once_pay_once(db, owner_url, shop) -> None:
    taken = overdue(shop)
    with at(shop.work, MAKER, SALE_AT) as uow:
        sale = sales.liquidate(uow, a_sale(taken, SaleMethod.DEALER))
    with at(shop.work, CHECKER, SALE_AT) as uow:
        surplus_id = sales.approve(uow, sale.sale_id).surplus_id

    def asking():
        with at(shop.work, FINANCE, SALE_AT) as uow:
            payouts.ask_payment(uow, PaySurplus(surplus_id, PLEDGOR, Capacity.OWNER))

    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(tried, [asking] * 6)).count(True) == 1
    with shop.work() as uow:
        (payout,) = payouts.payouts_of(uow, surplus_id)

    def paying():
        with at(shop.work, CHECKER, SALE_AT) as uow:
            payouts.approve(uow, payout.payout_id)

    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(tried, [paying] * 6)).count(True) == 1
    assert balance_minor(owner_url, AccountPlace("2200", USD, subject=surplus_id)) == 0
    assert_coherent(db)


def test_a_lot_is_shared_out_once(db, owner_url, shop) -> None:
    taken = overdue(shop)
    lot = paid_lot(shop, taken, 820_000)

    def sharing():
        with at(shop.work, FINANCE, CLOSE_AT) as uow:
            sales.liquidate(uow, a_sale(taken, SaleMethod.AUCTION, lot_id=lot.lot_id))

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(tried, [sharing] * 4)).count(True) == 1
    assert balance_minor(owner_url, AccountPlace("2210", USD, subject=taken.contract_id)) == 0
    assert_coherent(db)
