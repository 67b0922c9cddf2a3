"""The pictures of a simulation, each with its title and what it tells to who cannot see it.

Nothing is told by colour alone: structures differ in hatching and in the style of their lines,
and figures stand beside what they are figures of.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, MaxNLocator
from matplotlib.typing import LineStyleType

from sanduq.sarf.simulation.model import (
    CostMonth,
    Distribution,
    FanMonth,
    Histogram,
    Quantile,
    Simulation,
)
from sanduq.sarf.simulation.pictures.style import (
    INK,
    ON_PAPER,
    PLEDGE,
    QUIET,
    SARF,
    Look,
    Numbers,
    label_at_right,
    percent,
    price,
    show_amounts,
    whole,
)

_WIDE = (8.0, 5.0)
_BANDS = (
    (0.01, 0.99, "#dfe9f2", ":"),
    (0.05, 0.95, "#b9d0e3", "--"),
    (0.25, 0.75, "#8fb4d3", "-."),
)
_MEDIAN = 0.50
_LIKELY, _LIKELY_HATCH = "#c4c4c4", "\\\\"


@dataclass(frozen=True, slots=True)
class Drawn:
    """A picture, its title, and what it tells in words."""

    figure: Figure
    title: str
    description: str


def draw_fan(simulation: Simulation) -> Drawn:
    """Prices by month: the median, and the bands half, nine tenths and nearly all paths keep to."""
    result, currency = simulation.result, simulation.parameters.currency
    figure, axes = _one(f"{currency} per gram")
    months = np.array([each.month for each in result.fan])
    prices = _quantiles(result.fan)
    for low, high, fill, line in _BANDS:
        axes.fill_between(months, prices[low], prices[high], color=fill, linewidth=0)
        for edge in (low, high):
            axes.plot(months, prices[edge], line, color=SARF.colour, linewidth=0.8)
    axes.plot(months, prices[_MEDIAN], "-", color=INK, linewidth=1.8)
    axes.axhline(result.break_even_price, color=PLEDGE.colour, linestyle=(0, (6, 2)), linewidth=1)
    axes.annotate(
        f"break-even of the promise: {price(result.break_even_price)}",
        (0.01, result.break_even_price),
        xycoords=("axes fraction", "data"),
        xytext=(0, -11),
        textcoords="offset points",
        size=8,
        color=PLEDGE.colour,
        bbox=ON_PAPER,
    )
    axes.margins(x=0)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_xlabel("months since the first contract")
    last = result.fan[-1]
    label_at_right(axes, _levels(last))
    title = "Price of gold by month"
    axes.set_title(f"{title}, and the share of paths that lies below each line")
    told = ", ".join(f"{percent(each.at)} below {price(each.value)}" for each in last.quantiles)
    return Drawn(
        figure,
        title,
        f"{result.paths:,} paths of {result.months} months, in {currency} per gram. In month"
        f" {last.month}: {told}. Below {price(result.break_even_price)} the promised price does not"
        " bring back what was paid.",
    )


def draw_cost_bands(simulation: Simulation) -> Drawn:
    """What having the gold back costs the customer: by that day's price, and by month."""
    result, currency = simulation.result, simulation.parameters.currency
    figure = Figure(figsize=(9.5, 4.6), layout="constrained")
    by_price, by_month = figure.subplots(1, 2, sharey=True)
    _cost_by_price(by_price, simulation)
    _cost_by_month(by_month, result.cost_bands)
    by_price.set_ylabel(f"{currency} paid beyond the money received")
    show_amounts(by_price.yaxis)
    month = _last_window_month(simulation).month
    figure.legend(handles=_legend_of_costs(month), loc="outside lower center", ncols=4)
    title = "What it costs to have all the gold back"
    figure.suptitle(title, x=0.01, ha="left", size=11)
    return Drawn(figure, title, _told_costs(simulation))


def draw_profit(simulation: Simulation) -> Drawn:
    """The institution's profit on one facility under both structures, with its tails."""
    result, currency = simulation.result, simulation.parameters.currency
    figure = Figure(figsize=_WIDE, layout="constrained")
    upper, lower = figure.subplots(2, 1, sharex=True)
    held = result.histogram
    sides = (
        (upper, SARF, held.sarf, (held.sarf_below, held.sarf_above), result.sarf),
        (lower, PLEDGE, held.pledge, (held.pledge_below, held.pledge_above), result.pledge),
    )
    told = []
    for axes, look, counts, outside, side in sides:
        profit = side.institution.facility
        _histogram(axes, look, held, counts, outside)
        _mark_tail(axes, profit)
        axes.set_title(look.name)
        told.append(f"{look.name}: {_told_profit(profit)}")
    lower.set_xlabel(f"profit on one facility, {currency}")
    show_amounts(lower.xaxis)
    title = "Profit and loss of the institution on one facility"
    figure.suptitle(title, x=0.01, ha="left", size=11)
    return Drawn(figure, title, f"{result.paths:,} paths, in {currency}. {'. '.join(told)}.")


