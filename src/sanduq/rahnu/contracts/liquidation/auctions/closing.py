"""The hammer: an auction closed and its lots struck by another than who opened it; the payment."""

from __future__ import annotations

from dataclasses import replace

from sanduq.access import service as access
from sanduq.kit.db import UnitOfWork
from sanduq.kit.ids import new_id
from sanduq.kit.money import Money
from sanduq.ledger import service as ledger
from sanduq.ledger.model import Journal
from sanduq.rahnu.contracts import service as contracts
from sanduq.rahnu.contracts.facts import Gathered
from sanduq.rahnu.contracts.liquidation.auctions import events, postings, store
from sanduq.rahnu.contracts.liquidation.auctions import service as auctions
from sanduq.rahnu.contracts.liquidation.auctions.errors import (
    NotYetLate,
    PaymentDiffers,
    SameOfficer,
    TooEarlyToClose,
)
from sanduq.rahnu.contracts.liquidation.auctions.facts import Strike, before_sale, sale_fact
from sanduq.rahnu.contracts.liquidation.auctions.lots import (
    due_for_payment,
    locked_lot,
    price_consent,
    require_next,
    told,
    withdrawn,
)
from sanduq.rahnu.contracts.liquidation.auctions.model import (
    Auction,
    AuctionAction,
    AuctionStatus,
    Bid,
    Lot,
    LotItem,
    LotStatus,
    best_bid,
    effective_reserve_minor,
    least_price_minor,
)
from sanduq.rahnu.contracts.liquidation.auctions.related import RUN, related
from sanduq.rahnu.contracts.liquidation.market import market_of
from sanduq.rahnu.contracts.liquidation.notices import defaults
from sanduq.rahnu.contracts.liquidation.service import keep_rules, known_of, pledged
from sanduq.rahnu.facts import RahnAction

AWARD = "auction.award"


def close(uow: UnitOfWork, auction_id: str, *, etag: str | None = None) -> Auction:
    """Closes the session and strikes each lot to its highest bid, the earliest of equals.

    A lot whose debt was paid goes back to its owner (ARN-04); one without a bid that reaches the
    reserve and the market stays unsold and may be put up again (ARN-07). Refuses NOT_FOUND;
    FORBIDDEN without `auction.award`, and whoever opened the auction; LIMIT_EXCEEDED; CONFLICT
    (state, before the closing time); NO_PRICE_BOARD; SHARIAH_VIOLATION a sale the rules refuse.
    """
    auction = auctions.locked(uow, auction_id, AuctionAction.CLOSE, etag)
    access.require_authority(uow, AWARD, None)
    if auction.opened_by == uow.actor.user_id:
        raise SameOfficer
    if uow.now < auction.closes_at:
        raise TooEarlyToClose(
            f"{auction_id} stays open until {auction.closes_at:%Y-%m-%d %H:%M} UTC, as announced"
        )
    found = store.lots(uow, "auction_id", auction_id, is_locked=True)
    listed = [lot for lot in found if lot.status is LotStatus.LISTED]
    made = store.bids_of(uow, [lot.lot_id for lot in listed])
    for lot in listed:
        _strike(uow, auction, lot, made[lot.lot_id])
    store.update_auction(
        uow, auction_id, status=AuctionStatus.CLOSED, closed_at=uow.now,
        closed_by=uow.actor.user_id,
    )  # fmt: skip
    auctions.changed(uow, auction_id, events.CLOSED, "auction.close")
    auctions.settle_when_over(uow, auction_id)
    return auctions.get(uow, auction_id)


def _strike(uow: UnitOfWork, auction: Auction, lot: Lot, bids: list[Bid]) -> None:
    """Gives a lot to its best bid, or says why it stays."""
    contract = contracts.get(uow, lot.contract_id)
    known = known_of(uow, contract)
    if not contract.is_in_force or known.debt is None or not known.debt.is_past_due:
        if lot.status is LotStatus.LISTED:
            withdrawn(uow, lot, "its debt was paid before the hammer fell")
        else:
            _unsold(uow, lot, "its debt was paid before another buyer was found")
        return
    priced = _priced(uow, known, lot)
    least = least_price_minor(
        priced, priced.market_minor, known.template.terms,
        has_price_consent=price_consent(uow, lot.contract_id) is not None,
    )  # fmt: skip
    winner = best_bid(bids, least, lot.passed_bid_ids)
    if winner is None:
        _unsold(uow, lot, _why_unsold(bids))
        return
    _award(uow, auction, known, priced, winner)


def _why_unsold(bids: list[Bid]) -> str:
    if not bids:
        return "nobody bid"
    reached = any(one.is_accepted for one in bids)
    return "no bid reached the market's price" if reached else "no bid reached the reserve"


def _priced(uow: UnitOfWork, known: Gathered, lot: Lot) -> Lot:
    """The lot at the market of this hour, its reserve raised with it where it rose (ARN-06)."""
    market = market_of(uow, known.contract, pledged(known.contract, lot.item_ids))
    reserve = lot.reserve_minor
    if not lot.is_best_price:
        reserve = effective_reserve_minor(lot, market.total_minor, known.template.terms)
    return replace(
        lot, market_minor=market.total_minor, priced_at=market.priced_at,
        price_board_ids=market.board_ids, reserve_minor=reserve,
        items=tuple(LotItem(one.item_id, market.values[one.item_id]) for one in lot.items),
    )  # fmt: skip


