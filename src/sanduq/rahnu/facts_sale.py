"""What the rules look at when a pledge comes near its sale, is sold, and its price is shared."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class NoticeKind(StrEnum):
    """The four notices, in the order in which they are given."""

    REMINDER = "reminder"
    MATURITY = "maturity"
    DEFAULT = "default"
    AUCTION = "auction"


class SaleChannel(StrEnum):
    """How a pledge is sold."""

    AUCTION = "auction"
    DEALER = "dealer"
    TO_CREDITOR = "to_creditor"


class UnclaimedFate(StrEnum):
    """Where a surplus nobody fetched lies, or is about to go."""

    AUTHORITY = "authority"
    CHARITY = "charity"
    HELD = "held"
    INCOME = "income"
    OWNER = "owner"


@dataclass(frozen=True, slots=True)
class NoticeFact:
    """A notice given on a day. `proof`: how its delivery is shown (None: not at all).

    Day, place, reserve and payoff stand in the notice of the auction.
    """

    kind: NoticeKind
    given_on: date
    proof: str | None
    sale_on: date | None = None
    place: str | None = None
    reserve_minor: int | None = None
    payoff_minor: int | None = None


@dataclass(frozen=True, slots=True)
class LiquidationConsent:
    """What the owner agreed to about a sale: at signing, at default, or before a court.

    `confirmed_on`: the owner answered the request made at default. `order_reference`: a court's.
    """

    signed_on: date | None = None
    confirmed_on: date | None = None
    fresh_consent_id: str | None = None
    order_reference: str | None = None


@dataclass(frozen=True, slots=True)
class Lot:
    """An item put up, at what it should bring."""

    item_id: str
    value_minor: int


@dataclass(frozen=True, slots=True)
class OwnerSale:
    """A fresh sale by the owner to the creditor: its contract, quote, and the balance paid out."""

    contract_id: str | None
    independent_quote_minor: int | None
    balance_due_minor: int
    balance_paid_minor: int


@dataclass(frozen=True, slots=True)
class SaleFact:
    """A sale planned (`sold_at` None) or made.

    `market_minor` is what the lots are worth in the market at `reference_at`; `needed_minor` the
    debt and the costs; `lots` what is sold for it. `price_consent_id`: the owner or the board
    agreed to a price below the market. `attempt` counts from one.
    """

    channel: SaleChannel
    market_minor: int | None
    reference_at: datetime | None
    price_minor: int | None = None
    reserve_minor: int | None = None
    sale_at: datetime | None = None
    sold_at: datetime | None = None
    attempt: int = 1
    announced_at: datetime | None = None
    place: str | None = None
    auctioneer_licence: str | None = None
    is_licence_required: bool = False
    buyer_id: str | None = None
    is_related: bool = False
    price_consent_id: str | None = None
    best_price_notice_id: str | None = None
    owner_sale: OwnerSale | None = None
    lots: tuple[Lot, ...] = ()
    needed_minor: int | None = None
    is_payoff_open: bool = True
    paid_off_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class BidFact:
    """A bid in a public sale; it binds until the session ends."""

    bidder_id: str
    is_related: bool
    bid_at: datetime
    is_identified: bool = True
    withdrawn_at: datetime | None = None
    session_ends_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class SurplusFact:
    """What is left for the owner after a sale, and by when it is told and paid."""

    amount_minor: int
    sold_on: date
    recorded_on: date | None = None
    statement_on: date | None = None
    pay_by_on: date | None = None
    paid_on: date | None = None


@dataclass(frozen=True, slots=True)
class ShortfallFact:
    """What the price did not cover, as it stays in the books; it never grows."""

    recorded_minor: int
    added_minor: int = 0


@dataclass(frozen=True, slots=True)
class Unclaimed:
    """A surplus nobody fetched: how its owner was sought, and what becomes of it."""

    amount_minor: int
    fate: UnclaimedFate
    tracing: tuple[str, ...] = ()
    authority_reference: str | None = None


@dataclass(frozen=True, slots=True)
class FeeEnd:
    """Through which day the fee was charged, and when the thing was sold or ready to fetch."""

    charged_through_on: date
    sold_on: date | None = None
    ready_on: date | None = None
