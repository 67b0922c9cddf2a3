"""Sales of pledges in a span: pure figures over amounts in minor units and counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sanduq.kit.money import Asset
from sanduq.kit.ratio import Ratio, ratio
from sanduq.rahnu.contracts.liquidation.surplus.model import AgeBucket, bucket_days

AGES = tuple(last for each in AgeBucket if (last := bucket_days(each)[1]) is not None)
"""Last days of the buckets by which an unclaimed surplus ages; the last bucket is open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lots:
    """Auctions opened in a span and the lots put up in them, of one currency.

    `sold` were paid for; `awarded` wait for their price. Money is of the sold lots alone.
    """

    auctions: int = 0
    offered: int = 0
    listed: int = 0
    awarded: int = 0
    sold: int = 0
    unsold: int = 0
    withdrawn: int = 0
    price_minor: int = 0
    reserve_minor: int = 0
    market_minor: int = 0

    @property
    def price_to_reserve(self) -> Ratio:
        return ratio(self.price_minor, self.reserve_minor)

    @property
    def price_to_market(self) -> Ratio:
        return ratio(self.price_minor, self.market_minor)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sales:
    """Sales carried out in a span by one method, and how their price was shared out.

    `price = owner_costs + recovered + surplus`; what was owed and not recovered is `shortfall`.
    """

    method: str
    count: int
    price_minor: int
    market_minor: int
    costs_minor: int
    owner_costs_minor: int
    recovered_minor: int
    surplus_minor: int
    shortfall_minor: int

    @property
    def price_to_market(self) -> Ratio:
        return ratio(self.price_minor, self.market_minor)


@dataclass(frozen=True, slots=True)
class Moved:
    """How many surpluses, and how much."""

    count: int = 0
    amount_minor: int = 0


@dataclass(frozen=True, slots=True)
class Aged:
    """Surpluses nobody had fetched by the end, by the days since their sale."""

    bucket: AgeBucket
    left: Moved

    @property
    def days(self) -> tuple[int, int | None]:
        """The first and the last day of the bucket; None: it is open."""
        return bucket_days(self.bucket)


@dataclass(frozen=True, slots=True, kw_only=True)
class SalesReport:
    """Auctions, sales and surpluses of a span in one currency."""

    asset: Asset
    lots: Lots
    sales: Sequence[Sales]
    recorded: Moved
    paid: Moved
    transferred: Moved
    unclaimed: Sequence[Aged]

    @property
    def unclaimed_minor(self) -> int:
        return sum(one.left.amount_minor for one in self.unclaimed)
