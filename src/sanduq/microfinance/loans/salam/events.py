"""Events of salam, its goods, and the parallel salam."""

from __future__ import annotations

from sanduq.events.service import EventType, declare

PRICE_PAID = "microfinance.salam.price_paid"
LAPSED = "microfinance.salam.lapsed"
DELIVERED = "microfinance.salam.delivered"
REFUSED = "microfinance.salam.delivery_refused"
SUBSTITUTED = "microfinance.salam.substituted"
EXTENDED = "microfinance.salam.extended"
CANCELLED = "microfinance.salam.cancelled"
PLEDGE_SOLD = "microfinance.salam.pledge_sold"
GOODS_SOLD = "microfinance.salam.goods_sold"
GOODS_WRITTEN_DOWN = "microfinance.salam.goods_written_down"
COMMODITY_CREATED = "microfinance.commodity.created"
PARALLEL_CREATED = "microfinance.parallel_salam.created"
PARALLEL_DELIVERED = "microfinance.parallel_salam.delivered"

_SALAM = "SalamObject"

declare(
    EventType(PRICE_PAID, "The price of a salam was paid, in whole or in part", _SALAM),
    EventType(LAPSED, "What of the price was not paid in time lapsed with its goods", _SALAM),
    EventType(DELIVERED, "Goods of a salam were received", _SALAM),
    EventType(REFUSED, "Goods brought were refused", _SALAM),
    EventType(SUBSTITUTED, "Other goods were received in place of those sold", _SALAM),
    EventType(EXTENDED, "The buyer waits for goods not delivered", _SALAM),
    EventType(CANCELLED, "A salam was cancelled in whole or in part", _SALAM),
    EventType(PLEDGE_SOLD, "A pledge was sold for money due on a cancelled salam", _SALAM),
    EventType(GOODS_SOLD, "Goods in hand were sold", "SalamSaleObject"),
    EventType(GOODS_WRITTEN_DOWN, "Goods in hand were written down", "SalamGoodsObject"),
    EventType(COMMODITY_CREATED, "A commodity was registered", "CommodityObject"),
    EventType(PARALLEL_CREATED, "A parallel salam was concluded", "ParallelSalamObject"),
    EventType(PARALLEL_DELIVERED, "Goods were delivered to its buyer", "ParallelSalamObject"),
)
