"""What a simulation is asked, and what it answers. Floats: nothing here ever meets the books.

Money is in units of the currency (200.00 is two hundred ringgit), weight in grams of gold of the
fineness priced, ratios are fractions, time is months since contract 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

ENGINE_VERSION = "1"
"""Changes whenever the same parameters and seed would give another result."""

CHUNK_PATHS = 16_384
"""Paths reckoned at once; each chunk draws from a stream of its own."""

SAMPLE_PATHS = 65_536
"""Quantiles by month rest on at most so many paths, the first ones."""

GRID_PATHS = 32_768
"""The grids rest on at most so many paths, the first ones."""

FAN_QUANTILES = (0.01, 0.05, 0.25, 0.50, 0.75, 0.95, 0.99)
HISTOGRAM_BINS = 40


class PriceModel(StrEnum):
    """Where the prices come from."""

    GIVEN = "given"
    HISTORICAL = "historical"
    GBM = "gbm"
    BOOTSTRAP = "bootstrap"


class Behaviour(StrEnum):
    """When a person wants the gold back. The same person stands in both structures."""

    NEVER = "never"
    ALWAYS_FIRST_DAY = "always_first_day"
    ALWAYS_LAST_DAY = "always_last_day"
    IF_WORTH_IT = "if_worth_it"
    IF_AFFORDABLE = "if_affordable"


@dataclass(frozen=True, slots=True)
class CustomerGroup:
    """A share of the customers who do alike.

    `part` is the share of the gold they want back. `worth_threshold` (if_worth_it): they buy when
    what they must pay is at most so much of what the trade would pay them for the gold that day.
    `budget` (if_affordable): they buy when what they must pay for the whole is at most so many
    times the money they received. `short_of_cash` is how many of them lack the money when they
    want to buy.
    """

    behaviour: Behaviour
    share: float
    part: float = 1.0
    short_of_cash: float = 0.0
    worth_threshold: float = 1.0
    budget: float = 1.10


DEFAULT_CUSTOMERS = (
    CustomerGroup(Behaviour.ALWAYS_FIRST_DAY, 0.40, short_of_cash=0.10),
    CustomerGroup(Behaviour.ALWAYS_LAST_DAY, 0.20, short_of_cash=0.10),
    CustomerGroup(Behaviour.IF_AFFORDABLE, 0.20, short_of_cash=0.10),
    CustomerGroup(Behaviour.NEVER, 0.20),
)
"""An assumption to be replaced by one's own figures, not a finding."""


@dataclass(frozen=True, slots=True)
class PricePaths:
    """How prices move. With `gbm` the mean price grows by exp(`drift`) a year and the logarithm
    spreads by `volatility` a year.

    `given` holds paths of `months` x `steps_per_month` + 1 prices, the first that of contract 1.
    `history` holds prices `steps_per_month` to the month, oldest first; `block_length` is how many
    of its returns the bootstrap takes in one piece.
    """

    model: PriceModel = PriceModel.GBM
    start_price: float = 200.0
    drift: float = 0.0
    volatility: float = 0.15
    given: tuple[tuple[float, ...], ...] = ()
    history: tuple[float, ...] = ()
    block_length: int = 3
    steps_per_month: int = 1


@dataclass(frozen=True, slots=True)
class SarfStructure:
    """Contract 1 at `buy_fraction` of the market, a promise at `cap_fraction` of that day's market
    from month `opens_months` to month `closes_months`, else resale at `resale_fraction`."""

    buy_fraction: float = 0.70
    cap_fraction: float = 0.75
    opens_months: int = 6
    closes_months: int = 8
    resale_fraction: float = 0.80