def _levels(month: FanMonth) -> list[tuple[float, str]]:
    """What to write at each price: the share of paths below it, or the range of shares."""
    shares: dict[float, list[float]] = {}
    for each in month.quantiles:
        shares.setdefault(each.value, []).append(each.at)
    return [
        (value, f"{' to '.join(percent(at) for at in (*ats[:1], *ats[1:][-1:]))}: {price(value)}")
        for value, ats in shares.items()
    ]


def _one(y_label: str) -> tuple[Figure, Axes]:
    figure = Figure(figsize=_WIDE, layout="constrained")
    axes = figure.subplots()
    axes.set_ylabel(y_label)
    show_amounts(axes.yaxis)
    return figure, axes


def _quantiles(fan: Sequence[FanMonth]) -> Mapping[float, Numbers]:
    """The quantiles of every month, by the fraction below them."""
    return {
        quantile.at: np.array([month.quantiles[place].value for month in fan])
        for place, quantile in enumerate(fan[0].quantiles)
    }


def _cost_by_price(axes: Axes, simulation: Simulation) -> None:
    parameters, result = simulation.parameters, simulation.result
    sarf, start = parameters.sarf, parameters.prices.start_price
    last = _last_window_month(simulation)
    likely = [each.value for each in last.quantiles if 0.04 < each.at < 0.96]
    lowest = min(last.quantiles[0].value, result.break_even_price)
    prices = np.array([lowest * 0.99, max(last.quantiles[-1].value, start) * 1.01])
    costs = parameters.weight_grams * (sarf.cap_fraction * prices - sarf.buy_fraction * start)
    axes.axvspan(min(likely), max(likely), facecolor="none", edgecolor=_LIKELY, hatch=_LIKELY_HATCH)
    axes.plot(prices, costs, SARF.line, color=SARF.colour, linewidth=1.8)
    axes.axhline(0, color=QUIET, linewidth=0.8)
    axes.axvline(result.break_even_price, color=QUIET, linestyle=":", linewidth=1)
    axes.annotate(
        price(result.break_even_price),
        (result.break_even_price, 0.98),
        xycoords=("data", "axes fraction"),
        xytext=(3, 0),
        textcoords="offset points",
        va="top",
        size=8,
        color=QUIET,
        bbox=ON_PAPER,
    )
    in_window = [each for each in result.cost_bands if each.sarf]
    for each, above in zip(in_window[:1] + in_window[1:][-1:], (-11, 4), strict=False):
        axes.axhline(each.pledge, linestyle=PLEDGE.line, color=PLEDGE.colour, linewidth=1.4)
        axes.annotate(
            f"pledge, month {each.month}: {whole(each.pledge)}",
            (0.99, each.pledge),
            xycoords=("axes fraction", "data"),
            xytext=(0, above),
            textcoords="offset points",
            ha="right",
            size=8,
            color=PLEDGE.colour,
            bbox=ON_PAPER,
        )
    show_amounts(axes.xaxis)
    axes.xaxis.set_major_locator(MaxNLocator(5))
    axes.set_xlabel(f"price of a gram when bought again, {parameters.currency}")
    axes.set_title("by that day's price")


def _last_window_month(simulation: Simulation) -> FanMonth:
    fan = simulation.result.fan
    return fan[min(simulation.parameters.sarf.closes_months, len(fan) - 1)]


def _cost_by_month(axes: Axes, months: Sequence[CostMonth]) -> None:
    axes.plot(
        [each.month for each in months],
        [each.pledge for each in months],
        PLEDGE.line,
        color=PLEDGE.colour,
        marker=PLEDGE.mark,
        markersize=5,
        zorder=4,
    )
    for each in months:
        if each.sarf:
            _band(axes, each.month, each.sarf)
    axes.axhline(0, color=QUIET, linewidth=0.8)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_xlabel("months since the first contract")
    axes.set_title("by month")


