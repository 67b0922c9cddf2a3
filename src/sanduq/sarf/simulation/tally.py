"""Where the chunks write: a place for every path, and for the first ones what quantiles need."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sanduq.sarf.simulation.behaviour import Flags
from sanduq.sarf.simulation.model import SimulationParameters
from sanduq.sarf.simulation.paths import Floats
from sanduq.sarf.simulation.structures import Steps


@dataclass(frozen=True, slots=True)
class Side:
    """One structure: money per path; `held` is money's worth of gold times months, per chunk."""

    profit: Floats
    book: Floats
    cost: Floats
    flat: Floats
    is_back: Flags
    exit_step: Steps
    held: Floats


@dataclass(frozen=True, slots=True)
class Sample:
    """The first paths: prices at the end of each month, when and how much was bought back."""

    prices: Floats
    bought_step: Steps
    part: Floats


@dataclass(frozen=True, slots=True)
class Tally:
    """Everything the chunks find."""

    start_price: Floats
    sarf: Side
    pledge: Side
    shortfall: Floats
    calls: NDArray[np.int16]
    sample: Sample
    grid: Floats
    margin_grid: Floats
    margin_called: Flags


def empty_tally(
    parameters: SimulationParameters, chunks: int, sample_paths: int, grid_paths: int
) -> Tally:
    """Room for a run."""
    paths = parameters.paths
    sampled, gridded = min(paths, sample_paths), min(paths, grid_paths)
    cells = len(parameters.grid_buy_fractions) * len(parameters.grid_cap_fractions)
    margins = len(parameters.grid_loan_margins)
    return Tally(
        start_price=np.empty(paths),
        sarf=_side(paths, chunks),
        pledge=_side(paths, chunks),
        shortfall=np.empty(paths),
        calls=np.empty(paths, dtype=np.int16),
        sample=Sample(
            prices=np.empty((parameters.months + 1, sampled)),
            bought_step=np.empty(sampled, dtype=np.int16),
            part=np.empty(sampled),
        ),
        grid=np.empty((cells, gridded)),
        margin_grid=np.empty((margins, gridded)),
        margin_called=np.empty((margins, gridded), dtype=np.bool_),
    )


def _side(paths: int, chunks: int) -> Side:
    return Side(
        profit=np.empty(paths),
        book=np.empty(paths),
        cost=np.empty(paths),
        flat=np.empty(paths),
        is_back=np.empty(paths, dtype=np.bool_),
        exit_step=np.empty(paths, dtype=np.int16),
        held=np.empty(chunks),
    )
