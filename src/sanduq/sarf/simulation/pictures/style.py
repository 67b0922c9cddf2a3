"""How pictures look: what tells the structures apart without colour, how figures are written."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.ticker import FuncFormatter
from matplotlib.typing import LineStyleType
from numpy.typing import NDArray

INK, QUIET, PAPER = "#1b1b1b", "#4a4a4a", "#ffffff"
ON_PAPER = {"facecolor": PAPER, "edgecolor": "none", "pad": 1.0}

# A user's own settings would change the picture; text stays text, so that it can be read aloud.
matplotlib.rcdefaults()
matplotlib.rcParams.update(
    {
        "axes.axisbelow": True,
        "axes.edgecolor": QUIET,
        "axes.grid": True,
        "axes.labelcolor": INK,
        "axes.spines.right": False,
        "axes.spines.top": False,
        "axes.titlelocation": "left",
        "axes.titlesize": 11,
        "figure.dpi": 100,
        "figure.facecolor": PAPER,
        "font.family": ["DejaVu Sans"],
        "font.size": 9,
        "grid.color": "#e3e3e3",
        "hatch.linewidth": 0.7,
        "legend.fontsize": 8,
        "legend.edgecolor": PAPER,
        "legend.fancybox": False,
        "legend.framealpha": 0.85,
        "svg.fonttype": "none",
        "svg.hashsalt": "sanduq",
        "text.color": INK,
        "text.parse_math": False,
        "xtick.color": QUIET,
        "ytick.color": QUIET,
    }
)

Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Look:
    """What a structure is drawn with: a colour, and beside it hatching, a line and a mark."""

    name: str
    colour: str
    pale: str
    hatch: str
    line: LineStyleType
    mark: str


SARF = Look("Sarf with a promise", "#0b5394", "#9cc3e6", "///", "-", "o")
PLEDGE = Look("Pledge with a fee", "#8a4b00", "#f0c48a", "xx", "--", "s")


def whole(amount: float) -> str:
    """An amount without its cents, thousands apart, with a true minus: −1,234. Small ones keep
    three figures: 0.125."""
    text = f"{amount:,.0f}" if abs(amount) >= 100 else f"{amount:.3g}"
    return "0" if text in {"0", "-0"} else text.replace("-", "−")


def price(amount: float) -> str:
    """A price of a gram, to the cent; one of a few cents keeps four figures."""
    return f"{amount:,.2f}" if amount >= 10 else f"{amount:.4g}"


def percent(ratio: float) -> str:
    """A fraction in hundredths: 0.75 is 75%, 0.0125 is 1.25%."""
    return f"{round(ratio * 100, 2):g}%"


def show_amounts(axis: Axis) -> None:
    """Has an axis write what stands at its marks, which are round figures, in full."""
    axis.set_major_formatter(FuncFormatter(lambda amount, _: _mark(amount)))


def _mark(amount: float) -> str:
    text = f"{amount:,.0f}" if amount == round(amount) else f"{amount:g}"
    return "0" if text == "-0" else text.replace("-", "−")


def label_at_right(axes: Axes, labels: Sequence[tuple[float, str]]) -> None:
    """Writes texts beside the right edge at their heights, pushed apart where they would touch."""
    bottom, top = axes.get_ylim()
    lowest = -math.inf
    for height, text in sorted(labels):
        lowest = max(height, lowest)
        axes.annotate(
            text,
            (1.0, lowest),
            xycoords=("axes fraction", "data"),
            xytext=(4, 0),
            textcoords="offset points",
            va="center",
            size=8,
            annotation_clip=False,
        )
        lowest += (top - bottom) / 28
