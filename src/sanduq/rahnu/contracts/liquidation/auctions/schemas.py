"""Wire shapes of auctions, lots, bidders and bids."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any

from pydantic import AwareDatetime, Field

from sanduq.kit.money import Asset, Money
from sanduq.kit.wire import (
    AmountIn,
    AmountOut,
    Currency,
    ExternalId,
    Input,
    IsoDate,
    ListOutput,
    LongText,
    Metadata,
    Output,
    PageQuery,
    Text,
    amount,
    asset_of,
    checked_id,
    number,
)
from sanduq.rahnu.contracts.liquidation.auctions.model import (
    PAYMENT_DAYS,
    Auction,
    AuctionStatus,
    Bid,
    Bidder,
    BidMode,
    Lot,
    LotStatus,
    NewAuction,
    RelatedParty,
    Relation,
)


class AuctionIn(Input):
    name: Text
    mode: BidMode = BidMode.OPEN
    currency: Currency
    channel: Text
    place: Text
    announced_on: IsoDate | None = None
    announcement: LongText | None = None
    opens_at: AwareDatetime
    closes_at: AwareDatetime
    branch_id: Text | None = None
    auctioneer_party_id: Text | None = None
    licence: Text | None = None
    is_licence_required: bool = False
    bids_max_per_bidder: Annotated[int, Field(ge=1, le=1000)] | None = None
    payment_days: Annotated[int, Field(ge=0, le=60)] = PAYMENT_DAYS
    external_id: ExternalId | None = None
    metadata: Metadata = Field(default_factory=dict)

    def command(self) -> NewAuction:
        """The auction to plan. Refuses VALIDATION_ERROR an unknown currency, a wrong id."""
        if self.auctioneer_party_id is not None:
            checked_id(self.auctioneer_party_id, "cpty", "auctioneer_party_id")
        given = self.model_dump(exclude={"currency"})
        return NewAuction(**given, asset=asset_of(self.currency))


class AnnouncementIn(Input):
    announced_on: IsoDate
    announcement: LongText


class ReasonIn(Input):
    reason: Text


class LotIn(Input):
    contract_id: Text
    items: Annotated[list[Text], Field(min_length=1, max_length=100)] | None = None
    reserve: AmountIn | None = None
    expected_costs: AmountIn = 0
    is_best_price: bool = False


class BidderIn(Input):
    party_id: Text


class BidIn(Input):
    bidder_id: Text
    amount: AmountIn


class LotPaymentIn(Input):
    amount: AmountIn
    method: Text = "cash"
    reference: Text | None = None


class RelatedPartyIn(Input):
    party_id: Text
    relation: Relation
    user_id: Text | None = None
    note: Text | None = None


class AuctionFilters(PageQuery):
    status: AuctionStatus | None = None
    mode: BidMode | None = None
    branch_id: Text | None = None
    currency: Currency | None = None
    external_id: ExternalId | None = None

    def chosen(self) -> dict[str, str]:
        """The filters that were given."""
        given = {
            "status": self.status,
            "mode": self.mode,
            "branch_id": self.branch_id,
            "asset": None if self.currency is None else asset_of(self.currency),
            "external_id": self.external_id,
        }
        return {name: str(value) for name, value in given.items() if value is not None}


class LotFilters(PageQuery):
    auction_id: Text | None = None
    contract_id: Text | None = None
    status: LotStatus | None = None

    def chosen(self) -> dict[str, str]:
        """The filters that were given."""
        given = {
            "auction_id": self.auction_id,
            "contract_id": self.contract_id,
            "status": self.status,
        }
        return {name: str(value) for name, value in given.items() if value is not None}


class RelatedFilters(PageQuery):
    relation: Relation | None = None


class PledgeAuctionOut(Output):
    id: str
    type: str
    external_id: str | None
    name: str
    status: AuctionStatus
    mode: BidMode
    currency: str
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
    metadata: dict[str, str]
    reason: str | None
    created_at: datetime
    created_by: str
    opened_at: datetime | None
    opened_by: str | None
    closed_at: datetime | None
    closed_by: str | None
    settled_at: datetime | None


class PledgeAuctionList(ListOutput):
    data: list[PledgeAuctionOut]


class LotItemOut(Output):
    item_id: str
    market_value: AmountOut


class PledgeLotOut(Output):
    id: str
    type: str
    auction_id: str
    contract_id: str
    number: int
    status: LotStatus
    items: list[LotItemOut]
    currency: str
    attempt: int
    is_best_price: bool
    market_value: AmountOut
    priced_at: datetime
    price_board_ids: list[str]
    reserve: AmountOut
    needed: AmountOut
    awarded_to: str | None
    price: AmountOut | None
    awarded_at: datetime | None
    awarded_by: str | None
    pay_by_on: date | None
    paid_at: datetime | None
    payment_method: str | None
    payment_reference: str | None
    reason: str | None
    created_at: datetime
    created_by: str
    ended_at: datetime | None


class PledgeLotList(ListOutput):
    data: list[PledgeLotOut]


class PledgeBidderOut(Output):
    auction_id: str
    party_id: str
    paddle: int
    registered_at: datetime
    registered_by: str


class PledgeBidderList(ListOutput):
    data: list[PledgeBidderOut]


class PledgeBidOut(Output):
    id: str
    type: str
    lot_id: str
    auction_id: str
    bidder_id: str
    is_sealed: bool
    amount: AmountOut | None
    is_accepted: bool | None
    bid_at: datetime
    recorded_by: str


class PledgeBidList(ListOutput):
    data: list[PledgeBidOut]


class RelatedPartyOut(Output):
    party_id: str
    relation: Relation
    user_id: str | None
    note: str | None
    recorded_at: datetime
    recorded_by: str
    ended_on: date | None
    ended_by: str | None


class RelatedPartyList(ListOutput):
    data: list[RelatedPartyOut]


def auction_out(auction: Auction) -> dict[str, Any]:
    """An auction as the API and its events write it."""
    shown = {
        name: getattr(auction, name)
        for name in PledgeAuctionOut.model_fields
        if name not in ("id", "type", "currency", "metadata")
    }
    return PledgeAuctionOut(
        id=auction.auction_id,
        type="pledge_auction",
        currency=auction.asset.code,
        metadata=dict(auction.metadata),
        **shown,
    ).model_dump()


def lot_out(lot: Lot) -> dict[str, Any]:
    """A lot as the API and its events write it."""

    def money(minor: int) -> Decimal:
        return number(Money(minor, lot.asset))

    return PledgeLotOut(
        id=lot.lot_id,
        type="pledge_lot",
        auction_id=lot.auction_id,
        contract_id=lot.contract_id,
        number=lot.number,
        status=lot.status,
        items=[
            LotItemOut(item_id=one.item_id, market_value=money(one.market_minor))
            for one in lot.items
        ],
        currency=lot.asset.code,
        attempt=lot.attempt,
        is_best_price=lot.is_best_price,
        market_value=money(lot.market_minor),
        priced_at=lot.priced_at,
        price_board_ids=list(lot.price_board_ids),
        reserve=money(lot.reserve_minor),
        needed=money(lot.needed_minor),
        awarded_to=lot.awarded_to,
        price=None if lot.awarded_minor is None else money(lot.awarded_minor),
        awarded_at=lot.awarded_at,
        awarded_by=lot.awarded_by,
        pay_by_on=lot.pay_by_on,
        paid_at=lot.paid_at,
        payment_method=lot.payment_method,
        payment_reference=lot.payment_reference,
        reason=lot.reason,
        created_at=lot.created_at,
        created_by=lot.created_by,
        ended_at=lot.ended_at,
    ).model_dump()


def bidder_out(bidder: Bidder) -> dict[str, Any]:
    """A bidder as the API and the event write it."""
    return PledgeBidderOut(
        auction_id=bidder.auction_id,
        party_id=bidder.party_id,
        paddle=bidder.paddle,
        registered_at=bidder.registered_at,
        registered_by=bidder.registered_by,
    ).model_dump()


def bid_out(bid: Bid, asset: Asset, *, is_hidden: bool) -> dict[str, Any]:
    """A bid; while it is sealed nobody is told how much it is."""
    return PledgeBidOut(
        id=bid.bid_id,
        type="pledge_bid",
        lot_id=bid.lot_id,
        auction_id=bid.auction_id,
        bidder_id=bid.party_id,
        is_sealed=is_hidden,
        amount=None if is_hidden else number(Money(bid.amount_minor, asset)),
        is_accepted=None if is_hidden else bid.is_accepted,
        bid_at=bid.bid_at,
        recorded_by=bid.recorded_by,
    ).model_dump()


def related_out(one: RelatedParty) -> dict[str, Any]:
    """A party on the register as the API writes it."""
    return RelatedPartyOut(
        party_id=one.party_id,
        relation=one.relation,
        user_id=one.user_id,
        note=one.note,
        recorded_at=one.recorded_at,
        recorded_by=one.recorded_by,
        ended_on=one.ended_on,
        ended_by=one.ended_by,
    ).model_dump()


def money_in(value: object, asset: Asset, field: str) -> Money:
    """A positive amount in the currency of a lot. Refuses VALIDATION_ERROR."""
    return amount(value, asset, field, is_positive=True)
