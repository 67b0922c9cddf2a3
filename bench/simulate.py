"""Paths per second of the simulator, beside a plain Python loop and the bandwidth of the memory.

    python bench/simulate.py [--quick] [--paths N] [--json FILE]

Needs no database. The plain loop does the same sums on paths of its own; the script stops when the
two do not agree within what chance allows.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import random
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from parts.plain_simulation import PlainSums, plain_loop
from rich.console import Console
from rich.table import Table

from sanduq.sarf.simulation import engine
from sanduq.sarf.simulation.model import SimulationParameters, SimulationResult
from sanduq.sarf.simulation.paths import chunk_sizes, source_of, streams
from sanduq.sarf.simulation.tally import Side, Tally

console = Console(width=None if sys.stdout.isatty() else 120, highlight=False)

RUNS = 3
COPIED_BYTES = 256 * 1024 * 1024
STANDARD_ERRORS = 5


@dataclass(frozen=True, slots=True)
class Speed:
    """Paths per second by the clock on the wall and by the processor's own."""

    what: str
    paths: int
    per_second: float
    per_cpu_second: float


@dataclass(frozen=True, slots=True)
class Report:
    months: int
    bytes_per_path: int
    copy_bytes_per_second: float
    load_before: float
    speeds: list[Speed]

    @property
    def limit_per_second(self) -> float:
        return self.copy_bytes_per_second / self.bytes_per_path


def main() -> None:
    """Runs and prints the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="100,000 paths instead of 1,000,000")
    parser.add_argument("--paths", type=int)
    parser.add_argument("--json", type=Path, help="write every figure to this file too")
    options = parser.parse_args()
    report = measure(options.paths or (100_000 if options.quick else 1_000_000), options.quick)
    _print(report)
    if options.json is not None:
        options.json.write_text(json.dumps(asdict(report), indent=1) + "\n")


def measure(paths: int, is_quick: bool) -> Report:
    """The yardsticks and the engine in one run."""
    load = os.getloadavg()[0]
    asked = SimulationParameters(paths=paths, seed=7)
    bandwidth = _copy_bytes_per_second()
    plain_paths = 3_000 if is_quick else 30_000
    sums: list[PlainSums] = []
    speeds = [
        _speed("plain Python loop", plain_paths, lambda: sums.append(_plain(asked, plain_paths))),
        _speed("drawing the prices alone, NumPy", paths, lambda: _prices(asked)),
    ]
    results: list[SimulationResult] = []
    for workers in sorted({1, os.cpu_count() or 1}):
        speeds.append(
            _speed(
                f"the engine, {workers} thread{'s' * (workers > 1)}",
                paths,
                lambda count=workers: results.append(engine.simulate(asked, workers=count)),
            )
        )
    assert all(result == results[0] for result in results), "threads changed the result"
    for each in sums:
        _assert_agreed(each, plain_paths, results[0])
    return Report(asked.months, _bytes_per_path(asked), bandwidth, load, speeds)


def _speed(what: str, paths: int, work: Callable[[], object]) -> Speed:
    """The median of some runs after one to warm up."""
    walls, processors = [], []
    for _ in range(RUNS + 1):
        wall, processor = time.perf_counter(), time.process_time()
        work()
        walls.append(time.perf_counter() - wall)
        processors.append(time.process_time() - processor)
    return Speed(
        what,
        paths,
        paths / statistics.median(walls[1:]),
        paths / statistics.median(processors[1:]),
    )


def _plain(asked: SimulationParameters, paths: int) -> PlainSums:
    return plain_loop(asked, paths, random.Random(11))


def _prices(asked: SimulationParameters) -> None:
    source, first = source_of(asked), 0
    for number, count in enumerate(chunk_sizes(asked.paths)):
        source.draw(first, count, streams(asked.seed, number)[0])
        first += count


def _copy_bytes_per_second() -> float:
    """What np.copyto moves, read and written, from one large array to another: the best of five."""
    source, target = np.ones(COPIED_BYTES // 8), np.zeros(COPIED_BYTES // 8)
    spent = []
    for _ in range(5):
        started = time.perf_counter()
        np.copyto(target, source)
        spent.append(time.perf_counter() - started)
    return 2 * COPIED_BYTES / min(spent)


def _bytes_per_path(asked: SimulationParameters) -> int:
    """The least a path must move: prices, draws and what is kept, each written and read once."""
    kept = engine.begin(SimulationParameters(paths=1, months=asked.months)).tally
    prices = 8 * (asked.months + 1)
    people = 8 * 4
    return 2 * (prices + people + _kept_bytes(kept))


def _kept_bytes(tally: Tally) -> int:
    def of(side: Side) -> int:
        arrays = (side.profit, side.book, side.cost, side.flat, side.is_back, side.exit_step)
        return sum(array.itemsize for array in arrays)

    own = (tally.start_price, tally.shortfall, tally.calls)
    return of(tally.sarf) + of(tally.pledge) + sum(array.itemsize for array in own)


def _assert_agreed(sums: PlainSums, paths: int, result: SimulationResult) -> None:
    """The loop's means lie within what chance allows of the engine's."""
    profit = result.sarf.institution.facility
    deviation = math.sqrt(sums.sarf_squares / paths - (sums.sarf_profit / paths) ** 2)
    assert abs(deviation / profit.standard_deviation - 1) < STANDARD_ERRORS / math.sqrt(paths)
    pledge, avoided = result.pledge.institution, result.avoided
    for mine, theirs, spread in (
        (sums.sarf_profit, profit.mean, profit.standard_deviation),
        (sums.sarf_book, result.sarf.institution.book.mean, profit.standard_deviation),
        (sums.pledge_profit, pledge.facility.mean, pledge.facility.standard_deviation),
        (sums.pledge_book, pledge.book.mean, pledge.facility.standard_deviation),
        (sums.bought, result.sarf.customer.got_gold_back_share, 0.5),
        (sums.called, avoided.called_share, 0.5),
        (sums.shortfall, avoided.shortfall_mean, pledge.facility.standard_deviation),
    ):
        assert abs(mine / paths - theirs) < STANDARD_ERRORS * spread / math.sqrt(paths), (
            mine / paths, theirs,
        )  # fmt: skip


def _print(report: Report) -> None:
    plain = report.speeds[0]
    table = Table(title=f"Paths of {report.months} months, both structures, one person each")
    for heading in ("what", "paths", "paths/s", "paths/s of CPU", "× plain", "× limit"):
        table.add_column(heading, justify="left" if heading == "what" else "right")
    for speed in report.speeds:
        table.add_row(
            speed.what, f"{speed.paths:,}", f"{speed.per_second:,.0f}",
            f"{speed.per_cpu_second:,.0f}", f"{speed.per_second / plain.per_second:,.1f}",
            f"{speed.per_second / report.limit_per_second:.4f}",
        )  # fmt: skip
    limit = report.limit_per_second
    table.add_row(
        "the memory's limit", "", f"{limit:,.0f}", "", f"{limit / plain.per_second:,.1f}", "1.0000"
    )
    console.print(table)
    console.print(
        f"Memory copies {report.copy_bytes_per_second / 1e9:.1f} GB/s (np.copyto, read and"
        f" written); a path moves at least {report.bytes_per_path} bytes: prices, draws and what is"
        f" kept, each written and read once. Load before the run: {report.load_before:.1f} on"
        f" {os.cpu_count()} processors; when it is not near 0, only the ratios mean something."
    )
    console.print("The plain loop agreed with the engine; threads left the result as it was.")


if __name__ == "__main__":
    main()
