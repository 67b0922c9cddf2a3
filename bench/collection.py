"""Collecting a hundred meetings in one run, as a ratio to plain inserts on the same server.

    python bench/collection.py [--quick] [--groups N] [--members N] [--json FILE]

Starts an embedded server in a directory of its own and removes it at the end. The books are
recomputed afterwards: there are no figures of broken books.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import sys
import tempfile
import time
import warnings
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import psycopg
from parts.circles import Circle, load_circles
from parts.clocked import ClockedConnection, Laps
from parts.world import World, assert_coherent, open_world
from rich.console import Console
from rich.table import Table

from sanduq import demo
from sanduq.kit.embedded import start_embedded
from sanduq.microfinance.collection import service

console = Console(width=None if sys.stdout.isatty() else 120, highlight=False)

WARM_UP, MEASURED = 1, 3  # meetings of each group; the first run prepares statements and plans


@dataclass(frozen=True, slots=True)
class Report:
    """Rows are members at meetings: attendance, a repayment and a contribution each."""

    groups: int
    members: int
    setup_seconds: float
    run_seconds: list[float]
    single_seconds: list[float]
    sheet_seconds: float
    plain_rows_per_second: float
    shares: list[tuple[str, float]]

    @property
    def rows(self) -> int:
        return self.groups * self.members

    @property
    def rows_per_second(self) -> float:
        return self.rows / statistics.median(self.run_seconds)

    @property
    def single_rows_per_second(self) -> float:
        return self.members / statistics.median(self.single_seconds)


def main() -> None:
    """Runs and prints the figures."""
    warnings.filterwarnings("ignore")
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="twenty groups instead of a hundred")
    parser.add_argument("--groups", type=int)
    parser.add_argument("--members", type=int, default=20)
    parser.add_argument("--json", type=Path, help="write every figure to this file too")
    parser.add_argument("--data", default="/var/tmp", help="where the server's directory goes")
    options = parser.parse_args()
    data = Path(tempfile.mkdtemp(prefix="sanduq-bench-", dir=options.data))
    try:
        server = start_embedded(data)
        try:
            world = open_world(server)
            try:
                groups = options.groups or (20 if options.quick else 100)
                report = _measure(world, groups, options.members)
            finally:
                world.db.close()
        finally:
            server.stop()
    finally:
        shutil.rmtree(data, ignore_errors=True)
    _print(report)
    if options.json is not None:
        options.json.write_text(json.dumps(asdict(report), indent=1) + "\n")


def _measure(world: World, groups: int, members: int) -> Report:
    started = time.perf_counter()
    # One more meeting, and a few more groups, for those that are collected one by one.
    singles = min(10, groups)
    circles = load_circles(world, groups, members, WARM_UP + MEASURED + 1)
    setup = time.perf_counter() - started
    world.owner("checkpoint")
    sheet_started = time.perf_counter()
    with world.work(demo.NOW) as uow:
        service.sheets(uow, [circle.meeting_ids[0] for circle in circles])
    sheet_seconds = time.perf_counter() - sheet_started
    _collect(world, circles, 0, Laps())
    laps = Laps()
    runs = [_collect(world, circles, WARM_UP + turn, laps) for turn in range(MEASURED)]
    one_by_one = [_collect(world, [circle], -1, Laps()) for circle in circles[:singles]]
    plain = _plain_rows_per_second(world, groups * members)
    assert_coherent(world, "collecting")
    shares = laps.shares(sum(runs))
    return Report(groups, members, setup, runs, one_by_one, sheet_seconds, plain, shares)


def _collect(world: World, circles: Sequence[Circle], meeting: int, laps: Laps) -> float:
    """Seconds from beginning to commit, for one meeting of each group in one unit of work."""
    sheets = [circle.sheet(meeting) for circle in circles]
    started = time.perf_counter()
    with world.work(demo.NOW) as uow:
        uow.connection = ClockedConnection(uow.connection, laps)  # type: ignore[assignment]
        made = service.collect(uow, sheets)
    elapsed = time.perf_counter() - started
    refused = [row for one in made for row in one.rows if not row.is_recorded]
    assert not refused, refused[:1]
    assert not any(one.sums.difference_minor for one in made)
    return elapsed


def _plain_rows_per_second(world: World, rows: int) -> float:
    """The yardstick: the same number of meetings' rows in bare tables, three inserts and a
    committed transaction, nothing guarded, chained, judged or told."""
    with psycopg.connect(world.owner_url) as connection:
        for name in ("attendance", "repayment", "contribution"):
            connection.execute(
                f"create table bench_{name} (id text primary key, party_id text not null,"
                " amount_minor bigint not null, at timestamptz not null)".encode()
            )
        connection.commit()
        spent: list[float] = []
        for turn in range(WARM_UP + MEASURED):
            ids = [f"{turn}-{number}" for number in range(rows)]
            started = time.perf_counter()
            for name in ("attendance", "repayment", "contribution"):
                connection.execute(
                    f"insert into bench_{name} select r.id, r.id, r.minor, now()"
                    " from unnest(%s::text[], %s::bigint[]) r(id, minor)".encode(),
                    (ids, [100] * rows),
                )
            connection.commit()
            spent.append(time.perf_counter() - started)
        for name in ("attendance", "repayment", "contribution"):
            connection.execute(f"drop table bench_{name}".encode())
    return rows / statistics.median(spent[WARM_UP:])


def _print(report: Report) -> None:
    table = Table(title="Collecting meetings: guards, chain, audit and outbox on")
    for heading in ("what", "rows per second", "× plain"):
        table.add_column(heading, justify="left" if heading == "what" else "right")

    def row(what: str, per_second: float) -> None:
        share = per_second / report.plain_rows_per_second
        table.add_row(what, f"{per_second:,.0f}", f"{share:.3f}")

    row("plain: three bare inserts and a commit", report.plain_rows_per_second)
    row(f"{report.groups} groups of {report.members} in one run", report.rows_per_second)
    row(f"one group of {report.members} at a time", report.single_rows_per_second)
    console.print(table)
    times = ", ".join(f"{each:.2f}" for each in report.run_seconds)
    console.print(
        f"Runs of {report.rows:,} rows took {times} s; the {report.groups} prefilled sheets"
        f" {report.sheet_seconds:.2f} s; setting up {report.setup_seconds:.0f} s. The books were"
        " recomputed and are coherent."
    )
    parts = [f"{step} {share:.0%}" for step, share in report.shares if share >= 0.03]
    console.print(f"Where the time went: {', '.join(parts)}.")


if __name__ == "__main__":
    main()
