"""Paths of the gold price, a chunk at a time: one row per step, one column per path."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sanduq.sarf.simulation.model import (
    CHUNK_PATHS,
    PriceModel,
    PricePaths,
    SimulationParameters,
    price_steps,
)

Floats = NDArray[np.float64]
Source = Callable[[int, int, np.random.Generator], Floats]
"""From the number of a chunk's first path, how many, and its stream, to its prices."""

MONTHS_PER_YEAR = 12


@dataclass(frozen=True, slots=True)
class PathSource:
    """Draws chunks of paths; `distinct` is how many paths there are to draw from (0: endless)."""

    draw: Source
    distinct: int


def streams(seed: int, chunk: int) -> tuple[np.random.Generator, np.random.Generator]:
    """The two streams of a chunk, for prices and for people: what they give depends on the seed
    and the chunk's number alone, whoever draws it and whenever."""
    prices, people = np.random.SeedSequence(seed, spawn_key=(chunk,)).spawn(2)
    return np.random.Generator(np.random.PCG64(prices)), np.random.Generator(
        np.random.PCG64(people)
    )


def chunk_sizes(paths: int) -> list[int]:
    """How many paths each chunk has."""
    return [min(CHUNK_PATHS, paths - first) for first in range(0, paths, CHUNK_PATHS)]


def source_of(parameters: SimulationParameters) -> PathSource:
    """What draws the paths these parameters ask for. The parameters have been checked."""
    prices, steps = parameters.prices, price_steps(parameters)
    if prices.model is PriceModel.GBM:
        return PathSource(_diffusion(prices, steps), 0)
    if prices.model is PriceModel.BOOTSTRAP:
        return PathSource(_blocks(prices, steps), 0)
    if prices.model is PriceModel.HISTORICAL:
        history = np.asarray(prices.history, dtype=np.float64)
        windows = np.lib.stride_tricks.sliding_window_view(history, steps + 1)
        found = windows * (prices.start_price / windows[:, :1])
    else:
        found = np.asarray(prices.given, dtype=np.float64)
    return PathSource(_repeated(np.ascontiguousarray(found.T), parameters.paths), len(found))


def _diffusion(prices: PricePaths, steps: int) -> Source:
    """Geometric Brownian motion, exact at each step: the mean price grows by exp(drift) a year."""
    years = 1.0 / (MONTHS_PER_YEAR * prices.steps_per_month)
    shift = (prices.drift - prices.volatility**2 / 2) * years
    spread = prices.volatility * years**0.5

    def draw(_: int, count: int, stream: np.random.Generator) -> Floats:
        path = np.zeros((steps + 1, count))
        moves = path[1:]
        stream.standard_normal(out=moves)
        moves *= spread
        moves += shift
        return _from_logarithms(path, prices.start_price)

    return draw


def _blocks(prices: PricePaths, steps: int) -> Source:
    """Moving blocks of the history's returns, drawn with replacement (Künsch 1989)."""
    returns = np.diff(np.log(np.asarray(prices.history, dtype=np.float64)))
    length = prices.block_length
    block_count = -(-steps // length)
    place = np.arange(steps) % length
    block = np.arange(steps) // length

    def draw(_: int, count: int, stream: np.random.Generator) -> Floats:
        first = stream.integers(0, len(returns) - length + 1, size=(block_count, count))
        path = np.zeros((steps + 1, count))
        for step in range(steps):
            path[step + 1] = returns[first[block[step]] + place[step]]
        return _from_logarithms(path, prices.start_price)

    return draw


def _repeated(found: Floats, paths: int) -> Source:
    """The paths found, in turn; when fewer are asked for, as many spread evenly over them."""
    distinct = found.shape[1]

    def draw(first: int, count: int, _: np.random.Generator) -> Floats:
        numbers = np.arange(first, first + count)
        chosen = numbers % distinct if paths >= distinct else numbers * distinct // paths
        return found[:, chosen]

    return draw


def _from_logarithms(path: Floats, start_price: float) -> Floats:
    for step in range(1, len(path)):
        path[step] += path[step - 1]
    np.exp(path, out=path)
    path *= start_price
    return path