def _award(uow: UnitOfWork, auction: Auction, known: Gathered, lot: Lot, winner: Bid) -> None:
    strike = Strike(
        winner.amount_minor, winner.party_id,
        bool(related(uow, [winner.party_id], known.contract.pledgee_id)), uow.now,
    )  # fmt: skip
    consents = defaults.consents_of(uow, lot.contract_id)
    # What is needed was settled when the lot was put up, on the values of that day.
    sale = replace(sale_fact(auction, lot, consents, strike), needed_minor=None)
    facts = replace(before_sale(uow, known), sale=sale)
    keep_rules(uow, lot.contract_id, RahnAction.SALE, facts)
    store.update_lot(
        uow, lot.lot_id, status=LotStatus.AWARDED, awarded_bid_id=winner.bid_id,
        awarded_to=winner.party_id, awarded_minor=winner.amount_minor,
        awarded_by=uow.actor.user_id, market_minor=lot.market_minor, priced_at=lot.priced_at,
        price_board_ids=lot.price_board_ids, reserve_minor=lot.reserve_minor,
        **due_for_payment(uow, auction.payment_days),
    )  # fmt: skip
    told(uow, lot.lot_id, events.LOT_AWARDED, "auction.lot.award")


def _unsold(uow: UnitOfWork, lot: Lot, reason: str) -> None:
    store.update_lot(
        uow, lot.lot_id, status=LotStatus.UNSOLD, reason=reason, awarded_bid_id=None,
        awarded_to=None, awarded_minor=None, pay_by_on=None,
    )  # fmt: skip
    told(uow, lot.lot_id, events.LOT_UNSOLD, "auction.lot.unsold", reason)


def receive_payment(
    uow: UnitOfWork, lot_id: str, amount: Money, *, method: str, reference: str | None
) -> Lot:
    """Takes the buyer's money: Dr 1000 Cr 2210 under the pledge, until it is shared out.

    Refuses NOT_FOUND, FORBIDDEN without `auction.run`, CONFLICT (state), VALIDATION_ERROR another
    amount than the price struck.
    """
    lot = locked_lot(uow, lot_id)
    access.require_authority(uow, RUN, None)
    require_next(lot, LotStatus.PAID)
    assert lot.awarded_minor is not None
    price = Money(lot.awarded_minor, lot.asset)
    if amount != price:
        raise PaymentDiffers.field("amount", "not_the_price", f"the price struck is {price}")
    contract = contracts.get(uow, lot.contract_id)
    journal: Journal = postings.price_received(
        price, lot.contract_id, contract.branch_id, uow.today, lot_id, new_id("jrn")
    )
    store.update_lot(
        uow, lot_id, status=LotStatus.PAID, paid_at=uow.now, paid_by=uow.actor.user_id,
        payment_method=method, payment_reference=reference, journal_id=journal.journal_id,
    )  # fmt: skip
    after = told(uow, lot_id, events.LOT_PAID, "auction.lot.payment")
    ledger.open_accounts(uow, [entry.place for entry in journal.entries])
    ledger.post(uow, [journal])
    return after


def pass_on(uow: UnitOfWork, lot_id: str, reason: str) -> Lot:
    """Passes a lot whose buyer did not pay in his days to the next best bid, or leaves it unsold.

    Refuses NOT_FOUND; FORBIDDEN without `auction.award`, and whoever opened the auction; CONFLICT
    (state, days left to pay); NO_PRICE_BOARD; SHARIAH_VIOLATION a sale the rules refuse now.
    """
    lot = locked_lot(uow, lot_id)
    auction = auctions.get(uow, lot.auction_id)
    access.require_authority(uow, AWARD, None)
    if auction.opened_by == uow.actor.user_id:
        raise SameOfficer
    require_next(lot, LotStatus.UNSOLD)
    if lot.status is not LotStatus.AWARDED or lot.pay_by_on is None:
        require_next(lot, LotStatus.PAID)
    if lot.pay_by_on is not None and uow.today <= lot.pay_by_on:
        raise NotYetLate(f"the buyer has until the end of {lot.pay_by_on} to pay")
    assert lot.awarded_bid_id is not None
    passed = (*lot.passed_bid_ids, lot.awarded_bid_id)
    store.update_lot(uow, lot_id, passed_bid_ids=passed, reason=reason)
    _strike(uow, auction, replace(lot, passed_bid_ids=passed), store.bids_of(uow, [lot_id])[lot_id])
    auctions.settle_when_over(uow, lot.auction_id)
    return locked_lot(uow, lot_id)


def cancel(uow: UnitOfWork, auction_id: str, reason: str, *, etag: str | None = None) -> Auction:
    """Calls an auction off before it opens; its lots go back.

    Refuses NOT_FOUND, FORBIDDEN without `auction.run`, CONFLICT (state).
    """
    auctions.locked(uow, auction_id, AuctionAction.CANCEL, etag)
    access.require_authority(uow, RUN, None)
    for lot in store.lots(uow, "auction_id", auction_id, is_locked=True):
        if lot.status is LotStatus.LISTED:
            withdrawn(uow, lot, reason)
    store.update_auction(uow, auction_id, status=AuctionStatus.CANCELLED, reason=reason)
    return auctions.changed(uow, auction_id, events.CANCELLED, "auction.cancel", reason)
