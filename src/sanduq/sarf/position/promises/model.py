"""The register of promises: how much gold stands behind them, and what they come to. No I/O."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from fractions import Fraction

from sanduq.kit.money import Asset
from sanduq.kit.ratio import Ratio, ratio
from sanduq.sarf.position.model import (
    OwnGold,
    cost_to_fulfil_minor,
    missing_mg,
    provision_target_minor,
)
from sanduq.sarf.position.prices import GoldPrice, price_of

BP = 10_000
STEPS_TENTHS = tuple(range(5, 16))
"""At which tenths of today's price exposure is shown unless prices are named: 0.5 to 1.5."""


class PromiseStatus(StrEnum):
    ISSUED = "ISSUED"
    OPEN = "OPEN"
    FULFILLED = "FULFILLED"
    LAPSED = "LAPSED"
    WITHDRAWN = "WITHDRAWN"


LIVE = (PromiseStatus.ISSUED, PromiseStatus.OPEN)
"""States in which the promise binds the institution."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PromiseEntry:
    """A promise as the register shows it, with the facility it belongs to. Weights are pure."""

    promise_id: str
    facility_id: str
    facility_status: str
    branch_id: str
    terms_id: str
    status: PromiseStatus
    promisee_id: str
    asset: Asset
    fine_weight_mg: int
    bought_fine_mg: int
    cap_bp: int
    price_formula: str
    opens_on: date
    closes_on: date
    language: str
    wording: str
    wording_hash: str
    issued_at: datetime
    issued_by: str
    ended_on: date | None
    version: int

    @property
    def is_live(self) -> bool:
        return self.status in LIVE

    @property
    def remaining_fine_mg(self) -> int:
        """What the promisee may still call; nothing once the promise has ended."""
        return self.fine_weight_mg - self.bought_fine_mg if self.is_live else 0

    def is_window_open(self, on: date) -> bool:
        """Whether it may be called on that day."""
        return self.is_live and self.opens_on <= on <= self.closes_on

    @property
    def etag(self) -> str:
        """The entity tag of this version, quoted as HTTP writes it."""
        return f'"v{self.version}"'


@dataclass(frozen=True, slots=True, kw_only=True)
class CapToday:
    """What is left of a promise on the board in force: its market value, and the most it costs."""

    price_board_id: str
    market_minor: int
    cap_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PromiseFilters:
    """Which promises a list shows; None does not filter. Days are included on both sides."""

    status: PromiseStatus | None = None
    promisee_id: str | None = None
    facility_id: str | None = None
    asset: Asset | None = None
    opens_from_on: date | None = None
    opens_to_on: date | None = None
    closes_from_on: date | None = None
    closes_to_on: date | None = None


@dataclass(frozen=True, slots=True)
class Cover:
    """Pure gold at hand beside what open promises may call, in milligrams.

    `free_mg` can be sold to anybody; `going_out_mg` is reserved for purchases under promises that
    are under way, which the promises still count until they close. `required_mg` is what the terms
    of each promise ask to be kept.
    """

    free_mg: int
    going_out_mg: int
    promised_mg: int
    required_mg: int

    @property
    def at_hand_mg(self) -> int:
        return self.free_mg + self.going_out_mg

    @property
    def ratio(self) -> Ratio:
        """Gold at hand by gold promised; none where nothing is promised."""
        return ratio(self.at_hand_mg, self.promised_mg)

    @property
    def required_ratio(self) -> Ratio:
        """What the terms ask for, weighed by what is promised under them."""
        return ratio(self.required_mg, self.promised_mg)

    @property
    def required_bp(self) -> int:
        """The same in basis points, rounded down."""
        return BP if self.promised_mg == 0 else self.required_mg * BP // self.promised_mg

    @property
    def is_covered(self) -> bool:
        return self.at_hand_mg >= self.required_mg

    @property
    def shortfall_mg(self) -> int:
        """What would have to be bought to be covered."""
        return max(0, self.required_mg - self.at_hand_mg)

    def __add__(self, other: Cover) -> Cover:
        return Cover(
            self.free_mg + other.free_mg,
            self.going_out_mg + other.going_out_mg,
            self.promised_mg + other.promised_mg,
            self.required_mg + other.required_mg,
        )


NOTHING = Cover(0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class WindowMonth:
    """What promises whose window touches a month may call in it."""

    asset: Asset
    month_on: date
    promise_count: int
    promised_mg: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PromiseGroup:
    """Open promises alike in cap, formula, weight left and the gold still owned for each."""

    cap_bp: int
    price_formula: str
    remaining_mg: int
    own: OwnGold
    count: int

    @property
    def missing_mg(self) -> int:
        """What would have to be bought for each."""
        return missing_mg(self.remaining_mg, self.own)

    def cost_minor(self, missing_market_minor: int) -> int:
        """What keeping each costs."""
        return cost_to_fulfil_minor(self.remaining_mg, self.own, missing_market_minor)

    def promised_minor(self, price: GoldPrice) -> int:
        """What each asks for, used in full at a price."""
        return price.promised_minor(self.remaining_mg, self.price_formula, self.cap_bp)


@dataclass(frozen=True, slots=True)
class ExposureLine:
    """All open promises used at one price of gold: what comes in, and what the gold stands at."""

    per_kg_minor: int
    receivable_minor: int
    carrying_minor: int

    @property
    def result_minor(self) -> int:
        """Profit, or loss below zero."""
        return self.receivable_minor - self.carrying_minor


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposure:
    """What open promises in one currency come to, price by price.

    `break_even_gram_minor`: the price of a gram of the quoted fineness at which all of them bring
    what they cost; None where no price does.
    """

    asset: Asset
    price_board_id: str | None
    quoted_fineness_bp: int
    promise_count: int
    promised_mg: int
    missing_mg: int
    own_cost_minor: int
    break_even_gram_minor: Fraction | None
    lines: tuple[ExposureLine, ...]


def onerous_minor(groups: Sequence[PromiseGroup], price: GoldPrice) -> int:
    """What open promises lose between them at a price, those that gain left aside."""
    return sum(
        one.count
        * provision_target_minor(
            one.cost_minor(price.fine_value_minor(one.missing_mg)), one.promised_minor(price)
        )
        for one in groups
    )


def exposure_line(groups: Sequence[PromiseGroup], price: GoldPrice) -> ExposureLine:
    """What all groups come to at a price; each promise's own price is rounded by itself."""
    alike: Counter[tuple[int, str, int]] = Counter()
    for one in groups:
        alike[one.remaining_mg, one.price_formula, one.cap_bp] += one.count
    receivable = sum(count * price.promised_minor(*each) for each, count in alike.items())
    missing = sum(one.count * one.missing_mg for one in groups)
    own = sum(one.count * one.cost_minor(0) for one in groups)
    return ExposureLine(price.per_kg_minor, receivable, own + price.fine_value_minor(missing))


