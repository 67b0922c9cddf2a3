"""Bids: admitted bidders, one session, no word taken back."""

from __future__ import annotations

from dataclasses import replace

from sanduq.access import service as access
from sanduq.audit import service as audit
from sanduq.audit.service import Deed
from sanduq.events import service as outbox
from sanduq.events.service import Event
from sanduq.kit.db import UnitOfWork
from sanduq.kit.ids import new_id
from sanduq.kit.money import Money
from sanduq.kit.pages import Page, PageRequest
from sanduq.parties import service as parties
from sanduq.rahnu.contracts import service as contracts
from sanduq.rahnu.contracts.facts import gathered
from sanduq.rahnu.contracts.liquidation.auctions import events, lots, service, store
from sanduq.rahnu.contracts.liquidation.auctions.errors import (
    BidderNotIdentified,
    BidderUnknown,
    BidMustRise,
    LotStateRefuses,
    OutsideSession,
    TooManyBids,
)
from sanduq.rahnu.contracts.liquidation.auctions.model import (
    Auction,
    AuctionAction,
    Bid,
    Bidder,
    BidMode,
    Lot,
    LotStatus,
    rises_above,
)
from sanduq.rahnu.contracts.liquidation.auctions.related import RUN, refuse_related, related
from sanduq.rahnu.contracts.liquidation.auctions.schemas import bid_out, bidder_out
from sanduq.rahnu.contracts.liquidation.service import keep_rules
from sanduq.rahnu.facts import RahnAction
from sanduq.rahnu.facts_sale import BidFact


def admit(uow: UnitOfWork, auction_id: str, party_id: str) -> Bidder:
    """Admits a bidder under a number of his own.

    Refuses NOT_FOUND; FORBIDDEN without `auction.run`; CONFLICT an auction that is over, a
    bidder admitted before; BIDDER_NOT_IDENTIFIED a party without identity documents;
    SHARIAH_VIOLATION the creditor, its staff, its valuers and whoever stands near them (RHN-25).
    """
    auction = service.get(uow, auction_id)
    action = AuctionAction.BID if auction.opened_at else AuctionAction.CHANGE
    service.locked(uow, auction_id, action)
    access.require_authority(uow, RUN, None)
    party = parties.get_party(uow, party_id)
    refuse_related(uow, auction_id, party_id)
    first = min(parties.list_tiers(uow), key=lambda tier: tier.rank)
    if party.kyc_tier == first.tier:
        raise BidderNotIdentified(
            f"{party_id} is on the tier {first.tier}, which asks for no document: record one by"
            " POST /v1/kyc/verifications, then admit the bidder"
        )
    made = store.insert_bidder(uow, Bidder(auction_id, party_id, 0, uow.now, uow.actor.user_id))
    details = {"party_id": party_id, "paddle": made.paddle}
    audit.record(uow, [Deed("auction.bidder.admit", auction_id, None, details)])
    outbox.record(uow, [Event(events.BIDDER_REGISTERED, auction_id, bidder_out(made))])
    return made


def place(uow: UnitOfWork, lot_id: str, party_id: str, amount: Money) -> Bid:
    """Takes a bid, which binds its bidder until the session ends (ARN-05).

    One below the reserve is written down and cannot win. Refuses NOT_FOUND a lot or bidder;
    FORBIDDEN without `auction.run`; CONFLICT outside the session, a lot that is gone;
    LIMIT_EXCEEDED the bids of the lot; VALIDATION_ERROR another currency, an open bid that does
    not rise; SHARIAH_VIOLATION a related bidder (RHN-25).
    """
    lot = lots.get_lot(uow, lot_id)
    # Held in common by those who bid, alone by who closes: a bid is before the close or refused.
    auction = service.locked(uow, lot.auction_id, AuctionAction.BID, lock=service.FOR_SHARE)
    access.require_authority(uow, RUN, None)
    if not auction.is_session_at(uow.now):
        raise OutsideSession(
            f"{auction.auction_id} takes bids from {auction.opens_at:%Y-%m-%d %H:%M} to"
            f" {auction.closes_at:%Y-%m-%d %H:%M} UTC; it is {uow.now:%Y-%m-%d %H:%M}"
        )
    lot = lots.locked_lot(uow, lot_id)
    if lot.status is not LotStatus.LISTED:
        raise LotStateRefuses(f"{lot_id} is {lot.status}: it takes no bids")
    if store.get_bidder(uow, auction.auction_id, party_id) is None:
        raise BidderUnknown
    _check_amount(uow, auction, lot, party_id, amount)
    _keep_rules(uow, auction, lot, party_id)
    made = Bid(
        new_id("bid"), lot_id, auction.auction_id, party_id, amount.amount_minor,
        lot.is_best_price or amount.amount_minor >= lot.reserve_minor, uow.now,
        uow.actor.user_id,
    )  # fmt: skip
    store.insert_bid(uow, made)
    audit.record(uow, [Deed("auction.bid", lot_id, None, {"bid_id": made.bid_id})])
    data = bid_out(made, lot.asset, is_hidden=auction.are_bids_hidden)
    outbox.record(uow, [Event(events.BID_PLACED, lot_id, data)])
    return made


def _check_amount(
    uow: UnitOfWork, auction: Auction, lot: Lot, party_id: str, amount: Money
) -> None:
    if amount.asset != lot.asset:
        raise BidMustRise.field(
            "currency", "currency_differs", f"this lot is sold in {lot.asset.code}"
        )
    made = store.bids_of(uow, [lot.lot_id])[lot.lot_id]
    limit = auction.bids_max_per_bidder
    if limit is not None and sum(one.party_id == party_id for one in made) >= limit:
        raise TooManyBids(f"{party_id} has made the {limit} bids this auction allows for a lot")
    standing = max((one.amount_minor for one in made), default=None)
    if auction.mode is BidMode.OPEN and not rises_above(standing, amount.amount_minor):
        assert standing is not None
        raise BidMustRise.field(
            "amount", "does_not_rise",
            f"the bid that stands is {Money(standing, lot.asset)}: bid more",
        )  # fmt: skip


def _keep_rules(uow: UnitOfWork, auction: Auction, lot: Lot, party_id: str) -> None:
    contract = contracts.get(uow, lot.contract_id)
    fact = BidFact(
        bidder_id=party_id,
        is_related=bool(related(uow, [party_id], contract.pledgee_id)),
        bid_at=uow.now,
        session_ends_at=auction.closes_at,
    )
    facts = replace(gathered(uow, contract).facts, bids=(fact,))
    keep_rules(uow, lot.lot_id, RahnAction.BID, facts)


def list_bids(uow: UnitOfWork, lot_id: str, request: PageRequest) -> tuple[Page[Bid], Lot, Auction]:
    """Bids of a lot, newest first, with what is needed to know which may be shown."""
    lot = lots.get_lot(uow, lot_id)
    return store.list_bids(uow, lot_id, request), lot, service.get(uow, lot.auction_id)


def list_bidders(uow: UnitOfWork, auction_id: str, request: PageRequest) -> Page[Bidder]:
    """Who is admitted to an auction, latest first. Refuses NOT_FOUND."""
    service.get(uow, auction_id)
    return store.list_bidders(uow, auction_id, request)