@dataclass(frozen=True, slots=True)
class PledgeStructure:
    """A loan of `loan_margin` of the gold's value, a fee per 100 of that value a month.

    It falls due at `maturity_months`; those who renew get `renewal_months` more. Else the gold is
    sold at `sale_fraction` of the market: what is above the debt is the customer's, what is below
    is recovered by `recovered_fraction`. A margin call is raised where debt and fee reach
    `call_ratio` of the gold's value; it gives no right to sell.
    """

    loan_margin: float = 0.70
    fee_per_100_per_month: float = 0.70
    maturity_months: int = 6
    renewal_months: int = 2
    sale_fraction: float = 0.80
    recovered_fraction: float = 0.0
    call_ratio: float = 0.85


@dataclass(frozen=True, slots=True)
class SimulationParameters:
    """Everything a result depends on.

    `trade_fraction` is what the trade pays for gold as a share of the market. Of those short of
    cash, `finds_cash_later` have it by the last day; of the others, `renews_without_cash` let the
    pledge run to the end of its renewal before it is sold. `keeping_cost_per_100_per_month` is
    the institution's own cost of keeping gold, in both structures, on its value at the beginning.
    `opportunity_per_year` is what the money tied up would have earned elsewhere, for information.
    """

    paths: int = 10_000
    months: int = 8
    seed: int = 1
    currency: str = "MYR"
    weight_grams: float = 50.0
    fineness: float = 999.0
    trade_fraction: float = 0.80
    finds_cash_later: float = 0.50
    renews_without_cash: float = 0.50
    keeping_cost_per_100_per_month: float = 0.0
    opportunity_per_year: float = 0.0
    prices: PricePaths = field(default_factory=PricePaths)
    sarf: SarfStructure = field(default_factory=SarfStructure)
    pledge: PledgeStructure = field(default_factory=PledgeStructure)
    customers: tuple[CustomerGroup, ...] = DEFAULT_CUSTOMERS
    grid_buy_fractions: tuple[float, ...] = (0.60, 0.65, 0.70, 0.75, 0.80)
    grid_cap_fractions: tuple[float, ...] = (0.70, 0.75, 0.80, 0.85, 0.90)
    grid_loan_margins: tuple[float, ...] = (0.50, 0.60, 0.65, 0.70, 0.75, 0.80)

    def grid_terms(self) -> list[tuple[float, float]]:
        """Buying and promised fraction of each cell of the grid, in the order they are told."""
        return [
            (buy, cap) for buy in self.grid_buy_fractions for cap in self.grid_cap_fractions
        ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Quantile:
    """The value below which the fraction `at` of the paths lies."""

    at: float
    value: float


@dataclass(frozen=True, slots=True)
class Distribution:
    """Money per facility over the paths. Value at risk and expected shortfall are losses: positive
    when money is lost; a negative one means even that tail earns."""

    mean: float
    standard_deviation: float
    minimum: float
    maximum: float
    loss_probability: float
    value_at_risk_95: float
    value_at_risk_99: float
    expected_shortfall_95: float
    expected_shortfall_99: float
    quantiles: tuple[Quantile, ...]


@dataclass(frozen=True, slots=True)
class YearlyCost:
    """What it costs to have the gold back, reckoned for the whole of it, and what that
    weighs beside the money received; fractions. Disclosure, never a price."""

    months: float
    money: float
    flat: float
    simple_per_year: float
    compound_per_year: float


@dataclass(frozen=True, slots=True)
class CustomerSide:
    """What it cost the customers, against having kept their gold and done without the money.

    `mean_with_gold_back` and the median are over the paths on which the part wanted came back (null
    when there is none); `mean_cost_without_gold` is over the others: the market value of the gold
    they no longer have, less the money they had for it.
    """

    got_gold_back_share: float
    cost: Distribution
    mean_with_gold_back: YearlyCost | None
    median_with_gold_back: YearlyCost | None
    mean_cost_without_gold: float | None


@dataclass(frozen=True, slots=True)
class InstitutionSide:
    """Profit per facility. `facility` is one customer drawn per path; `book` is the mean over all
    customers on that path: a large book, where only the price is left to chance."""

    facility: Distribution
    book: Distribution
    capital_months_mean: float
    profit_per_capital_year: float
    opportunity_cost_mean: float


@dataclass(frozen=True, slots=True)
class StructureResult:
    """One structure, seen from both sides."""

    customer: CustomerSide
    institution: InstitutionSide


@dataclass(frozen=True, slots=True)
class AvoidedCalls:
    """What the pledge structure has and the sarf structure has not, of all paths."""

    called_share: float
    calls_per_path: float
    sold_share: float
    shortfall_share: float
    shortfall_mean: float
    shortfall_mean_where_any: float | None
    shortfall_largest: float


@dataclass(frozen=True, slots=True)
class FanMonth:
    """Prices per gram at the end of a month (0 is contract 1)."""

    month: int
    mean: float
    quantiles: tuple[Quantile, ...]


@dataclass(frozen=True, slots=True)
class CostMonth:
    """What having all the gold back at the end of a month costs. `sarf` is empty outside the
    window; the pledge's cost does not depend on the price."""

    month: int
    pledge: float
    sarf_mean: float | None
    sarf: tuple[Quantile, ...]


@dataclass(frozen=True, slots=True)
class CoverageMonth:
    """Per facility, before that month's purchases: gold under open promises, what that gold is
    worth in the market, and what promised prices below cost would lose (the provision)."""

    month: int
    promised_grams_mean: float
    bought_grams_mean: float
    market_value_mean: float
    market_value_95: float
    market_value_99: float
    provision_mean: float
    provision_95: float
    provision_99: float


@dataclass(frozen=True, slots=True)
class Histogram:
    """Counts of facility profit in bins with common edges (one more edge than counts). Paths below
    the first and above the last edge are counted apart."""

    edges: tuple[float, ...]
    sarf: tuple[int, ...]
    pledge: tuple[int, ...]
    sarf_below: int
    sarf_above: int
    pledge_below: int
    pledge_above: int


@dataclass(frozen=True, slots=True)
class GridCell:
    """The sarf structure's book at other terms: bought at one fraction, promised at another."""

    buy_fraction: float
    cap_fraction: float
    mean: float
    loss_probability: float
    expected_shortfall_95: float


@dataclass(frozen=True, slots=True)
class MarginCell:
    """The pledge structure's book at another loan margin."""

    loan_margin: float
    mean: float
    loss_probability: float
    expected_shortfall_95: float
    called_share: float


@dataclass(frozen=True, slots=True)
class SimulationResult:
    """The two structures side by side. `sampled_paths` is how many paths the fan, the cost bands
    and the coverage rest on, `grid_paths` the grids; all else rests on `paths`."""

    engine_version: str
    paths: int
    distinct_paths: int
    sampled_paths: int
    grid_paths: int
    months: int
    seed: int
    break_even_price: float
    sarf: StructureResult
    pledge: StructureResult
    avoided: AvoidedCalls
    fan: tuple[FanMonth, ...]
    cost_bands: tuple[CostMonth, ...]
    coverage: tuple[CoverageMonth, ...]
    histogram: Histogram
    grid: tuple[GridCell, ...]
    margin_grid: tuple[MarginCell, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Simulation:
    """A result with what it was asked."""

    parameters: SimulationParameters
    result: SimulationResult


def price_steps(parameters: SimulationParameters) -> int:
    """How many moves of the price a path has."""
    return parameters.months * parameters.prices.steps_per_month


def paths_found(prices: PricePaths, months: int) -> int:
    """How many paths the prices hold by themselves; 0 where they are drawn without end."""
    if prices.model is PriceModel.GIVEN:
        return len(prices.given)
    if prices.model is PriceModel.HISTORICAL:
        return max(0, len(prices.history) - months * prices.steps_per_month)
    return 0


def share_total(groups: Sequence[CustomerGroup]) -> float:
    """What the shares of the groups come to; they must come to 1."""
    return sum(group.share for group in groups)
