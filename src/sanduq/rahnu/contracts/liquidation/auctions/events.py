"""What auctions tell the outside. A sealed bid says who bid for what, never how much."""

from __future__ import annotations

from sanduq.events.service import EventType, declare

PLANNED = "rahnu.auction.planned"
ANNOUNCED = "rahnu.auction.announced"
OPENED = "rahnu.auction.opened"
CLOSED = "rahnu.auction.closed"
SETTLED = "rahnu.auction.settled"
CANCELLED = "rahnu.auction.cancelled"
LOT_LISTED = "rahnu.auction.lot_listed"
LOT_AWARDED = "rahnu.auction.lot_awarded"
LOT_UNSOLD = "rahnu.auction.lot_unsold"
LOT_WITHDRAWN = "rahnu.auction.lot_withdrawn"
LOT_PAID = "rahnu.auction.lot_paid"
LOT_SETTLED = "rahnu.auction.lot_settled"
BID_PLACED = "rahnu.auction.bid_placed"
BIDDER_REGISTERED = "rahnu.auction.bidder_registered"

declare(
    EventType(PLANNED, "Auction planned", "PledgeAuctionOut"),
    EventType(ANNOUNCED, "Auction announced to the public", "PledgeAuctionOut"),
    EventType(OPENED, "Auction opened for bids", "PledgeAuctionOut"),
    EventType(CLOSED, "Auction closed", "PledgeAuctionOut"),
    EventType(SETTLED, "Every lot of the auction came to its end", "PledgeAuctionOut"),
    EventType(CANCELLED, "Auction called off", "PledgeAuctionOut"),
    EventType(LOT_LISTED, "Lot put up", "PledgeLotOut"),
    EventType(LOT_AWARDED, "Hammer fell: lot awarded", "PledgeLotOut"),
    EventType(LOT_UNSOLD, "Lot found no buyer", "PledgeLotOut"),
    EventType(LOT_WITHDRAWN, "Lot withdrawn before the hammer fell", "PledgeLotOut"),
    EventType(LOT_PAID, "Buyer paid for the lot", "PledgeLotOut"),
    EventType(LOT_SETTLED, "Lot sold and its price shared out", "PledgeLotOut"),
    EventType(BID_PLACED, "Bid placed", "PledgeBidOut"),
    EventType(BIDDER_REGISTERED, "Bidder admitted", "PledgeBidderOut"),
)
