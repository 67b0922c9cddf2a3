"""Paths of prices: their moments, where they come from, and that nothing else gets in."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanduq.sarf.simulation.engine import simulate
from sanduq.sarf.simulation.model import (
    CHUNK_PATHS,
    PriceModel,
    PricePaths,
    SimulationParameters,
)
from sanduq.sarf.simulation.paths import Floats, chunk_sizes, source_of, streams

PATHS = 400_000
HISTORY = (100.0, 103.0, 99.0, 104.5, 110.0, 108.0, 101.0, 107.0, 111.0, 109.5, 114.0, 118.0)


def drawn(parameters: SimulationParameters) -> Floats:
    """All paths of a simulation side by side."""
    source, first, found = source_of(parameters), 0, []
    for number, count in enumerate(chunk_sizes(parameters.paths)):
        found.append(source.draw(first, count, streams(parameters.seed, number)[0]))
        first += count
    return np.concatenate(found, axis=1)


def test_without_drift_the_mean_price_stays() -> None:
    prices = drawn(SimulationParameters(paths=PATHS, seed=2))
    # Standard error of the mean at month 8: 200 x 0.15 x sqrt(8/12) / sqrt(400,000) is 0.039.
    assert prices.shape == (9, PATHS)
    assert np.abs(prices.mean(axis=1) - 200).max() < 4 * 0.039


def test_the_logarithm_has_the_mean_and_the_spread_asked_for() -> None:
    moves = PricePaths(drift=0.06, volatility=0.20)
    logs = np.log(drawn(SimulationParameters(paths=PATHS, months=12, seed=4, prices=moves)) / 200)
    # After a year: mean 0.06 - 0.02, sd 0.20; standard errors 0.20 / sqrt(n) and 0.20 / sqrt(2n).
    assert abs(logs[12].mean() - 0.04) < 4 * 0.20 / math.sqrt(PATHS)
    assert abs(logs[12].std() - 0.20) < 4 * 0.20 / math.sqrt(2 * PATHS)
    # After a quarter of a year half that spread; months are independent of one another.
    assert abs(logs[3].std() - 0.10) < 4 * 0.10 / math.sqrt(2 * PATHS)
    monthly = np.diff(logs, axis=0)
    assert abs(np.corrcoef(monthly[0], monthly[1])[0, 1]) < 4 / math.sqrt(PATHS)


def test_the_mean_price_grows_by_the_drift() -> None:
    moves = PricePaths(drift=0.06, volatility=0.20)
    prices = drawn(SimulationParameters(paths=PATHS, months=12, seed=4, prices=moves))
    # 200 x e^0.06 is 212.367; standard error 212.4 x 0.2020 / sqrt(n) is 0.068.
    assert abs(prices[12].mean() - 212.367) < 4 * 0.068


def test_finer_steps_leave_the_month_ends_as_widely_spread() -> None:
    moves = PricePaths(steps_per_month=4)
    logs = np.log(drawn(SimulationParameters(paths=100_000, seed=9, prices=moves)) / 200)
    assert logs.shape == (33, 100_000)
    expected = 0.15 * math.sqrt(8 / 12)
    assert abs(logs[32].std() - expected) < 4 * expected / math.sqrt(200_000)


def test_without_volatility_the_price_stands_still() -> None:
    still = SimulationParameters(paths=10, prices=PricePaths(volatility=0.0))
    assert np.allclose(drawn(still), 200)


@given(
    st.lists(st.floats(1, 1e6), min_size=4, max_size=30),
    st.integers(1, 3),
    st.integers(0, 2**63 - 1),
)
def test_the_bootstrap_uses_only_returns_of_the_history_in_their_blocks(
    history: list[float], block_length: int, seed: int
) -> None:
    moves = PricePaths(
        PriceModel.BOOTSTRAP, history=tuple(history), block_length=block_length, start_price=100
    )
    prices = drawn(SimulationParameters(paths=20, months=7, seed=seed, prices=moves))
    known = np.diff(np.log(history))
    for path in np.diff(np.log(prices), axis=0).T:
        for first in range(0, 7, block_length):
            block = path[first : first + block_length]
            starts = range(len(known) - block_length + 1)
            assert any(np.allclose(known[s : s + len(block)], block, atol=1e-9) for s in starts)


def test_every_window_of_the_history_is_used_and_begins_at_the_start_price() -> None:
    moves = PricePaths(PriceModel.HISTORICAL, history=HISTORY)
    prices = drawn(SimulationParameters(paths=4, months=8, prices=moves))
    assert prices.shape == (9, 4)
    for first in range(4):
        window = np.asarray(HISTORY[first : first + 9])
        assert np.allclose(prices[:, first], 200 * window / window[0])


def test_more_paths_than_windows_take_the_windows_in_turn() -> None:
    moves = PricePaths(PriceModel.HISTORICAL, history=HISTORY)
    wanted = SimulationParameters(paths=CHUNK_PATHS + 6, months=8, prices=moves)
    prices = drawn(wanted)
    assert np.array_equal(prices[:, 0:4], prices[:, CHUNK_PATHS : CHUNK_PATHS + 4])
    assert np.array_equal(prices[:, 3], prices[:, CHUNK_PATHS + 3])
    result = simulate(wanted)
    assert result.distinct_paths == 4
    assert any("4 paths" in note for note in result.notes)


def test_fewer_paths_than_windows_are_spread_over_the_whole_history() -> None:
    moves = PricePaths(PriceModel.HISTORICAL, history=HISTORY)
    few = drawn(SimulationParameters(paths=2, months=8, prices=moves))
    all_of_them = drawn(SimulationParameters(paths=4, months=8, prices=moves))
    assert np.array_equal(few, all_of_them[:, [0, 2]])


def test_the_customers_are_the_same_whatever_the_price_model() -> None:
    drift = SimulationParameters(paths=3_000, prices=PricePaths(drift=0.5))
    still = SimulationParameters(paths=3_000, prices=PricePaths(volatility=0))
    shares = {simulate(one).avoided.sold_share for one in (drift, still)}
    assert len(shares) == 1


@pytest.mark.parametrize("paths", [1, CHUNK_PATHS, CHUNK_PATHS + 1])
def test_chunks_have_all_the_paths(paths: int) -> None:
    sizes = chunk_sizes(paths)
    assert sum(sizes) == paths
    assert max(sizes) <= CHUNK_PATHS
