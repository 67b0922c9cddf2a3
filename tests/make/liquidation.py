"""Pledges on their way to a sale: overdue, noticed, assessed; auctions, bidders, a market.

The figures: 150 g of 999.9 cost 60.00 a month to keep, so that seven months, from 15 January to
15 August, come to 420.00; the loan of 7,000.00 fell due on 15 July. On 15 August gold stands at
55.00 a gram (the bar at 8,249.17) or at 46.50 (6,974.30).
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sanduq.kit.clock import FixedClock
from sanduq.kit.money import Money
from sanduq.parties import service as parties
from sanduq.parties.model import Document, NewParty, NewVerification, PartyKind
from sanduq.rahnu.contracts.liquidation.auctions import bids, closing, lots
from sanduq.rahnu.contracts.liquidation.auctions import service as auctions
from sanduq.rahnu.contracts.liquidation.auctions.lots import NewLot
from sanduq.rahnu.contracts.liquidation.auctions.model import Auction, Bid, BidMode, Lot, NewAuction
from sanduq.rahnu.contracts.liquidation.model import Finding
from sanduq.rahnu.contracts.liquidation.notices import defaults
from sanduq.rahnu.contracts.liquidation.notices import service as notices
from sanduq.rahnu.contracts.liquidation.notices.defaults import NewFinding
from sanduq.rahnu.contracts.liquidation.notices.model import (
    DeliveryOutcome,
    NewNotice,
    NoticeChannel,
    NoticeKind,
)
from sanduq.rahnu.contracts.liquidation.sales import service as sales
from sanduq.rahnu.contracts.liquidation.sales.model import Cost, CostKind, NewSale, Sale, SaleMethod
from sanduq.rahnu.contracts.model import Contract
from tests.make.pledges import CHECKER, MAKER, USD, Shop, a_bar, active_pledge, hang_board

FINANCE = "user_finance"
DEALER, RIVAL = "cpty_dealer", "cpty_rival"
SALE_AT = datetime(2024, 8, 15, 9, 0, tzinfo=UTC)
CLOSE_AT = datetime(2024, 8, 15, 17, 0, tzinfo=UTC)
SALE_ON = date(2024, 8, 15)
MARKET_PER_KG = 5_500_000
LOW_MARKET_PER_KG = 4_650_000
LADDER = (
    (NoticeKind.REMINDER, datetime(2024, 7, 1, 9, 0, tzinfo=UTC)),
    (NoticeKind.MATURITY, datetime(2024, 7, 15, 9, 0, tzinfo=UTC)),
    (NoticeKind.DEFAULT, datetime(2024, 7, 22, 9, 0, tzinfo=UTC)),
    (NoticeKind.AUCTION, datetime(2024, 7, 30, 9, 0, tzinfo=UTC)),
)
COSTS = (Cost(CostKind.AUCTIONEER, 10_000, "R-17", "The hammer"),)


def usd(minor: int) -> Money:
    """An amount in US dollars."""
    return Money(minor, USD)


@contextmanager
def at(work: Any, user: str, instant: datetime):
    """A unit of work of a user at an instant."""
    with work(user) as uow:
        uow.clock = FixedClock(instant)
        yield uow


def notice(shop: Shop, contract_id: str, kind: NoticeKind, instant: datetime, **changes: Any):
    """A notice given by hand and proved to have arrived the same day."""
    new = NewNotice(
        contract_id=contract_id, kind=kind, channel=NoticeChannel.HAND, sent_on=instant.date(),
        metadata={},
    )  # fmt: skip
    if kind is NoticeKind.AUCTION:
        new = replace(new, sale_on=SALE_ON, place="Main hall", reserve_minor=742_426)
    with at(shop.work, MAKER, instant) as uow:
        made = notices.give(uow, replace(new, **changes))
        return notices.record_delivery(
            uow, made.notice_id, outcome=DeliveryOutcome.DELIVERED, delivered_on=instant.date(),
            proof="signed for",
        )  # fmt: skip


def assess(shop: Shop, contract_id: str, finding: Finding = Finding.SOLVENT_DELAYING):
    """The debtor asked on 22 July and classed on the 30th."""
    instant = datetime(2024, 7, 30, 10, 0, tzinfo=UTC)
    with at(shop.work, MAKER, instant) as uow:
        return defaults.find(
            uow,
            NewFinding(contract_id, finding, "has a shop that does well", date(2024, 7, 22),
                       date(2024, 7, 30)),
        )  # fmt: skip


def overdue(
    shop: Shop, weights_mg: Sequence[int] = (150_000,), *, per_kg_minor: int = MARKET_PER_KG,
    loan_minor: int = 700_000, **changes: Any,
) -> Contract:  # fmt: skip
    """A pledge whose debt is late, all notices given, the debtor assessed, the market known."""
    taken = active_pledge(
        shop, [a_bar(shop, weight) for weight in weights_mg], loan_minor=loan_minor, **changes
    )
    for kind, instant in LADDER:
        notice(shop, taken.contract_id, kind, instant)
    assess(shop, taken.contract_id)
    hang_board(shop.work, per_kg_minor, at=SALE_AT, explanation="a crash")
    people(shop)
    return taken


def people(shop: Shop) -> None:
    """Two identified people who may buy; once."""
    with shop.work(MAKER) as uow:
        known = parties.store.load_parties(uow, [DEALER])
        if known:
            return
        kinds = (NewParty(PartyKind.ORGANISATION, "Dealer", DEALER),
                 NewParty(PartyKind.PERSON, "Rival", RIVAL))  # fmt: skip
        parties.create_parties(uow, kinds)
        proofs = [Document("national_id", "NID-9")]
        parties.record_verifications(
            uow, [NewVerification(DEALER, proofs), NewVerification(RIVAL, proofs)]
        )


def an_auction(shop: Shop, *, mode: BidMode = BidMode.OPEN, **changes: Any) -> Auction:
    """An auction of 15 August, announced on 1 August."""
    new = NewAuction(
        name="August", mode=mode, asset=USD, channel="public", place="Main hall",
        announced_on=date(2024, 8, 1), announcement="in the paper", opens_at=SALE_AT,
        closes_at=CLOSE_AT, branch_id=None, auctioneer_party_id=None, licence=None,
        is_licence_required=False, bids_max_per_bidder=None, payment_days=3, external_id=None,
        metadata={},
    )  # fmt: skip
    with at(shop.work, MAKER, datetime(2024, 8, 1, 9, 0, tzinfo=UTC)) as uow:
        return auctions.plan(uow, replace(new, **changes))


def put_up(shop: Shop, auction: Auction, contract: Contract, **changes: Any) -> Lot:
    """A lot put up an hour before the session, on a board of that day."""
    instant = auction.opens_at - timedelta(minutes=0)
    with at(shop.work, MAKER, instant) as uow:
        return lots.put_up(uow, NewLot(auction.auction_id, contract.contract_id, **changes))


def session(shop: Shop, auction: Auction) -> None:
    """Opens the session and admits both bidders."""
    with at(shop.work, MAKER, auction.opens_at) as uow:
        auctions.open_session(uow, auction.auction_id)
        for party_id in (DEALER, RIVAL):
            bids.admit(uow, auction.auction_id, party_id)


def bid(shop: Shop, lot: Lot, party_id: str, minor: int, instant: datetime | None = None) -> Bid:
    """A bid, at noon unless said otherwise."""
    with at(shop.work, MAKER, instant or SALE_AT + timedelta(hours=3)) as uow:
        return bids.place(uow, lot.lot_id, party_id, usd(minor))


def hammer(shop: Shop, auction: Auction, *, user: str = CHECKER) -> Auction:
    """The session closed at its hour."""
    with at(shop.work, user, auction.closes_at) as uow:
        return closing.close(uow, auction.auction_id)


def paid_lot(shop: Shop, contract: Contract, minor: int) -> Lot:
    """A lot struck to the dealer at a price and paid the same evening."""
    auction = an_auction(shop)
    lot = put_up(shop, auction, contract)
    session(shop, auction)
    bid(shop, lot, DEALER, minor)
    hammer(shop, auction)
    with at(shop.work, MAKER, CLOSE_AT) as uow:
        return closing.receive_payment(uow, lot.lot_id, usd(minor), method="cash", reference="P-1")


def a_sale(contract: Contract, method: SaleMethod, **changes: Any) -> NewSale:
    """A sale of everything to the dealer at 8,200.00 with an auctioneer's 100.00."""
    items = tuple(one.item_id for one in contract.items)
    is_lot = method is SaleMethod.AUCTION
    given = {
        "contract_id": contract.contract_id, "method": method, "lot_id": None,
        "buyer_id": None if is_lot else DEALER, "price_minor": None if is_lot else 820_000,
        "item_ids": None if is_lot else items, "costs": COSTS, "quotes": (),
        "owner_sale_contract": None, "payment_method": "cash", "payment_reference": None,
        "external_id": None, "metadata": {}, **changes,
    }  # fmt: skip
    return NewSale(**given)


def sold_at_auction(shop: Shop, contract: Contract, minor: int) -> Sale:
    """A lot struck, paid and shared out by a third officer, with costs of 100.00."""
    lot = paid_lot(shop, contract, minor)
    new = a_sale(contract, SaleMethod.AUCTION, lot_id=lot.lot_id)
    with at(shop.work, FINANCE, CLOSE_AT) as uow:
        return sales.liquidate(uow, new)
