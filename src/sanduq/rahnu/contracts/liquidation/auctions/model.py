"""Auctions of pledges: their states, their lots, and who wins. No I/O."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sanduq.kit.money import Asset
from sanduq.rahnu.contracts.liquidation.model import BP, reserve_minor
from sanduq.rahnu.templates.model import PledgeTerms

PAYMENT_DAYS = 3
"""Days a buyer has to pay, where the auction says nothing else."""

BEST_PRICE_ATTEMPT = 3
"""From this attempt on a lot may go at the best price, with the owner's or the board's consent."""

ATTEMPTS_MAX = 9


class AuctionStatus(StrEnum):
    PLANNED = "PLANNED"
    ANNOUNCED = "ANNOUNCED"
    OPEN = "OPEN"
    CLOSED = "CLOSED"
    SETTLED = "SETTLED"
    CANCELLED = "CANCELLED"


class AuctionAction(StrEnum):
    CHANGE = "change"
    ANNOUNCE = "announce"
    LIST = "list"
    OPEN = "open"
    BID = "bid"
    CLOSE = "close"
    SETTLE = "settle"
    CANCEL = "cancel"


_S = AuctionStatus

ALLOWED: Mapping[AuctionAction, frozenset[AuctionStatus]] = {
    AuctionAction.CHANGE: frozenset({_S.PLANNED, _S.ANNOUNCED}),
    AuctionAction.ANNOUNCE: frozenset({_S.PLANNED}),
    AuctionAction.LIST: frozenset({_S.ANNOUNCED}),
    AuctionAction.OPEN: frozenset({_S.ANNOUNCED}),
    AuctionAction.BID: frozenset({_S.OPEN}),
    AuctionAction.CLOSE: frozenset({_S.OPEN}),
    AuctionAction.SETTLE: frozenset({_S.CLOSED}),
    AuctionAction.CANCEL: frozenset({_S.PLANNED, _S.ANNOUNCED}),
}


def is_allowed(action: AuctionAction, status: AuctionStatus) -> bool:
    """Whether the state table lets `action` happen to an auction in `status`."""
    return status in ALLOWED[action]


def actions_of(status: AuctionStatus) -> list[str]:
    """What can be done with an auction in `status`, by name."""
    return sorted(str(action) for action, states in ALLOWED.items() if status in states)


class LotStatus(StrEnum):
    LISTED = "LISTED"
    AWARDED = "AWARDED"
    PAID = "PAID"
    SOLD = "SOLD"
    UNSOLD = "UNSOLD"
    WITHDRAWN = "WITHDRAWN"


_L = LotStatus

LOT_NEXT: Mapping[LotStatus, frozenset[LotStatus]] = {
    _L.LISTED: frozenset({_L.AWARDED, _L.UNSOLD, _L.WITHDRAWN}),
    _L.AWARDED: frozenset({_L.AWARDED, _L.PAID, _L.UNSOLD}),
    _L.PAID: frozenset({_L.SOLD}),
    _L.SOLD: frozenset(),
    _L.UNSOLD: frozenset(),
    _L.WITHDRAWN: frozenset(),
}
FALLEN = frozenset({_L.AWARDED, _L.PAID})
"""The hammer has fallen: the thing belongs to its buyer against the price."""

OVER = frozenset({_L.SOLD, _L.UNSOLD, _L.WITHDRAWN})


class BidMode(StrEnum):
    """`sealed` bids are seen by nobody before the end; `open` ones rise before everyone."""

    SEALED = "sealed"
    OPEN = "open"


class Relation(StrEnum):
    """How somebody stands on the creditor's side (RHN-25)."""

    STAFF = "staff"
    VALUER = "valuer"
    KIN = "kin"
    OWNER = "owner"
    AFFILIATE = "affiliate"


