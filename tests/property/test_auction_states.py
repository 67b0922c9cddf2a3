"""An auction walked at random: whatever is tried, its states, its bids and its money agree."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from sanduq.access import service as access
from sanduq.kit.db import Database
from sanduq.kit.errors import Refusal
from sanduq.rahnu.contracts import service as contracts
from sanduq.rahnu.contracts.life.payments import service as payments
from sanduq.rahnu.contracts.life.payments.model import PayPledge
from sanduq.rahnu.contracts.liquidation.auctions import closing, lots, store
from sanduq.rahnu.contracts.liquidation.auctions import service as auctions
from sanduq.rahnu.contracts.liquidation.auctions.model import (
    ALLOWED,
    LOT_NEXT,
    AuctionStatus,
    LotStatus,
)
from sanduq.rahnu.contracts.liquidation.sales import service as sales
from sanduq.rahnu.contracts.liquidation.sales.model import SaleMethod
from sanduq.rahnu.contracts.model import PledgeStatus
from tests.coherent import assert_coherent
from tests.conftest import INSTITUTION, copied
from tests.make.liquidation import (
    CLOSE_AT,
    DEALER,
    FINANCE,
    MARKET_PER_KG,
    RIVAL,
    SALE_AT,
    a_sale,
    an_auction,
    at,
    bid,
    hammer,
    overdue,
    put_up,
    session,
    usd,
)
from tests.make.pledges import CHECKER, MAKER, hang_board, open_shop

LATE = CLOSE_AT + timedelta(days=4)
people = st.sampled_from([DEALER, RIVAL])
prices = st.integers(700_000, 900_000)


class AuctionWalk(RuleBasedStateMachine):
    """Every act is tried in every state; what the tables do not allow is refused."""

    url = ""

    @initialize()
    def begin(self) -> None:
        self.copy = copied(*self.source)
        url = self.copy.__enter__()
        self.db = Database(url)
        self.db.open()

        @contextmanager
        def work(user: str = MAKER):
            with access.work_as(self.db, INSTITUTION, user, "req_test") as uow:
                yield uow

        self.work = work
        self.shop = open_shop(work)
        self.pledge = overdue(self.shop)
        hang_board(work, MARKET_PER_KG, at=LATE)
        self.auction = an_auction(self.shop)
        self.lot = put_up(self.shop, self.auction, self.pledge)
        self.lot_was = LotStatus.LISTED
        self.was = AuctionStatus.ANNOUNCED

    def teardown(self) -> None:
        if hasattr(self, "db"):
            assert_coherent(self.db)
            self.db.close()
            self.copy.__exit__(None, None, None)

    def attempt(self, act) -> None:
        try:
            act()
        except Refusal:
            return

    @rule()
    def open_it(self) -> None:
        self.attempt(lambda: session(self.shop, self.auction))

    @rule(party_id=people, minor=prices)
    def bid_on_it(self, party_id, minor) -> None:
        self.attempt(lambda: bid(self.shop, self.lot, party_id, minor))

    @rule()
    def close_it(self) -> None:
        self.attempt(lambda: hammer(self.shop, self.auction))

    @rule()
    def pay_for_it(self) -> None:
        def act() -> None:
            with at(self.work, MAKER, CLOSE_AT) as uow:
                price = lots.get_lot(uow, self.lot.lot_id).awarded_minor or 1
                closing.receive_payment(
                    uow, self.lot.lot_id, usd(price), method="cash", reference=None
                )

        self.attempt(act)

    @rule()
    def pass_it_on(self) -> None:
        def act() -> None:
            with at(self.work, CHECKER, LATE) as uow:
                closing.pass_on(uow, self.lot.lot_id, "did not pay")

        self.attempt(act)

    @rule()
    def share_it_out(self) -> None:
        def act() -> None:
            with at(self.work, FINANCE, CLOSE_AT) as uow:
                sales.liquidate(
                    uow, a_sale(self.pledge, SaleMethod.AUCTION, lot_id=self.lot.lot_id)
                )

        self.attempt(act)

    @rule(minor=st.sampled_from([100_000, 742_000]))
    def owner_pays(self, minor) -> None:
        def act() -> None:
            with at(self.work, MAKER, SALE_AT) as uow:
                payments.repay(uow, self.pledge.contract_id, PayPledge(usd(minor)))

        self.attempt(act)

    @rule()
    def call_it_off(self) -> None:
        def act() -> None:
            with at(self.work, MAKER, SALE_AT) as uow:
                closing.cancel(uow, self.auction.auction_id, "rain")

        self.attempt(act)

    @invariant()
    def states_follow_their_tables(self) -> None:
        if not hasattr(self, "auction"):
            return
        with self.work() as uow:
            auction = auctions.get(uow, self.auction.auction_id)
            lot = lots.get_lot(uow, self.lot.lot_id)
            made = store.bids_of(uow, [lot.lot_id])[lot.lot_id]
            pledge = contracts.get(uow, self.pledge.contract_id)
        reached, at_once = {self.lot_was}, {self.lot_was}
        while at_once:
            at_once = {n for one in at_once for n in LOT_NEXT[one]} - reached
            reached |= at_once
        assert lot.status in reached
        if auction.status is not self.was:
            assert any(self.was in states for states in ALLOWED.values())
        amounts = [one.amount_minor for one in made]
        assert amounts == sorted(set(amounts))
        if lot.awarded_minor is not None:
            assert lot.awarded_minor in amounts
            assert lot.awarded_minor >= lot.reserve_minor
        assert (pledge.status is PledgeStatus.LIQUIDATED) == (lot.status is LotStatus.SOLD)
        self.lot_was, self.was = lot.status, auction.status


@pytest.mark.usefixtures("template")
def test_an_auction_keeps_its_word_whatever_is_tried(server_url, template) -> None:
    AuctionWalk.source = (server_url, template)
    run_state_machine_as_test(
        AuctionWalk,
        settings=settings(
            max_examples=6, stateful_step_count=14, deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )  # fmt: skip
