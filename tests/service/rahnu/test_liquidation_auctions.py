"""Auctions of pledges: announced, one session, bids that bind, a hammer in another hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from sanduq.access.errors import NoAuthority
from sanduq.kit.errors import Conflict, ValidationFailed
from sanduq.kit.pages import PageRequest
from sanduq.rahnu.contracts import service as contracts
from sanduq.rahnu.contracts.life.payments import service as payments
from sanduq.rahnu.contracts.life.payments.model import PayPledge
from sanduq.rahnu.contracts.life.things import service as things
from sanduq.rahnu.contracts.life.things.model import Fetching, Redeem
from sanduq.rahnu.contracts.liquidation.auctions import bids, closing, lots, related, service
from sanduq.rahnu.contracts.liquidation.auctions.errors import (
    AuctionStateRefuses,
    BidderNotIdentified,
    BidderUnknown,
    BidMustRise,
    HammerFallen,
    ItemListedAlready,
    NotYetLate,
    OutsideSession,
    PaymentDiffers,
    SameOfficer,
    TooEarlyToClose,
    TooManyBids,
)
from sanduq.rahnu.contracts.liquidation.auctions.model import (
    AuctionStatus,
    BidMode,
    LotStatus,
    Relation,
)
from sanduq.rahnu.contracts.liquidation.auctions.schemas import bid_out
from sanduq.rahnu.contracts.liquidation.notices import defaults
from sanduq.rahnu.contracts.liquidation.notices.model import ConsentKind
from sanduq.rahnu.contracts.model import PledgeStatus
from sanduq.shariah.errors import ShariahViolation
from tests.coherent import assert_coherent
from tests.make.liquidation import (
    CLOSE_AT,
    DEALER,
    MARKET_PER_KG,
    RIVAL,
    SALE_AT,
    an_auction,
    at,
    bid,
    hammer,
    overdue,
    paid_lot,
    put_up,
    session,
    usd,
)
from tests.make.pledges import CHECKER, MAKER, PLEDGOR, hang_board, open_shop

LATER = datetime(2024, 8, 19, 9, 0, tzinfo=UTC)


@pytest.fixture
def shop(work):
    return open_shop(work)


@pytest.fixture
def taken(shop):
    return overdue(shop)


def lot_now(work, lot):
    with work() as uow:
        return lots.get_lot(uow, lot.lot_id)


def test_the_reserve_rests_on_the_market_of_the_day_and_not_on_the_debt(shop, taken) -> None:
    # 8,249.17 at 90% is 7,424.253: rounded up.
    lot = put_up(shop, an_auction(shop), taken)
    assert (lot.market_minor, lot.reserve_minor) == (824_917, 742_426)
    assert lot.needed_minor == 742_000


def test_a_reserve_below_the_markets_share_is_refused(shop, taken) -> None:
    with pytest.raises(ShariahViolation) as refused:
        put_up(shop, an_auction(shop), taken, reserve_minor=700_000)
    assert {found["rule_id"] for found in refused.value.details} == {"ARN-06"}


def test_a_lot_goes_to_the_highest_bid_and_the_earliest_of_equals(db, work, shop, taken) -> None:
    auction = an_auction(shop, mode=BidMode.SEALED)
    lot = put_up(shop, auction, taken)
    session(shop, auction)
    bid(shop, lot, RIVAL, 815_000)
    bid(shop, lot, DEALER, 820_000, SALE_AT + timedelta(hours=1))
    bid(shop, lot, RIVAL, 820_000, SALE_AT + timedelta(hours=2))
    assert hammer(shop, auction).status is AuctionStatus.CLOSED
    struck = lot_now(work, lot)
    assert (struck.status, struck.awarded_to, struck.awarded_minor) == (
        LotStatus.AWARDED, DEALER, 820_000,
    )  # fmt: skip
    assert struck.pay_by_on == (CLOSE_AT + timedelta(days=3)).date()
    assert_coherent(db)


def test_a_sealed_bid_is_shown_to_nobody_before_the_close(work, shop, taken) -> None:
    auction = an_auction(shop, mode=BidMode.SEALED)
    lot = put_up(shop, auction, taken)
    session(shop, auction)
    made = bid(shop, lot, DEALER, 820_000)

    def shown():
        with work() as uow:
            page, found, session_of = bids.list_bids(uow, lot.lot_id, PageRequest())
            (one,) = page.items
            return bid_out(one, found.asset, is_hidden=session_of.are_bids_hidden)["amount"]

    assert shown() is None
    with work() as uow:
        (told,) = uow.all(
            "select data::text from events.event where type = 'rahnu.auction.bid_placed'"
        )
    assert "8200" not in told[0]
    hammer(shop, auction)
    assert shown() == 8200
    assert made.is_accepted


def test_a_bid_below_the_reserve_is_written_down_and_cannot_win(work, shop, taken) -> None:
    auction = an_auction(shop)
    lot = put_up(shop, auction, taken)
    session(shop, auction)
    assert not bid(shop, lot, DEALER, 742_425).is_accepted
    hammer(shop, auction)
    left = lot_now(work, lot)
    assert (left.status, left.reason) == (LotStatus.UNSOLD, "no bid reached the reserve")


def test_a_price_between_reserve_and_market_needs_the_owners_consent(work, shop, taken) -> None:
    auction = an_auction(shop)
    lot = put_up(shop, auction, taken)
    session(shop, auction)
    bid(shop, lot, DEALER, 780_000)
    hammer(shop, auction)
    assert lot_now(work, lot).status is LotStatus.UNSOLD
    again = an_auction(shop, opens_at=CLOSE_AT, closes_at=CLOSE_AT + timedelta(hours=2))
    second = put_up(shop, again, taken)
    assert second.attempt == 2
    with at(work, MAKER, CLOSE_AT) as uow:
        defaults.consent(
            uow, taken.contract_id, kind=ConsentKind.BELOW_MARKET, given_by=PLEDGOR,
            reference="letter", given_on=CLOSE_AT.date(),
        )  # fmt: skip
    session(shop, again)
    bid(shop, second, DEALER, 780_000, CLOSE_AT + timedelta(hours=1))
    hammer(shop, again)
    assert lot_now(work, second).awarded_minor == 780_000


def test_open_bids_rise(shop, taken) -> None:
    auction = an_auction(shop)
    lot = put_up(shop, auction, taken)
    session(shop, auction)
    bid(shop, lot, DEALER, 750_000)
    with pytest.raises(BidMustRise, match="7500"):
        bid(shop, lot, RIVAL, 750_000)
    assert bid(shop, lot, RIVAL, 750_100).amount_minor == 750_100


def test_bids_are_taken_in_the_session_and_at_no_other_time(shop, taken) -> None:
    auction = an_auction(shop)
    lot = put_up(shop, auction, taken)
    with pytest.raises(AuctionStateRefuses):
        bid(shop, lot, DEALER, 800_000)
    session(shop, auction)
    with pytest.raises(OutsideSession):
        bid(shop, lot, DEALER, 800_000, CLOSE_AT)
    hammer(shop, auction)
    with pytest.raises(AuctionStateRefuses):
        bid(shop, lot, DEALER, 800_000)


def test_a_bidder_has_as_many_bids_as_were_announced(shop, taken) -> None:
    auction = an_auction(shop, bids_max_per_bidder=1)
    lot = put_up(shop, auction, taken)
    session(shop, auction)
    bid(shop, lot, DEALER, 750_000)
    with pytest.raises(TooManyBids):
        bid(shop, lot, DEALER, 760_000)


def test_nobody_bids_for_the_creditor(shop, taken) -> None:
    auction = an_auction(shop)
    lot = put_up(shop, auction, taken)
    session(shop, auction)
    with at(shop.work, MAKER, SALE_AT) as uow:
        related.record(uow, RIVAL, Relation.KIN, note="wife of a valuer")
    with pytest.raises(ShariahViolation) as refused:
        bid(shop, lot, RIVAL, 800_000)
    assert {found["rule_id"] for found in refused.value.details} == {"RHN-25"}
    other = an_auction(shop)
    with pytest.raises(ShariahViolation), at(shop.work, MAKER, SALE_AT) as uow:
        bids.admit(uow, other.auction_id, RIVAL)


def test_a_bidder_is_identified_and_admitted(shop, taken) -> None:
    auction = an_auction(shop)
    lot = put_up(shop, auction, taken)
    with pytest.raises(BidderNotIdentified), at(shop.work, MAKER, SALE_AT) as uow:
        bids.admit(uow, auction.auction_id, "cpty_house")
    session(shop, auction)
    with pytest.raises(BidderUnknown):
        bid(shop, lot, PLEDGOR, 800_000)


def test_who_opened_an_auction_does_not_strike_its_lots(owner_url, shop, taken) -> None:
    with psycopg.connect(owner_url) as owner:
        owner.execute(
            "insert into access.role_limit values (1, 'branch_manager', 'auction.run', '*', 1)"
        )
    auction = an_auction(shop)
    put_up(shop, auction, taken)
    with at(shop.work, CHECKER, SALE_AT) as uow:
        service.open_session(uow, auction.auction_id)
    with pytest.raises(SameOfficer):
        hammer(shop, auction, user=CHECKER)
    with pytest.raises(NoAuthority):
        hammer(shop, auction, user=MAKER)


def test_an_auction_stays_open_as_long_as_was_announced(shop, taken) -> None:
    auction = an_auction(shop)
    put_up(shop, auction, taken)
    session(shop, auction)
    with pytest.raises(TooEarlyToClose), at(shop.work, CHECKER, SALE_AT) as uow:
        closing.close(uow, auction.auction_id)


def test_the_owner_may_pay_until_the_hammer_falls(db, work, shop, taken) -> None:
    auction = an_auction(shop)
    lot = put_up(shop, auction, taken)
    session(shop, auction)
    bid(shop, lot, DEALER, 820_000)
    with at(work, MAKER, SALE_AT + timedelta(hours=4)) as uow:
        things.release(
            uow, taken.contract_id,
            Redeem(Fetching(ticket_number=taken.ticket_number), PayPledge(usd(742_000))),
        )  # fmt: skip
    assert lot_now(work, lot).status is LotStatus.WITHDRAWN
    assert hammer(shop, auction).status is AuctionStatus.SETTLED
    assert_coherent(db)


def test_a_debt_paid_before_the_hammer_takes_the_lot_out(db, work, shop, taken) -> None:
    auction = an_auction(shop)
    lot = put_up(shop, auction, taken)
    session(shop, auction)
    bid(shop, lot, DEALER, 820_000)
    with at(work, MAKER, SALE_AT) as uow:
        payments.repay(uow, taken.contract_id, PayPledge(usd(742_000)))
    hammer(shop, auction)
    left = lot_now(work, lot)
    assert (left.status, left.reason) == (
        LotStatus.WITHDRAWN, "its debt was paid before the hammer fell",
    )  # fmt: skip
    assert_coherent(db)


def test_after_the_hammer_the_thing_is_its_buyers(db, work, shop, taken) -> None:
    paid_lot(shop, taken, 820_000)
    with pytest.raises(HammerFallen), at(work, MAKER, CLOSE_AT) as uow:
        lots.withdraw_lots(uow, taken.contract_id)
    with work() as uow:
        assert contracts.get(uow, taken.contract_id).status is PledgeStatus.ACTIVE
    assert_coherent(db)


def test_a_buyer_who_does_not_pay_is_passed_over(db, work, shop, taken) -> None:
    auction = an_auction(shop)
    lot = put_up(shop, auction, taken)
    session(shop, auction)
    bid(shop, lot, RIVAL, 815_000)
    bid(shop, lot, DEALER, 820_000)
    hammer(shop, auction)
    with pytest.raises(PaymentDiffers), at(work, MAKER, CLOSE_AT) as uow:
        closing.receive_payment(uow, lot.lot_id, usd(819_999), method="cash", reference=None)
    with pytest.raises(NotYetLate), at(work, CHECKER, CLOSE_AT) as uow:
        closing.pass_on(uow, lot.lot_id, "no money")
    hang_board(work, MARKET_PER_KG, at=LATER)
    with at(work, CHECKER, LATER) as uow:
        passed = closing.pass_on(uow, lot.lot_id, "no money")
    assert (passed.status, passed.awarded_to, passed.awarded_minor) == (
        LotStatus.AWARDED, RIVAL, 815_000,
    )  # fmt: skip
    assert_coherent(db)


def test_the_third_auction_sells_at_the_best_price_with_the_owners_consent(
    db, work, shop, taken
) -> None:
    opens = SALE_AT
    for attempt in (1, 2):
        auction = an_auction(shop, opens_at=opens, closes_at=opens + timedelta(hours=1))
        assert put_up(shop, auction, taken).attempt == attempt
        with at(work, MAKER, opens) as uow:
            service.open_session(uow, auction.auction_id)
        hammer(shop, auction)
        opens += timedelta(hours=2)
    third = an_auction(shop, opens_at=opens, closes_at=opens + timedelta(hours=1))
    with pytest.raises(ShariahViolation) as refused:
        put_up(shop, third, taken, is_best_price=True)
    assert {found["rule_id"] for found in refused.value.details} == {"ARN-07"}
    with at(work, MAKER, opens) as uow:
        defaults.consent(
            uow, taken.contract_id, kind=ConsentKind.BEST_PRICE, given_by=PLEDGOR,
            reference="letter", given_on=opens.date(),
        )  # fmt: skip
    lot = put_up(shop, third, taken, is_best_price=True)
    session(shop, third)
    bid(shop, lot, DEALER, 600_000, opens)
    hammer(shop, third)
    assert lot_now(work, lot).awarded_minor == 600_000
    assert_coherent(db)


def test_a_thing_is_put_up_once_at_a_time(shop, taken) -> None:
    auction = an_auction(shop)
    put_up(shop, auction, taken)
    with pytest.raises((ItemListedAlready, Conflict)):
        put_up(shop, auction, taken)


def test_without_things_named_as_few_are_put_up_as_cover_the_debt(shop) -> None:
    # 20 g at 55.00 bring 1,099.89: the debt of 7,420 and more needs the big bar alone.
    taken = overdue(shop, (20_000, 150_000, 20_000))
    lot = put_up(shop, an_auction(shop), taken)
    assert lot.item_ids == [taken.items[1].item_id]


def test_the_best_price_waits_for_the_third_attempt(shop, taken) -> None:
    with pytest.raises(ValidationFailed, match="ARN-07"):
        put_up(shop, an_auction(shop), taken, is_best_price=True)


def test_an_auction_called_off_gives_its_lots_back(db, work, shop, taken) -> None:
    auction = an_auction(shop)
    lot = put_up(shop, auction, taken)
    with at(work, MAKER, SALE_AT) as uow:
        assert closing.cancel(uow, auction.auction_id, "rain").status is AuctionStatus.CANCELLED
    assert lot_now(work, lot).status is LotStatus.WITHDRAWN
    assert_coherent(db)