def break_even_gram_minor(
    groups: Sequence[PromiseGroup], quoted_fineness_bp: int
) -> Fraction | None:
    """Carrying cost ÷ (cap × pure grams × quoted fineness): 186.67 for 50 g of 999 at 7,000.

    Gold that would have to be bought costs the market and brings the cap, so it weighs against
    the rest; where it outweighs it no price breaks even.
    """
    at_cap_mg = sum(Fraction(one.count * one.remaining_mg * one.cap_bp, BP) for one in groups)
    left_mg = at_cap_mg - sum(one.count * one.missing_mg for one in groups)
    if left_mg <= 0:
        return None
    cost_minor = sum(one.count * one.cost_minor(0) for one in groups)
    return Fraction(cost_minor) / left_mg * 1_000 * Fraction(quoted_fineness_bp, BP)


def exposure(
    groups: Sequence[PromiseGroup],
    asset: Asset,
    per_kg_minor: Sequence[int],
    quoted_fineness_bp: int,
    price_board_id: str | None,
) -> Exposure:
    """What open promises come to at each of the prices, lowest first."""
    prices = [price_of(asset, one, quoted_fineness_bp) for one in sorted(set(per_kg_minor))]
    return Exposure(
        asset=asset,
        price_board_id=price_board_id,
        quoted_fineness_bp=quoted_fineness_bp,
        promise_count=sum(one.count for one in groups),
        promised_mg=sum(one.count * one.remaining_mg for one in groups),
        missing_mg=sum(one.count * one.missing_mg for one in groups),
        own_cost_minor=sum(one.count * one.cost_minor(0) for one in groups),
        break_even_gram_minor=break_even_gram_minor(groups, quoted_fineness_bp),
        lines=tuple(exposure_line(groups, price) for price in prices),
    )