@dataclass(frozen=True, slots=True)
class RelatedParty:
    """Somebody who may not buy a pledge while the relation lasts."""

    party_id: str
    relation: Relation
    user_id: str | None
    note: str | None
    recorded_at: datetime
    recorded_by: str
    ended_on: date | None
    ended_by: str | None

    def is_related_on(self, day: date) -> bool:
        return self.ended_on is None or day < self.ended_on


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAuction:
    """An auction about to be planned. `bids_max_per_bidder` counts per lot; None: any number."""

    name: str
    mode: BidMode
    asset: Asset
    channel: str
    place: str
    announced_on: date | None
    announcement: str | None
    opens_at: datetime
    closes_at: datetime
    branch_id: str | None
    auctioneer_party_id: str | None
    licence: str | None
    is_licence_required: bool
    bids_max_per_bidder: int | None
    payment_days: int
    external_id: str | None
    metadata: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Auction:
    """An auction on record."""

    auction_id: str
    external_id: str | None
    name: str
    status: AuctionStatus
    mode: BidMode
    asset: Asset
    branch_id: str
    channel: str
    place: str
    announced_on: date | None
    announcement: str | None
    opens_at: datetime
    closes_at: datetime
    auctioneer_party_id: str | None
    licence: str | None
    is_licence_required: bool
    bids_max_per_bidder: int | None
    payment_days: int
    metadata: Mapping[str, str]
    reason: str | None
    created_at: datetime
    created_by: str
    opened_at: datetime | None
    opened_by: str | None
    closed_at: datetime | None
    closed_by: str | None
    settled_at: datetime | None
    version: int

    @property
    def etag(self) -> str:
        return f'"{self.auction_id}.{self.version}"'

    @property
    def are_bids_hidden(self) -> bool:
        """Whether what was bid is still a secret."""
        return self.mode is BidMode.SEALED and self.status not in (_S.CLOSED, _S.SETTLED)

    def is_session_at(self, instant: datetime) -> bool:
        """Whether bids are taken at an instant; the last is before the closing time."""
        return self.opens_at <= instant < self.closes_at


@dataclass(frozen=True, slots=True)
class LotItem:
    """A thing in a lot at its market value."""

    item_id: str
    market_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Lot:
    """Things of one pledge put up together. `passed_bid_ids`: winners who did not pay."""

    lot_id: str
    auction_id: str
    contract_id: str
    number: int
    status: LotStatus
    asset: Asset
    attempt: int
    is_best_price: bool
    market_minor: int
    priced_at: datetime
    price_board_ids: tuple[str, ...]
    reserve_minor: int
    needed_minor: int
    awarded_bid_id: str | None
    awarded_to: str | None
    awarded_minor: int | None
    awarded_at: datetime | None
    awarded_by: str | None
    pay_by_on: date | None
    passed_bid_ids: tuple[str, ...]
    paid_at: datetime | None
    paid_by: str | None
    payment_method: str | None
    payment_reference: str | None
    journal_id: str | None
    reason: str | None
    created_at: datetime
    created_by: str
    ended_at: datetime | None
    version: int
    items: tuple[LotItem, ...] = ()

    @property
    def item_ids(self) -> list[str]:
        return [one.item_id for one in self.items]


@dataclass(frozen=True, slots=True)
class Bidder:
    """Somebody admitted to an auction, under the number he bids with."""

    auction_id: str
    party_id: str
    paddle: int
    registered_at: datetime
    registered_by: str


@dataclass(frozen=True, slots=True)
class Bid:
    """A bid as it was made. `is_accepted`: it reached the reserve."""

    bid_id: str
    lot_id: str
    auction_id: str
    party_id: str
    amount_minor: int
    is_accepted: bool
    bid_at: datetime
    recorded_by: str


def best_bid(bids: Sequence[Bid], least_minor: int, passed: Collection[str] = ()) -> Bid | None:
    """The highest bid not under `least_minor`, the earliest of equals; None when there is none.

    `passed`: bids that won before and were not paid.
    """
    standing = [one for one in bids if one.amount_minor >= least_minor and one.bid_id not in passed]
    return min(standing, key=lambda one: (-one.amount_minor, one.bid_at, one.bid_id), default=None)


def effective_reserve_minor(lot: Lot, market_minor: int, terms: PledgeTerms) -> int:
    """The reserve with the market of the day: never under what was announced (ARN-06)."""
    return max(lot.reserve_minor, reserve_minor(market_minor, terms.reserve_bp))


def least_price_minor(
    lot: Lot, market_minor: int, terms: PledgeTerms, *, has_price_consent: bool
) -> int:
    """What a bid has to reach for the lot to go.

    The reserve; without consent to less also the market less its tolerance (RHN-24). At the best
    price, agreed to beforehand, any bid (ARN-07).
    """
    if lot.is_best_price:
        return 1
    reserve = effective_reserve_minor(lot, market_minor, terms)
    if has_price_consent:
        return reserve
    return max(reserve, -(-market_minor * (BP - terms.sale_tolerance_bp) // BP))


def rises_above(standing_minor: int | None, amount_minor: int) -> bool:
    """Whether an open bid goes higher than the one that stands."""
    return standing_minor is None or amount_minor > standing_minor


def is_settled(lots: Sequence[Lot]) -> bool:
    """Whether every lot of an auction has come to its end."""
    return all(lot.status in OVER for lot in lots)
