"""What a simulation may be asked: every number finite, in its range, and not too many of them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from sanduq.kit.errors import ValidationFailed
from sanduq.sarf.simulation.errors import SimulationTooLarge
from sanduq.sarf.simulation.model import (
    CustomerGroup,
    PriceModel,
    PricePaths,
    SimulationParameters,
    price_steps,
    share_total,
)

PATHS_MAX = 10_000_000
PATH_STEPS_MAX = 1_000_000_000
REQUEST_PATH_STEPS_MAX = 10_000_000
"""Paths x months x steps per month one request to the API may ask for."""

MONTHS_MAX = 120
STEPS_PER_MONTH_MAX = 31
HISTORY_MAX = 50_000
GIVEN_PRICES_MAX = 200_000
GROUPS_MAX = 12
GRID_SIDE_MAX = 9
SEED_MAX = 2**63 - 1
PRICE_MAX = 1e9
SHARES_TOLERANCE = 1e-9


@dataclass(frozen=True, slots=True)
class _Range:
    """What a number may be, ends included unless told."""

    low: float
    high: float
    is_above_low: bool = False

    def holds(self, value: float) -> bool:
        if not math.isfinite(value):
            return False
        return self.low <= value <= self.high and not (self.is_above_low and value == self.low)

    def __str__(self) -> str:
        return f"{'more than ' if self.is_above_low else ''}{self.low:g} to {self.high:g}"


_PART = _Range(0, 1)
_POSITIVE_PART = _Range(0, 1, is_above_low=True)
_PRICE = _Range(0, PRICE_MAX, is_above_low=True)


def check(parameters: SimulationParameters) -> None:
    """Refuses VALIDATION_ERROR numbers that are not finite or out of range, shares that do not
    come to one and paths of the wrong length; LIMIT_EXCEEDED more paths or steps than one run
    takes."""
    _check_size(parameters)
    _within("seed", parameters.seed, _Range(0, SEED_MAX))
    _within("weight_grams", parameters.weight_grams, _Range(0, 1e6, is_above_low=True))
    _within("fineness", parameters.fineness, _Range(0, 1000, is_above_low=True))
    for name in ("trade_fraction", "finds_cash_later", "renews_without_cash"):
        _within(name, getattr(parameters, name), _PART)
    _within(
        "keeping_cost_per_100_per_month", parameters.keeping_cost_per_100_per_month, _Range(0, 100)
    )
    _within("opportunity_per_year", parameters.opportunity_per_year, _PART)
    _check_structures(parameters)
    _check_customers(parameters.customers)
    _check_prices(parameters.prices, price_steps(parameters))
    _check_grid("grid_buy_fractions", parameters.grid_buy_fractions)
    _check_grid("grid_cap_fractions", parameters.grid_cap_fractions)
    _check_grid("grid_loan_margins", parameters.grid_loan_margins)


def check_request(parameters: SimulationParameters) -> None:
    """Refuses LIMIT_EXCEEDED what is too much for one request: the command line takes it."""
    asked = parameters.paths * price_steps(parameters)
    if asked > REQUEST_PATH_STEPS_MAX:
        raise SimulationTooLarge(
            f"paths x months x steps per month is {asked:,}; one request takes at most"
            f" {REQUEST_PATH_STEPS_MAX:,}. Ask for fewer, or run `sanduq simulate` on the command"
            " line"
        )


def _check_size(parameters: SimulationParameters) -> None:
    _within("paths", parameters.paths, _Range(1, math.inf))
    _within("months", parameters.months, _Range(1, MONTHS_MAX))
    _within(
        "prices.steps_per_month", parameters.prices.steps_per_month, _Range(1, STEPS_PER_MONTH_MAX)
    )
    asked = parameters.paths * price_steps(parameters)
    if parameters.paths > PATHS_MAX or asked > PATH_STEPS_MAX:
        raise SimulationTooLarge(
            f"one run takes at most {PATHS_MAX:,} paths and {PATH_STEPS_MAX:,} steps of price"
            f" (asked: {parameters.paths:,} and {asked:,}); run several with other seeds"
        )


def _check_structures(parameters: SimulationParameters) -> None:
    sarf, pledge = parameters.sarf, parameters.pledge
    for name in ("buy_fraction", "cap_fraction", "resale_fraction"):
        _within(f"sarf.{name}", getattr(sarf, name), _POSITIVE_PART)
    _within("sarf.opens_months", sarf.opens_months, _Range(1, MONTHS_MAX))
    _within("sarf.closes_months", sarf.closes_months, _Range(sarf.opens_months, MONTHS_MAX))
    for name in ("loan_margin", "sale_fraction", "call_ratio"):
        _within(f"pledge.{name}", getattr(pledge, name), _POSITIVE_PART)
    _within("pledge.recovered_fraction", pledge.recovered_fraction, _PART)
    _within("pledge.fee_per_100_per_month", pledge.fee_per_100_per_month, _Range(0, 100))
    _within("pledge.maturity_months", pledge.maturity_months, _Range(1, MONTHS_MAX))
    _within("pledge.renewal_months", pledge.renewal_months, _Range(0, MONTHS_MAX))


def _check_customers(groups: Sequence[CustomerGroup]) -> None:
    if not 1 <= len(groups) <= GROUPS_MAX:
        _refuse("customers", "out_of_range", f"name 1 to {GROUPS_MAX} groups of customers")
    for number, group in enumerate(groups):
        place = f"customers[{number}]"
        _within(f"{place}.share", group.share, _PART)
        _within(f"{place}.part", group.part, _POSITIVE_PART)
        _within(f"{place}.short_of_cash", group.short_of_cash, _PART)
        _within(f"{place}.worth_threshold", group.worth_threshold, _Range(0, 100))
        _within(f"{place}.budget", group.budget, _Range(0, 100))
    total = share_total(groups)
    if abs(total - 1) > SHARES_TOLERANCE:
        _refuse("customers", "shares", f"the shares of the groups come to {total:g}, not to 1")


def _check_prices(prices: PricePaths, steps: int) -> None:
    _within("prices.start_price", prices.start_price, _PRICE)
    _within("prices.drift", prices.drift, _Range(-5, 5))
    _within("prices.volatility", prices.volatility, _Range(0, 5))
    if len(prices.history) > HISTORY_MAX:
        _refuse("prices.history", "too_many", f"history takes at most {HISTORY_MAX:,} prices")
    if sum(map(len, prices.given)) > GIVEN_PRICES_MAX:
        _refuse("prices.given", "too_many", f"given takes at most {GIVEN_PRICES_MAX:,} prices")
    for number, price in enumerate(prices.history):
        _within(f"prices.history[{number}]", price, _PRICE)
    for number, path in enumerate(prices.given):
        for place, price in enumerate(path):
            _within(f"prices.given[{number}][{place}]", price, _PRICE)
    if prices.model is PriceModel.GIVEN:
        _needs_given(prices, steps)
    elif prices.model is PriceModel.HISTORICAL:
        _needs_windows(prices, steps)
    elif prices.model is PriceModel.BOOTSTRAP:
        _needs_blocks(prices)


def _needs_given(prices: PricePaths, steps: int) -> None:
    if not prices.given:
        _refuse("prices.given", "missing", "the model `given` needs at least one path of prices")
    for number, path in enumerate(prices.given):
        if len(path) != steps + 1:
            _refuse(
                f"prices.given[{number}]", "path_length",
                f"a path has months x steps_per_month + 1 = {steps + 1} prices, the first that of"
                f" contract 1; this one has {len(path)}",
            )  # fmt: skip


def _needs_windows(prices: PricePaths, steps: int) -> None:
    if len(prices.history) < steps + 1:
        _refuse(
            "prices.history", "too_short",
            f"the model `historical` needs a history of at least {steps + 1} prices for one"
            f" window; there are {len(prices.history)}",
        )  # fmt: skip


def _needs_blocks(prices: PricePaths) -> None:
    _within("prices.block_length", prices.block_length, _Range(1, HISTORY_MAX))
    if len(prices.history) < prices.block_length + 1:
        _refuse(
            "prices.history", "too_short",
            f"the model `bootstrap` needs a history of at least {prices.block_length + 1} prices"
            f" for a block of {prices.block_length}; there are {len(prices.history)}",
        )  # fmt: skip


def _check_grid(field: str, side: Sequence[float]) -> None:
    if len(side) > GRID_SIDE_MAX:
        _refuse(field, "too_many", f"{field} takes at most {GRID_SIDE_MAX} values")
    for number, value in enumerate(side):
        _within(f"{field}[{number}]", value, _POSITIVE_PART)


def _within(field: str, value: float, allowed: _Range) -> None:
    if not (allowed.holds(value) if allowed.high != math.inf else value >= allowed.low):
        _refuse(field, "out_of_range", f"{field} must be a number, {allowed}")


def _refuse(field: str, code: str, message: str) -> None:
    raise ValidationFailed.field(field, code, message)
