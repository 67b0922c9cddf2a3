"""From what the chunks found to the result: everything per facility."""

from __future__ import annotations

import numpy as np

from sanduq.sarf.simulation.measures import (
    cost_distribution,
    distribution,
    expected_shortfall,
    histogram,
    losing_share,
    quantiles,
    rounded,
    yearly_costs,
)
from sanduq.sarf.simulation.model import (
    ENGINE_VERSION,
    AvoidedCalls,
    CostMonth,
    CoverageMonth,
    CustomerSide,
    FanMonth,
    GridCell,
    InstitutionSide,
    MarginCell,
    PriceModel,
    SimulationParameters,
    SimulationResult,
    StructureResult,
)
from sanduq.sarf.simulation.paths import MONTHS_PER_YEAR, Floats
from sanduq.sarf.simulation.structures import Window
from sanduq.sarf.simulation.tally import Side, Tally


def summed_up(
    parameters: SimulationParameters, window: Window, distinct: int, tally: Tally
) -> SimulationResult:
    """The result of a run. `distinct` is how many paths there were to draw from, 0 for no end."""
    sarf = parameters.sarf
    return SimulationResult(
        engine_version=ENGINE_VERSION,
        paths=parameters.paths,
        distinct_paths=min(distinct, parameters.paths) if distinct else parameters.paths,
        sampled_paths=tally.sample.part.shape[0],
        grid_paths=tally.grid.shape[1],
        months=parameters.months,
        seed=parameters.seed,
        break_even_price=rounded(tally.start_price[0] * sarf.buy_fraction / sarf.cap_fraction),
        sarf=_structure(parameters, window, tally, tally.sarf, sarf.buy_fraction),
        pledge=_structure(parameters, window, tally, tally.pledge, parameters.pledge.loan_margin),
        avoided=_avoided(tally),
        fan=_fan(tally),
        cost_bands=_cost_bands(parameters, tally),
        coverage=_coverage(parameters, tally),
        histogram=histogram(tally.sarf.profit, tally.pledge.profit),
        grid=_grid(parameters, tally),
        margin_grid=_margin_grid(parameters, tally),
        notes=_notes(parameters, window, distinct),
    )


def _structure(
    parameters: SimulationParameters, window: Window, tally: Tally, side: Side, fraction: float
) -> StructureResult:
    """`fraction` of the gold's first value is the money the customer has."""
    back = side.is_back
    received = tally.start_price * (fraction * parameters.weight_grams)
    mean, median = yearly_costs(
        side.flat[back], side.exit_step[back] / window.steps_per_month, received[back]
    )
    capital_months = float(side.held.sum()) * fraction / parameters.paths
    facility = distribution(side.profit)
    capital_years = capital_months / MONTHS_PER_YEAR
    return StructureResult(
        CustomerSide(
            got_gold_back_share=rounded(back.mean()),
            cost=cost_distribution(side.cost),
            mean_with_gold_back=mean,
            median_with_gold_back=median,
            mean_cost_without_gold=None if back.all() else rounded(side.cost[~back].mean()),
        ),
        InstitutionSide(
            facility=facility,
            book=distribution(side.book),
            capital_months_mean=rounded(capital_months),
            profit_per_capital_year=rounded(facility.mean / capital_years),
            opportunity_cost_mean=rounded(capital_years * parameters.opportunity_per_year),
        ),
    )


def _avoided(tally: Tally) -> AvoidedCalls:
    short = tally.shortfall > 0
    return AvoidedCalls(
        called_share=rounded((tally.calls > 0).mean()),
        calls_per_path=rounded(tally.calls.mean()),
        sold_share=rounded(1 - tally.pledge.is_back.mean()),
        shortfall_share=rounded(short.mean()),
        shortfall_mean=rounded(tally.shortfall.mean()),
        shortfall_mean_where_any=rounded(tally.shortfall[short].mean()) if short.any() else None,
        shortfall_largest=rounded(tally.shortfall.max()),
    )


def _fan(tally: Tally) -> tuple[FanMonth, ...]:
    return tuple(
        FanMonth(month, rounded(row.mean()), quantiles(np.sort(row)))
        for month, row in enumerate(tally.sample.prices)
    )


