"""Commodities, goods in hand lot by lot, and the parallel salam. No I/O."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from sanduq.kit.money import Asset, Money
from sanduq.microfinance.loans.salam.facts import CommodityFacts, CommodityKind, Quality


@dataclass(frozen=True, slots=True, kw_only=True)
class Commodity:
    """What may be bought by salam, and what must be said of it. No months: had all year."""

    commodity_id: str
    code: str
    external_id: str | None
    name: str
    kind: CommodityKind
    unit: str
    is_fungible: bool
    required_specifications: tuple[str, ...]
    harvest_months: tuple[int, ...]
    metadata: Mapping[str, str]
    created_at: datetime
    created_by: str

    @property
    def facts(self) -> CommodityFacts:
        """The commodity as the rules look at it."""
        return CommodityFacts(
            self.code,
            self.kind,
            self.is_fungible,
            self.unit,
            self.required_specifications,
            frozenset(self.harvest_months),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Lot:
    """Goods received at once; `left_*` is what of them is still in hand, and its cost."""

    goods_id: str
    contract_id: str
    branch_id: str
    asset: Asset
    commodity: str
    quantity_unit: str
    specifications: Mapping[str, str]
    quality: Quality
    place: str
    received_on: date
    quantity_milli: int
    left_milli: int
    cost_minor: int
    left_cost_minor: int
    created_at: datetime
    created_by: str


@dataclass(frozen=True, slots=True)
class Draw:
    """Goods taken out of a lot at cost, and the lot as it is left."""

    lot: Lot
    quantity_milli: int
    cost_minor: int


def drawn(lots: Sequence[Lot], quantity_milli: int) -> list[Draw]:
    """Takes a quantity out of lots in their order, each at its own cost; the last of a lot takes
    the rest of its cost. The lots must hold it."""
    draws = []
    left = quantity_milli
    for lot in lots:
        taken = min(left, lot.left_milli)
        if taken == 0:
            continue
        cost = lot.left_cost_minor * taken // lot.left_milli
        rest = replace(
            lot, left_milli=lot.left_milli - taken, left_cost_minor=lot.left_cost_minor - cost
        )
        draws.append(Draw(rest, taken, cost))
        left -= taken
    if left:
        raise ValueError("the lots do not hold so much")
    return draws


class MoveKind(StrEnum):
    """Why goods came or went, or their cost changed."""

    RECEIPT = "receipt"
    SALE = "sale"
    PARALLEL = "parallel"
    WRITE_DOWN = "write_down"


@dataclass(frozen=True, slots=True)
class Move:
    """A change of a lot: positive in, negative out."""

    goods_id: str
    kind: MoveKind
    quantity_milli: int
    cost_minor: int
    reference: str
    journal_id: str | None
    on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class SoldGoods:
    """What was sold, at what price and cost."""

    sale_id: str
    loan_id: str
    contract_id: str
    buyer_id: str
    quantity_milli: int
    price: Money
    cost: Money
    on: date
    journal_id: str


class ParallelStatus(StrEnum):
    """A parallel salam is concluded with its price paid; it ends when all is delivered."""

    ACTIVE = "ACTIVE"
    COMPLETED = "COMPLETED"


@dataclass(frozen=True, slots=True, kw_only=True)
class ParallelSalam:
    """Goods we sold by salam to a buyer. It names no other contract, nor could it (SLM-16)."""

    parallel_id: str
    external_id: str | None
    buyer_id: str
    branch_id: str
    asset: Asset
    commodity: str
    quantity_milli: int
    quantity_unit: str
    price_per_unit_minor: int
    price_minor: int
    specifications: Mapping[str, str]
    delivery_on: date
    delivery_place: str
    notes: str | None
    delivered_milli: int
    earned_minor: int
    status: ParallelStatus
    metadata: Mapping[str, str]
    created_at: datetime
    created_by: str
    version: int

    @property
    def undelivered_milli(self) -> int:
        return self.quantity_milli - self.delivered_milli

    @property
    def etag(self) -> str:
        return f'"p{self.version}"'


def after_delivery(parallel: ParallelSalam, quantity_milli: int) -> ParallelSalam:
    """The parallel salam with more of it delivered and its price earned in proportion."""
    delivered = parallel.delivered_milli + quantity_milli
    is_complete = delivered == parallel.quantity_milli
    return replace(
        parallel,
        delivered_milli=delivered,
        earned_minor=parallel.price_minor * delivered // parallel.quantity_milli,
        status=ParallelStatus.COMPLETED if is_complete else ParallelStatus.ACTIVE,
        version=parallel.version + 1,
    )
