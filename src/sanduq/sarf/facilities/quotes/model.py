"""A quote: what the board's price would give. It offers nothing; it begins the time to think."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sanduq.kit.money import Asset
from sanduq.sarf.terms.disclosure import DisclosureLine


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotedThing:
    """A thing as its owner tells of it, or as it was valued; weight net of stones."""

    item_id: str | None
    net_weight_mg: int
    fineness_bp: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NewQuote:
    """What somebody asks the price of: registered items, or weights and fineness as told."""

    customer_id: str
    asset: Asset
    item_ids: tuple[str, ...] = ()
    stated: tuple[QuotedThing, ...] = ()
    terms_id: str | None = None
    branch_id: str | None = None
    language: str | None = None
    external_id: str | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """A quote on record. An offer may be made from `offer_from`, until `expires_at`."""

    quote_id: str
    external_id: str | None
    customer_id: str
    branch_id: str
    asset: Asset
    terms_id: str
    price_board_id: str
    language: str
    lines: tuple[QuotedThing, ...]
    fine_weight_mg: int
    market_minor: int
    price_minor: int
    disclosure_version: str
    disclosure: tuple[DisclosureLine, ...]
    offer_from: datetime
    expires_at: datetime
    created_at: datetime
    created_by: str
    metadata: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class QuoteFilters:
    """Which quotes a list shows; None does not filter."""

    customer_id: str | None = None
    external_id: str | None = None
