"""The heat map: what other terms would leave the institution, each cell with its figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import matplotlib
from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from sanduq.sarf.simulation.model import Simulation
from sanduq.sarf.simulation.pictures.figures import Drawn
from sanduq.sarf.simulation.pictures.style import INK, PAPER, PLEDGE, SARF, percent, whole

_WIDTH_MIN = 6.5
_COLOURS = matplotlib.colormaps["cividis"]


@dataclass(frozen=True, slots=True)
class _Cell:
    column: int
    row: int
    mean: float
    shortfall: float
    is_simulated: bool


def draw_heat_map(simulation: Simulation) -> Drawn:
    """Mean profit by discount and cap of the sarf, and by loan margin of the pledge."""
    result, parameters = simulation.result, simulation.parameters
    buys = sorted({cell.buy_fraction for cell in result.grid})
    caps = sorted({cell.cap_fraction for cell in result.grid})
    margins = sorted({cell.loan_margin for cell in result.margin_grid})
    of_sarf, of_pledge = _sarf_cells(simulation, buys, caps), _pledge_cells(simulation, margins)
    means = [cell.mean for cell in (*of_sarf, *of_pledge)]
    scale = Normalize(min(means, default=0), max(means, default=0))
    width = max(2.9 + 1.15 * (len(caps) + 1), _WIDTH_MIN)
    height = 1.8 + 0.62 * max(len(buys), len(margins), 2)
    figure = Figure(figsize=(width, height), layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=[max(len(caps), 1), 1.1])
    _paint(left, of_sarf, scale)
    _name_axis(left, [percent(cap) for cap in caps], [percent(1 - buy) for buy in buys])
    left.set(xlabel="cap of the promise, of that day's market", ylabel="discount at contract 1")
    left.set_title(SARF.name)
    _paint(right, of_pledge, scale)
    _name_axis(right, [""], [percent(margin) for margin in margins])
    right.set(ylabel="loan of the gold's value")
    right.set_title(PLEDGE.name)
    title = "Mean profit of the book on one facility, and expected shortfall (ES, 95%)"
    figure.suptitle(title, x=0.01, ha="left", size=11)
    figure.supxlabel(
        f"{parameters.currency}; ES is a loss where positive; hatched: a loss on average;"
        " framed: the terms simulated",
        size=8,
    )
    return Drawn(figure, title, _told(simulation))


def _sarf_cells(
    simulation: Simulation, buys: Sequence[float], caps: Sequence[float]
) -> list[_Cell]:
    sarf = simulation.parameters.sarf
    return [
        _Cell(
            column=caps.index(cell.cap_fraction),
            row=buys.index(cell.buy_fraction),
            mean=cell.mean,
            shortfall=cell.expected_shortfall_95,
            is_simulated=(cell.buy_fraction, cell.cap_fraction)
            == (sarf.buy_fraction, sarf.cap_fraction),
        )
        for cell in simulation.result.grid
    ]


def _pledge_cells(simulation: Simulation, margins: Sequence[float]) -> list[_Cell]:
    return [
        _Cell(
            column=0,
            row=margins.index(cell.loan_margin),
            mean=cell.mean,
            shortfall=cell.expected_shortfall_95,
            is_simulated=cell.loan_margin == simulation.parameters.pledge.loan_margin,
        )
        for cell in simulation.result.margin_grid
    ]


def _paint(axes: Axes, cells: Sequence[_Cell], scale: Normalize) -> None:
    for cell in cells:
        red, green, blue, _ = _COLOURS(scale(cell.mean))
        # By how bright an eye finds the colour, the writing on it is dark or light.
        ink = INK if 0.299 * red + 0.587 * green + 0.114 * blue > 0.5 else PAPER
        axes.add_patch(
            Rectangle(
                (cell.column - 0.5, cell.row - 0.5),
                1,
                1,
                facecolor=(red, green, blue),
                edgecolor=ink,
                hatch="///" if cell.mean < 0 else None,
                linewidth=0,
            )
        )
        axes.text(
            cell.column,
            cell.row,
            f"{whole(cell.mean)}\nES {whole(cell.shortfall)}",
            ha="center",
            va="center",
            color=ink,
            size=8,
            bbox={"facecolor": (red, green, blue), "edgecolor": "none", "pad": 1.5},
        )
    if not cells:
        axes.text(0.5, 0.5, "no other terms asked for", transform=axes.transAxes, ha="center")
    for cell in cells:
        if cell.is_simulated:
            place = (cell.column - 0.47, cell.row - 0.47)
            axes.add_patch(Rectangle(place, 0.94, 0.94, fill=False, edgecolor=PAPER, linewidth=4))
            axes.add_patch(Rectangle(place, 0.94, 0.94, fill=False, edgecolor=INK, linewidth=2))


def _name_axis(axes: Axes, columns: Sequence[str], rows: Sequence[str]) -> None:
    axes.set_xticks(range(len(columns)), columns)
    axes.set_yticks(range(len(rows)), rows)
    axes.set_xlim(-0.5, max(len(columns), 1) - 0.5)
    axes.set_ylim(max(len(rows), 1) - 0.5, -0.5)
    axes.grid(visible=False)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)


def _told(simulation: Simulation) -> str:
    result = simulation.result
    of_sarf = [
        f"discount {percent(1 - cell.buy_fraction)}, cap {percent(cell.cap_fraction)}:"
        f" {whole(cell.mean)}, ES {whole(cell.expected_shortfall_95)}"
        for cell in result.grid
    ]
    of_pledge = [
        f"loan {percent(cell.loan_margin)}: {whole(cell.mean)},"
        f" ES {whole(cell.expected_shortfall_95)}"
        for cell in result.margin_grid
    ]
    return (
        f"In {simulation.parameters.currency}; ES is a loss where positive. {SARF.name}:"
        f" {'; '.join(of_sarf)}. {PLEDGE.name}: {'; '.join(of_pledge)}."
    )