def _band(axes: Axes, month: int, quantiles: Sequence[Quantile]) -> None:
    """Half of the paths in the box, nine tenths within the thick line, nearly all in the thin."""
    at = {each.at: each.value for each in quantiles}
    axes.plot([month, month], [at[0.01], at[0.99]], "-", color=SARF.colour, linewidth=1)
    axes.plot([month, month], [at[0.05], at[0.95]], "-", color=SARF.colour, linewidth=3)
    axes.bar(
        month,
        at[0.75] - at[0.25],
        bottom=at[0.25],
        width=0.5,
        facecolor=SARF.pale,
        edgecolor=SARF.colour,
        hatch=SARF.hatch,
        zorder=2.5,
    )
    axes.plot(
        [month - 0.25, month + 0.25], [at[_MEDIAN]] * 2, "-", color=INK, linewidth=2, zorder=3
    )


def _legend_of_costs(month: int) -> list[Artist]:
    def line(look: Look, label: str, width: int, mark: str = "") -> Line2D:
        return Line2D(
            [],
            [],
            color=look.colour,
            linestyle=look.line,
            linewidth=width,
            marker=mark,
            label=label,
        )

    likely = f"prices of nine paths in ten, month {month}"
    return [
        line(SARF, f"{SARF.name}, bought at the cap", 2),
        line(PLEDGE, f"{PLEDGE.name}, redeemed", 1, PLEDGE.mark),
        Patch(facecolor="none", edgecolor=_LIKELY, hatch=_LIKELY_HATCH, label=likely),
        Patch(facecolor=SARF.pale, edgecolor=SARF.colour, hatch=SARF.hatch, label="half of paths"),
        line(SARF, "nine paths in ten", 3),
        line(SARF, "98 paths in a hundred", 1),
        Line2D([], [], color=INK, linewidth=2, label="median"),
    ]


def _told_costs(simulation: Simulation) -> str:
    result, currency = simulation.result, simulation.parameters.currency
    told = [
        f"month {each.month}: pledge {whole(each.pledge)}"
        + (
            f", sarf between {whole(each.sarf[0].value)} and {whole(each.sarf[-1].value)},"
            f" median {whole(_middle(each.sarf))}"
            if each.sarf
            else ""
        )
        for each in result.cost_bands
    ]
    return (
        f"In {currency}, beyond the money received. The pledge costs its fee whatever the price;"
        " the sarf costs more where gold has risen and less where it has fallen, nothing at"
        f" {price(result.break_even_price)} a gram. {'; '.join(told)}."
    )


def _middle(quantiles: Sequence[Quantile]) -> float:
    return next(each.value for each in quantiles if each.at == _MEDIAN)


def _histogram(
    axes: Axes, look: Look, held: Histogram, counts: Sequence[int], outside: tuple[int, int]
) -> None:
    below, above = outside
    total = max(sum(counts) + below + above, 1)
    axes.stairs(
        np.array(counts) / total,
        held.edges,
        fill=True,
        facecolor=look.pale,
        edgecolor=look.colour,
        hatch=look.hatch,
    )
    axes.set_ylabel("share of paths")
    axes.yaxis.set_major_formatter(FuncFormatter(lambda ratio, _: percent(ratio)))
    axes.axvline(0, color=QUIET, linewidth=0.8)
    for count, place, side in ((below, 0.01, "left"), (above, 0.99, "right")):
        if count:
            text = f"{percent(count / total)} {'below' if side == 'left' else 'above'}"
            axes.text(place, 0.13, text, transform=axes.transAxes, ha=side, size=8)


def _mark_tail(axes: Axes, profit: Distribution) -> None:
    marks: Sequence[tuple[float, LineStyleType, str]] = (
        (profit.mean, "-", f"mean: {_earned(profit.mean)}"),
        (-profit.value_at_risk_95, "--", f"95% value at risk: {_earned(-profit.value_at_risk_95)}"),
        (
            -profit.expected_shortfall_95,
            ":",
            f"95% expected shortfall: {_earned(-profit.expected_shortfall_95)}",
        ),
    )
    for place, line, label in marks:
        axes.axvline(place, color=INK, linestyle=line, linewidth=1.4, label=label)
    axes.legend(loc="upper right")


def _earned(amount: float) -> str:
    return f"profit of {whole(amount)}" if amount >= 0 else f"loss of {whole(-amount)}"


def _told_profit(profit: Distribution) -> str:
    return (
        f"mean {_earned(profit.mean)}, a loss on {percent(profit.loss_probability)} of paths,"
        f" 95% value at risk a {_earned(-profit.value_at_risk_95)}, 95% expected shortfall a"
        f" {_earned(-profit.expected_shortfall_95)}"
    )
