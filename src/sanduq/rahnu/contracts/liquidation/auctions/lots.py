"""Lots of an auction: put up, struck, paid, or given back to their owner."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from sanduq.access import service as access
from sanduq.audit import service as audit
from sanduq.audit.service import Deed
from sanduq.events import service as outbox
from sanduq.events.service import Event
from sanduq.kit.db import UnitOfWork
from sanduq.kit.errors import ValidationFailed
from sanduq.kit.ids import new_id
from sanduq.kit.pages import Page, PageRequest
from sanduq.rahnu.contracts import service as contracts
from sanduq.rahnu.contracts.facts import Gathered
from sanduq.rahnu.contracts.liquidation.auctions import events, store
from sanduq.rahnu.contracts.liquidation.auctions.errors import (
    HammerFallen,
    LotStateRefuses,
    LotUnknown,
    NothingToSell,
)
from sanduq.rahnu.contracts.liquidation.auctions.facts import before_sale, sale_fact
from sanduq.rahnu.contracts.liquidation.auctions.model import (
    ATTEMPTS_MAX,
    BEST_PRICE_ATTEMPT,
    FALLEN,
    LOT_NEXT,
    AuctionAction,
    Lot,
    LotItem,
    LotStatus,
)
from sanduq.rahnu.contracts.liquidation.auctions.related import RUN
from sanduq.rahnu.contracts.liquidation.auctions.schemas import lot_out
from sanduq.rahnu.contracts.liquidation.auctions.service import locked, settle_when_over
from sanduq.rahnu.contracts.liquidation.market import Market, market_of
from sanduq.rahnu.contracts.liquidation.model import minimal_lot, reserve_minor
from sanduq.rahnu.contracts.liquidation.notices import defaults
from sanduq.rahnu.contracts.liquidation.notices.defaults import require_finding
from sanduq.rahnu.contracts.liquidation.notices.model import ConsentKind, consent_of_kind
from sanduq.rahnu.contracts.liquidation.service import claims_of, keep_rules, known_of, pledged
from sanduq.rahnu.contracts.model import PledgeAction
from sanduq.rahnu.facts import RahnAction


@dataclass(frozen=True, slots=True)
class NewLot:
    """Things of one pledge to be put up. No things named: as few as cover debt and costs.

    `costs_minor` is what the sale is expected to cost the owner.
    """

    auction_id: str
    contract_id: str
    item_ids: tuple[str, ...] | None = None
    reserve_minor: int | None = None
    costs_minor: int = 0
    is_best_price: bool = False


def put_up(uow: UnitOfWork, new: NewLot) -> Lot:
    """Puts things of one pledge up, at a reserve from today's market.

    Refuses NOT_FOUND; FORBIDDEN without `auction.run`; CONFLICT (state, another currency, no
    finding about the debtor, a thing put up elsewhere, nothing to sell); VALIDATION_ERROR things
    that are not pledged there; NO_PRICE_BOARD; SHARIAH_VIOLATION a debt that is not due and
    unpaid (RHN-23), no authority to sell (RHN-22), a notice that is missing (ARN-02), consent
    (ARN-03), a reserve below the market's share (ARN-06), more things than needed (ARN-08), a
    best price without the owner's or the board's consent (ARN-07).
    """
    contract = contracts.locked(uow, new.contract_id, PledgeAction.AUCTION)
    auction = locked(uow, new.auction_id, AuctionAction.LIST)
    access.require_authority(uow, RUN, None)
    if auction.asset != contract.asset:
        raise ValidationFailed.field(
            "contract_id", "currency_differs",
            f"{contract.contract_id} is in {contract.asset.code}, the auction in"
            f" {auction.asset.code}",
        )  # fmt: skip
    known = known_of(uow, contract)
    claims = claims_of(uow, contract, known.debt)
    offered = pledged(contract, new.item_ids)
    market = market_of(uow, contract, offered)
    needed = claims.needed_minor + new.costs_minor - _offered(uow, contract.contract_id)
    if needed <= 0:
        raise NothingToSell
    chosen = new.item_ids or minimal_lot(market.values, needed)
    lot = _listed(uow, new, known, market, chosen, needed)
    _check_best_price(lot)
    consents = defaults.consents_of(uow, contract.contract_id)
    facts = replace(
        before_sale(uow, known),
        sale=sale_fact(auction, lot, consents),
    )
    keep_rules(uow, contract.contract_id, RahnAction.LIQUIDATE, facts)
    require_finding(uow, contract.contract_id)
    store.insert_lot(uow, lot)
    return told(uow, lot.lot_id, events.LOT_LISTED, "auction.lot.list")


def _listed(
    uow: UnitOfWork,
    new: NewLot,
    known: Gathered,
    market: Market,
    chosen: Sequence[str],
    needed: int,
) -> Lot:
    attempt = min(1 + store.unsold_before(uow, chosen), ATTEMPTS_MAX)
    total = sum(market.values[item_id] for item_id in chosen)
    return Lot(
        lot_id=new_id("lot"),
        auction_id=new.auction_id,
        contract_id=new.contract_id,
        number=1 + store.last_number(uow, new.auction_id),
        status=LotStatus.LISTED,
        asset=known.contract.asset,
        attempt=attempt,
        is_best_price=new.is_best_price,
        market_minor=total,
        priced_at=market.priced_at,
        price_board_ids=market.board_ids,
        reserve_minor=new.reserve_minor or reserve_minor(total, known.template.terms.reserve_bp),
        needed_minor=needed,
        awarded_bid_id=None,
        awarded_to=None,
        awarded_minor=None,
        awarded_at=None,
        awarded_by=None,
        pay_by_on=None,
        passed_bid_ids=(),
        paid_at=None,
        paid_by=None,
        payment_method=None,
        payment_reference=None,
        journal_id=None,
        reason=None,
        created_at=uow.now,
        created_by=uow.actor.user_id,
        ended_at=None,
        version=1,
        items=tuple(LotItem(item_id, market.values[item_id]) for item_id in sorted(chosen)),
    )


def _offered(uow: UnitOfWork, contract_id: str) -> int:
    """What other lots of the pledge bring or should bring: so much is not needed again."""
    others = store.lots(uow, "contract_id", contract_id)
    return sum(
        lot.awarded_minor or lot.market_minor
        for lot in others
        if lot.status is LotStatus.LISTED or lot.status in FALLEN
    )


def _check_best_price(lot: Lot) -> None:
    if lot.is_best_price and lot.attempt < BEST_PRICE_ATTEMPT:
        raise ValidationFailed.field(
            "is_best_price", "too_early",
            f"this is attempt {lot.attempt}; the best price is for the third, after two auctions"
            " at the reserve (rule ARN-07)",
        )  # fmt: skip


def take_back(uow: UnitOfWork, lot_id: str, reason: str) -> Lot:
    """Withdraws a lot before the hammer falls. Refuses NOT_FOUND, FORBIDDEN, CONFLICT (state)."""
    lot = locked_lot(uow, lot_id)
    access.require_authority(uow, RUN, None)
    require_next(lot, LotStatus.WITHDRAWN)
    return withdrawn(uow, lot, reason)


def withdraw_lots(uow: UnitOfWork, contract_id: str, reason: str = "redeemed by its owner") -> int:
    """Withdraws what a pledge has put up, because its owner paid; how many lots (ARN-04).

    Refuses CONFLICT HAMMER_FALLEN once a lot of it was struck: its buyer is to be served.
    """
    found = store.lots(uow, "contract_id", contract_id, is_locked=True)
    fallen = [lot.lot_id for lot in found if lot.status in FALLEN]
    if fallen:
        raise HammerFallen(
            f"the hammer has fallen on {fallen[0]} of {contract_id}: its price is shared out by"
            " liquidating it, or, if the buyer does not pay, the lot is passed on first"
        )
    listed = [lot for lot in found if lot.status is LotStatus.LISTED]
    for lot in listed:
        withdrawn(uow, lot, reason)
    return len(listed)


def follow_releases(uow: UnitOfWork, happened: Sequence[Event]) -> None:
    """Withdraws the lots of pledges that were released, in the act that releases them."""
    for event in happened:
        withdraw_lots(uow, event.subject_id)


def withdrawn(uow: UnitOfWork, lot: Lot, reason: str) -> Lot:
    """A lot taken back; its things may be put up anew or go home."""
    store.update_lot(uow, lot.lot_id, status=LotStatus.WITHDRAWN, reason=reason)
    return told(uow, lot.lot_id, events.LOT_WITHDRAWN, "auction.lot.withdraw", reason)


def price_consent(uow: UnitOfWork, contract_id: str) -> str | None:
    """The owner's latest consent to a price below the market's, if he gave one."""
    consents = defaults.consents_of(uow, contract_id)
    return consent_of_kind(consents, ConsentKind.BELOW_MARKET)


def due_for_payment(uow: UnitOfWork, payment_days: int) -> dict[str, object]:
    """The clock that starts when the hammer falls."""
    return {"awarded_at": uow.now, "pay_by_on": uow.today + timedelta(days=payment_days)}


def of_contract(uow: UnitOfWork, contract_id: str, *, is_locked: bool = False) -> list[Lot]:
    """Every lot of a pledge, in the order of their ids."""
    return store.lots(uow, "contract_id", contract_id, is_locked=is_locked)


def settle(uow: UnitOfWork, lot_id: str) -> Lot:
    """Says that the price of a lot was shared out. Refuses CONFLICT one that is not paid."""
    require_next(locked_lot(uow, lot_id), LotStatus.SOLD)
    store.update_lot(uow, lot_id, status=LotStatus.SOLD)
    lot = told(uow, lot_id, events.LOT_SETTLED, "auction.lot.settle")
    settle_when_over(uow, lot.auction_id)
    return lot


def get_lot(uow: UnitOfWork, lot_id: str) -> Lot:
    """One lot. Refuses NOT_FOUND."""
    found = store.lots(uow, "lot_id", lot_id)
    if not found:
        raise LotUnknown
    return found[0]


def locked_lot(uow: UnitOfWork, lot_id: str) -> Lot:
    """One lot, locked until the unit of work ends. Refuses NOT_FOUND."""
    found = store.lots(uow, "lot_id", lot_id, is_locked=True)
    if not found:
        raise LotUnknown
    return found[0]


def require_next(lot: Lot, wanted: LotStatus) -> None:
    """Refuses CONFLICT a step the lot's state does not allow."""
    if wanted not in LOT_NEXT[lot.status]:
        allowed = ", ".join(sorted(LOT_NEXT[lot.status])) or "nothing"
        raise LotStateRefuses(f"{lot.lot_id} is {lot.status}; it can become {allowed}")


def search_lots(uow: UnitOfWork, filters: Mapping[str, str], request: PageRequest) -> Page[Lot]:
    """Lots that match every filter, newest first."""
    return store.search_lots(uow, filters, request)


def told(uow: UnitOfWork, lot_id: str, event: str, deed: str, reason: str | None = None) -> Lot:
    """The lot after a change, told to the audit log and to the outside."""
    lot = get_lot(uow, lot_id)
    audit.record(uow, [Deed(deed, lot_id, reason, {"contract_id": lot.contract_id})])
    outbox.record(uow, [Event(event, lot_id, lot_out(lot))])
    return lot