def _cost_bands(parameters: SimulationParameters, tally: Tally) -> tuple[CostMonth, ...]:
    sarf, grams = parameters.sarf, parameters.weight_grams
    prices = tally.sample.prices
    fee = float(prices[0].mean()) * grams * parameters.pledge.fee_per_100_per_month / 100
    found = []
    for month in range(1, parameters.months + 1):
        if sarf.opens_months <= month <= sarf.closes_months:
            cost = (prices[month] * sarf.cap_fraction - prices[0] * sarf.buy_fraction) * grams
            bands, mean = quantiles(np.sort(cost)), rounded(cost.mean())
            found.append(CostMonth(month, rounded(fee * month), mean, bands))
        else:
            found.append(CostMonth(month, rounded(fee * month), None, ()))
    return tuple(found)


def _coverage(parameters: SimulationParameters, tally: Tally) -> tuple[CoverageMonth, ...]:
    """Until the window closes, or the horizon ends."""
    sarf, sample, grams = parameters.sarf, tally.sample, parameters.weight_grams
    per_month = parameters.prices.steps_per_month
    found = []
    for month in range(min(sarf.closes_months, parameters.months) + 1):
        step = month * per_month
        was_bought = (sample.bought_step >= 0) & (sample.bought_step <= step - per_month)
        is_bought = (sample.bought_step >= 0) & (sample.bought_step <= step) & ~was_bought
        open_grams = (1 - np.where(was_bought, sample.part, 0.0)) * grams
        market = np.sort(open_grams * sample.prices[month])
        below_cost = sample.prices[0] * sarf.buy_fraction - sample.prices[month] * sarf.cap_fraction
        provision = np.sort(open_grams * np.maximum(below_cost, 0.0))
        found.append(
            CoverageMonth(
                month=month,
                promised_grams_mean=rounded(open_grams.mean()),
                bought_grams_mean=rounded(np.where(is_bought, sample.part, 0.0).mean() * grams),
                market_value_mean=rounded(market.mean()),
                market_value_95=_high(market, 0.95),
                market_value_99=_high(market, 0.99),
                provision_mean=rounded(provision.mean()),
                provision_95=_high(provision, 0.95),
                provision_99=_high(provision, 0.99),
            )
        )
    return tuple(found)


def _high(ascending: Floats, at: float) -> float:
    return quantiles(ascending, [at])[0].value


def _grid(parameters: SimulationParameters, tally: Tally) -> tuple[GridCell, ...]:
    found = []
    for (buy, cap), row in zip(parameters.grid_terms(), tally.grid, strict=True):
        mean, losing, shortfall = _tail(row)
        found.append(GridCell(buy, cap, mean, losing, shortfall))
    return tuple(found)


def _margin_grid(parameters: SimulationParameters, tally: Tally) -> tuple[MarginCell, ...]:
    found = []
    for margin, row, called in zip(
        parameters.grid_loan_margins, tally.margin_grid, tally.margin_called, strict=True
    ):
        mean, losing, shortfall = _tail(row)
        found.append(MarginCell(margin, mean, losing, shortfall, rounded(called.mean())))
    return tuple(found)


def _tail(book: Floats) -> tuple[float, float, float]:
    ascending = np.sort(book)
    return (
        rounded(book.mean()),
        rounded(losing_share(ascending)),
        rounded(expected_shortfall(ascending, 95)),
    )


def _notes(parameters: SimulationParameters, window: Window, distinct: int) -> tuple[str, ...]:
    sarf, pledge, months = parameters.sarf, parameters.pledge, parameters.months
    model = parameters.prices.model
    notes = []
    if not window.is_open:
        notes.append("The window opens after the last month: nobody buys back; all is resold then.")
    elif sarf.closes_months > months:
        notes.append("The window closes after the last month: it is taken to close with it.")
    if pledge.maturity_months > months:
        notes.append("The pledge falls due after the last month: it is taken to fall due with it.")
    elif pledge.maturity_months + pledge.renewal_months > months:
        notes.append("A renewal would end after the last month: it is taken to end with it.")
    if model is PriceModel.HISTORICAL:
        notes.append("Windows of the history overlap: they are not independent of one another.")
    if distinct and parameters.paths > distinct:
        notes.append(f"{distinct} paths of prices serve in turn, each time with other customers.")
    if model is PriceModel.GBM:
        notes.append("Prices follow a geometric Brownian motion: no jumps, no changing volatility.")
    notes.append("The shares of the customers are assumptions of whoever ran this.")
    return tuple(notes)
