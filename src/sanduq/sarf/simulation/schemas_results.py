"""Wire shapes of what a simulation answers, and of what it was asked."""

from __future__ import annotations

from sanduq.kit.wire import Output
from sanduq.sarf.simulation.model import Behaviour, PriceModel


class QuantileOut(Output):
    """The value below which the fraction `at` of the paths lies."""

    at: float
    value: float


class ProfitDistributionOut(Output):
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
    quantiles: list[QuantileOut]


class YearlyCostOut(Output):
    """What it costs to have the gold back, reckoned for the whole of it, and what that
    weighs beside the money received; fractions. Disclosure, never a price."""

    months: float
    money: float
    flat: float
    simple_per_year: float
    compound_per_year: float


class SimulatedCustomerOut(Output):
    """What it cost the customers, against having kept their gold and done without the money.

    `mean_with_gold_back` and the median are over the paths on which the part wanted came back (null
    when there is none); `mean_cost_without_gold` is over the others: the market value of the gold
    they no longer have, less the money they had for it."""

    got_gold_back_share: float
    cost: ProfitDistributionOut
    mean_with_gold_back: YearlyCostOut | None
    median_with_gold_back: YearlyCostOut | None
    mean_cost_without_gold: float | None


class SimulatedInstitutionOut(Output):
    """Profit per facility. `facility` is one customer drawn per path; `book` is the mean over all
    customers on that path: a large book, where only the price is left to chance."""

    facility: ProfitDistributionOut
    book: ProfitDistributionOut
    capital_months_mean: float
    profit_per_capital_year: float
    opportunity_cost_mean: float


class SimulatedStructureOut(Output):
    """One structure, seen from both sides."""

    customer: SimulatedCustomerOut
    institution: SimulatedInstitutionOut


class AvoidedCallsOut(Output):
    """What the pledge structure has and the sarf structure has not, of all paths."""

    called_share: float
    calls_per_path: float
    sold_share: float
    shortfall_share: float
    shortfall_mean: float
    shortfall_mean_where_any: float | None
    shortfall_largest: float


class PriceFanMonthOut(Output):
    """Prices per gram at the end of a month (0 is contract 1)."""

    month: int
    mean: float
    quantiles: list[QuantileOut]


class CostBandMonthOut(Output):
    """What having all the gold back at the end of a month costs. `sarf` is empty outside the
    window; the pledge's cost does not depend on the price."""

    month: int
    pledge: float
    sarf_mean: float | None
    sarf: list[QuantileOut]


class CoverageMonthOut(Output):
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


class ProfitHistogramOut(Output):
    """Counts of facility profit in bins with common edges (one more edge than counts). Paths below
    the first and above the last edge are counted apart."""

    edges: list[float]
    sarf: list[int]
    pledge: list[int]
    sarf_below: int
    sarf_above: int
    pledge_below: int
    pledge_above: int


class DiscountCellOut(Output):
    """The sarf structure's book at other terms: bought at one fraction, promised at another."""

    buy_fraction: float
    cap_fraction: float
    mean: float
    loss_probability: float
    expected_shortfall_95: float


class LoanMarginCellOut(Output):
    """The pledge structure's book at another loan margin."""

    loan_margin: float
    mean: float
    loss_probability: float
    expected_shortfall_95: float
    called_share: float


class SimulationResultsOut(Output):
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
    sarf: SimulatedStructureOut
    pledge: SimulatedStructureOut
    avoided: AvoidedCallsOut
    fan: list[PriceFanMonthOut]
    cost_bands: list[CostBandMonthOut]
    coverage: list[CoverageMonthOut]
    histogram: ProfitHistogramOut
    grid: list[DiscountCellOut]
    margin_grid: list[LoanMarginCellOut]
    notes: list[str]


class CustomerGroupOut(Output):
    """A share of the customers who do alike.

    `part` is the share of the gold they want back. `worth_threshold` (if_worth_it): they buy when
    what they must pay is at most so much of what the trade would pay them for the gold that day.
    `budget` (if_affordable): they buy when what they must pay for the whole is at most so many
    times the money they received. `short_of_cash` is how many of them lack the money when they
    want to buy."""

    behaviour: Behaviour
    share: float
    part: float
    short_of_cash: float
    worth_threshold: float
    budget: float


class PricePathsOut(Output):
    """How prices move. With `gbm` the mean price grows by exp(`drift`) a year and the logarithm
    spreads by `volatility` a year.

    `given` holds paths of `months` x `steps_per_month` + 1 prices, the first that of contract 1.
    `history` holds prices `steps_per_month` to the month, oldest first; `block_length` is how many
    of its returns the bootstrap takes in one piece."""

    model: PriceModel
    start_price: float
    drift: float
    volatility: float
    given: list[list[float]]
    history: list[float]
    block_length: int
    steps_per_month: int


class SarfStructureOut(Output):
    """Contract 1 at `buy_fraction` of the market, a promise at `cap_fraction` of that day's market
    from month `opens_months` to month `closes_months`, else resale at `resale_fraction`."""

    buy_fraction: float
    cap_fraction: float
    opens_months: int
    closes_months: int
    resale_fraction: float


class PledgeStructureOut(Output):
    """A loan of `loan_margin` of the gold's value, a fee per 100 of that value a month.

    It falls due at `maturity_months`; those who renew get `renewal_months` more. Else the gold is
    sold at `sale_fraction` of the market: what is above the debt is the customer's, what is below
    is recovered by `recovered_fraction`. A margin call is raised where debt and fee reach
    `call_ratio` of the gold's value; it gives no right to sell."""

    loan_margin: float
    fee_per_100_per_month: float
    maturity_months: int
    renewal_months: int
    sale_fraction: float
    recovered_fraction: float
    call_ratio: float


class SimulationParametersOut(Output):
    """Everything a result depends on.

    `trade_fraction` is what the trade pays for gold as a share of the market. Of those short of
    cash, `finds_cash_later` have it by the last day; of the others, `renews_without_cash` let the
    pledge run to the end of its renewal before it is sold. `keeping_cost_per_100_per_month` is
    the institution's own cost of keeping gold, in both structures, on its value at the beginning.
    `opportunity_per_year` is what the money tied up would have earned elsewhere, for information.
    """

    paths: int
    months: int
    seed: int
    currency: str
    weight_grams: float
    fineness: float
    trade_fraction: float
    finds_cash_later: float
    renews_without_cash: float
    keeping_cost_per_100_per_month: float
    opportunity_per_year: float
    prices: PricePathsOut
    sarf: SarfStructureOut
    pledge: PledgeStructureOut
    customers: list[CustomerGroupOut]
    grid_buy_fractions: list[float]
    grid_cap_fractions: list[float]
    grid_loan_margins: list[float]
