"""Runs a simulation chunk by chunk: same parameters and seed, same result to the last bit.

What a chunk draws depends on the seed and its number alone, and it writes to places of its own; so
neither the number of workers nor the order of the chunks can be seen in the result.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from sanduq.sarf.simulation import bounds, summary
from sanduq.sarf.simulation.behaviour import Flags, People, draw_people, members, standing_of
from sanduq.sarf.simulation.model import (
    CHUNK_PATHS,
    GRID_PATHS,
    SAMPLE_PATHS,
    SimulationParameters,
    SimulationResult,
)
from sanduq.sarf.simulation.paths import Floats, PathSource, chunk_sizes, source_of, streams
from sanduq.sarf.simulation.structures import (
    Drawn,
    Outcome,
    Window,
    drawn,
    margin_calls,
    pledge_outcomes,
    sarf_outcomes,
    window_of,
)
from sanduq.sarf.simulation.tally import Tally, empty_tally

Progress = Callable[[int], None]
"""Told after each chunk how many paths are done."""


@dataclass(frozen=True, slots=True)
class Run:
    """One simulation on its way: what every chunk reads, and where it writes."""

    parameters: SimulationParameters
    window: Window
    source: PathSource
    sizes: Sequence[int]
    tally: Tally


def simulate(
    parameters: SimulationParameters, *, workers: int = 1, progress: Progress | None = None
) -> SimulationResult:
    """Both structures over every path. Refuses what `bounds.check` refuses."""
    bounds.check(parameters)
    run = begin(parameters)
    numbers = range(len(run.sizes))
    done = 0
    with ThreadPoolExecutor(workers) as pool:
        reckoned = pool.map(partial(reckon, run), numbers) if workers > 1 else map(
            partial(reckon, run), numbers
        )  # fmt: skip
        for count in reckoned:
            done += count
            if progress is not None:
                progress(done)
    return summary.summed_up(parameters, run.window, run.source.distinct, run.tally)


def begin(parameters: SimulationParameters) -> Run:
    """Makes room. The parameters have been checked."""
    sizes = chunk_sizes(parameters.paths)
    return Run(
        parameters=parameters,
        window=window_of(parameters),
        source=source_of(parameters),
        sizes=sizes,
        tally=empty_tally(parameters, len(sizes), SAMPLE_PATHS, GRID_PATHS),
    )


def reckon(run: Run, number: int) -> int:
    """One chunk; how many paths it has."""
    first, count = number * CHUNK_PATHS, run.sizes[number]
    price_stream, people_stream = streams(run.parameters.seed, number)
    prices = run.source.draw(first, count, price_stream)
    people = draw_people(run.parameters, count, people_stream)
    found = [
        _of_people(run.parameters, people, outcomes(prices, run.window, run.parameters), count)
        for outcomes in (sarf_outcomes, pledge_outcomes)
    ]
    _note(run, number, slice(first, first + count), prices, found)
    parts = np.asarray([group.part for group in run.parameters.customers])
    _sample(run, first, prices, found[0][0], parts[people.group])
    _grids(run, first, prices)
    return count


def _of_people(
    parameters: SimulationParameters, people: People, outcomes: Sequence[Sequence[Outcome]],
    count: int,
) -> tuple[Drawn, Floats]:  # fmt: skip
    """What happened to those drawn, and the mean profit over all who might have been."""
    chosen: dict[int, tuple[Outcome, Flags]] = {}
    book = np.zeros(count)
    for number, of_group in enumerate(outcomes):
        for outcome, who in zip(of_group, members(people, number), strict=True):
            # Groups that do alike share an outcome.
            before = chosen.get(id(outcome))
            chosen[id(outcome)] = (outcome, who if before is None else before[1] | who)
        _add(book, of_group, _shares(parameters, number))
    return drawn(list(chosen.values()), count), book


def _note(
    run: Run, number: int, place: slice, prices: Floats, found: Sequence[tuple[Drawn, Floats]]
) -> None:
    """Writes what the chunk found, weighed."""
    tally, grams = run.tally, run.parameters.weight_grams
    tally.start_price[place] = prices[0]
    for side, (outcome, book) in zip((tally.sarf, tally.pledge), found, strict=True):
        np.multiply(outcome.profit, grams, out=side.profit[place])
        np.multiply(book, grams, out=side.book[place])
        np.multiply(outcome.cost, grams, out=side.cost[place])
        side.flat[place] = outcome.flat
        side.is_back[place] = outcome.is_back
        side.exit_step[place] = outcome.exit_step
        side.held[number] = float(np.sum(outcome.held_months * prices[0])) * grams
    ended = found[1][0]
    np.multiply(ended.shortfall, grams, out=tally.shortfall[place])
    tally.calls[place] = margin_calls(prices, run.window, run.parameters.pledge, ended.exit_step)


def _shares(parameters: SimulationParameters, number: int) -> tuple[float, float, float, float]:
    group = parameters.customers[number]
    standing = standing_of(group, parameters)
    return (
        group.share * standing.has_cash,
        group.share * standing.later,
        group.share * standing.never_renews,
        group.share * standing.never,
    )


def _add(book: Floats, outcomes: Sequence[Outcome], shares: Sequence[float]) -> None:
    for outcome, share in zip(outcomes, shares, strict=True):
        if share:
            book += outcome.profit * share


def _sample(run: Run, first: int, prices: Floats, sarf: Drawn, part: NDArray[np.float64]) -> None:
    """Keeps what quantiles by month need, on the first paths."""
    sample = run.tally.sample
    count = min(prices.shape[1], sample.bought_step.shape[0] - first)
    if count <= 0:
        return
    place = slice(first, first + count)
    sample.prices[:, place] = prices[:: run.parameters.prices.steps_per_month, :count]
    sample.bought_step[place] = np.where(sarf.is_back, sarf.exit_step, -1)[:count]
    sample.part[place] = np.where(sarf.is_back, part, 0.0)[:count]


def _grids(run: Run, first: int, prices: Floats) -> None:
    """The book of either structure at other terms, on the first paths."""
    tally, parameters = run.tally, run.parameters
    count = min(prices.shape[1], tally.grid.shape[1] - first)
    if count <= 0:
        return
    prices, place = np.ascontiguousarray(prices[:, :count]), slice(first, first + count)
    for row, (buy, cap) in enumerate(parameters.grid_terms()):
        changed = replace(
            parameters, sarf=replace(parameters.sarf, buy_fraction=buy, cap_fraction=cap)
        )
        tally.grid[row, place] = _book(changed, run.window, prices, sarf_outcomes)
    exit_step = np.full(count, run.window.matures, dtype=np.int16)
    for row, margin in enumerate(parameters.grid_loan_margins):
        pledge = replace(parameters.pledge, loan_margin=margin)
        changed = replace(parameters, pledge=pledge)
        tally.margin_grid[row, place] = _book(changed, run.window, prices, pledge_outcomes)
        tally.margin_called[row, place] = margin_calls(prices, run.window, pledge, exit_step) > 0


def _book(
    parameters: SimulationParameters,
    window: Window,
    prices: Floats,
    outcomes: Callable[[Floats, Window, SimulationParameters], Sequence[Sequence[Outcome]]],
) -> Floats:
    book = np.zeros(prices.shape[1])
    for number, found in enumerate(outcomes(prices, window, parameters)):
        _add(book, found, _shares(parameters, number))
    book *= parameters.weight_grams
    return book
