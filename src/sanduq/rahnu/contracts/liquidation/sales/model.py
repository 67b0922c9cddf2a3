"""The sale of pledged things: how it is made, what it costs, and how its price was shared. No I/O.

`costs_minor` of an executed sale: `sale_costs_minor` is all it cost, of which the owner bears
`owner_costs_minor`, and nothing unless the contract says so (rule RHN-14).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sanduq.kit.money import Asset
from sanduq.rahnu.model import Waterfall


class SaleMethod(StrEnum):
    """`owner_sale`: the owner sells to the creditor by a fresh contract of his own (RHN-21)."""

    AUCTION = "auction"
    DEALER = "dealer"
    OWNER_SALE = "owner_sale"


class SaleStatus(StrEnum):
    PROPOSED = "PROPOSED"
    EXECUTED = "EXECUTED"
    REJECTED = "REJECTED"


class CostKind(StrEnum):
    """What was paid to third parties; `collection` is the one that is not of the sale."""

    AUCTIONEER = "auctioneer"
    ADVERTISING = "advertising"
    ASSAY = "assay"
    TRANSPORT = "transport"
    OTHER = "other"
    COLLECTION = "collection"


@dataclass(frozen=True, slots=True)
class Cost:
    """What a third party was paid, by its receipt."""

    kind: CostKind
    amount_minor: int
    receipt_reference: str
    payee: str | None = None


@dataclass(frozen=True, slots=True)
class Quote:
    """What somebody independent offered or appraised."""

    given_by: str
    amount_minor: int
    reference: str
    quoted_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSale:
    """A sale asked for. An auctioned lot brings its buyer, price and things with it."""

    contract_id: str
    method: SaleMethod
    lot_id: str | None
    buyer_id: str | None
    price_minor: int | None
    item_ids: tuple[str, ...] | None
    costs: tuple[Cost, ...]
    quotes: tuple[Quote, ...]
    owner_sale_contract: str | None
    payment_method: str
    payment_reference: str | None
    external_id: str | None
    metadata: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class SaleItem:
    """A thing sold, at its market value then."""

    item_id: str
    market_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Sale:
    """A sale on record; amounts in minor units of `asset`, those of the sharing once executed."""

    sale_id: str
    external_id: str | None
    contract_id: str
    method: SaleMethod
    status: SaleStatus
    lot_id: str | None
    buyer_id: str
    branch_id: str
    asset: Asset
    price_minor: int
    market_minor: int
    priced_at: datetime
    price_board_ids: tuple[str, ...]
    costs: tuple[Cost, ...]
    quotes: tuple[Quote, ...]
    owner_sale_contract: str | None
    payment_method: str
    payment_reference: str | None
    has_owner_sale_costs: bool | None
    sale_costs_minor: int | None
    owner_costs_minor: int | None
    principal_due_minor: int | None
    fee_due_minor: int | None
    collection_minor: int | None
    to_principal_minor: int | None
    to_fee_minor: int | None
    to_collection_minor: int | None
    surplus_minor: int | None
    shortfall_minor: int | None
    repayment_id: str | None
    surplus_id: str | None
    journal_id: str | None
    release_id: str | None
    return_release_ids: tuple[str, ...]
    creditor_journal_id: str | None
    creditor_paid_on: date | None
    sold_on: date | None
    reason: str | None
    metadata: Mapping[str, str]
    created_at: datetime
    created_by: str
    executed_at: datetime | None
    executed_by: str | None
    version: int
    items: tuple[SaleItem, ...] = ()

    @property
    def etag(self) -> str:
        return f'"{self.sale_id}.{self.version}"'

    @property
    def item_ids(self) -> list[str]:
        return [one.item_id for one in self.items]


def sale_costs_minor(costs: Sequence[Cost]) -> int:
    """What the sale itself cost."""
    return sum(one.amount_minor for one in costs if one.kind is not CostKind.COLLECTION)


def collection_costs_minor(costs: Sequence[Cost]) -> int:
    """What it cost to collect, by receipts (AAOIFI SS 3 2/1/4)."""
    return sum(one.amount_minor for one in costs if one.kind is CostKind.COLLECTION)


def independent_quote_minor(quotes: Sequence[Quote], near: frozenset[str]) -> int | None:
    """The highest quote of somebody who is not on the creditor's side; None without any."""
    return max((one.amount_minor for one in quotes if one.given_by not in near), default=None)


def shared_columns(
    shared: Waterfall, costs: Sequence[Cost], has_owner_costs: bool
) -> dict[str, Any]:
    """How a price was shared out, as it is kept with the sale."""
    return {
        "has_owner_sale_costs": has_owner_costs,
        "sale_costs_minor": sale_costs_minor(costs),
        "owner_costs_minor": shared.costs_minor,
        "principal_due_minor": shared.principal_due_minor,
        "fee_due_minor": shared.fee_due_minor,
        "collection_minor": shared.collection_costs_minor,
        "to_principal_minor": shared.to_principal_minor,
        "to_fee_minor": shared.to_fee_minor,
        "to_collection_minor": shared.to_collection_minor,
        "surplus_minor": shared.surplus_minor,
        "shortfall_minor": shared.shortfall_minor,
    }
