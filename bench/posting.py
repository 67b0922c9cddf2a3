"""What this house carries on this machine, in one run, as ratios to pgbench on the same server.

    python bench/posting.py [--quick] [--seconds N] [--loans N] [--json FILE]

Starts an embedded server in a directory of its own and removes it at the end. After each part
the books are recomputed: there are no figures of broken books.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from dataclasses import asdict, dataclass, is_dataclass
from datetime import date
from pathlib import Path
from typing import Any

import psycopg
from parts.batches import BatchFigure, measure_batches
from parts.days import DaysReport, measure_days
from parts.machine import Machine, measure_machine
from parts.over_http import HttpReport, measure_http
from parts.tpcb import CLIENTS, Tpcb, measure_tpcb
from parts.world import World, assert_coherent, load_loans, loan_ids, open_world
from rich.console import Console
from rich.table import Table

from sanduq.kit.embedded import start_embedded

console = Console(width=None if sys.stdout.isatty() else 160, highlight=False)


@dataclass(frozen=True, slots=True)
class Size:
    """How long and how large a run is."""

    seconds: float
    loans: int
    scale: int
    dates: int


@dataclass(frozen=True, slots=True)
class Report:
    machine: Machine
    size: Size
    load_seconds: float
    tpcb: Tpcb
    batches: list[BatchFigure]
    http: HttpReport
    days: DaysReport
    total_seconds: float = 0.0


def main() -> None:
    """Runs every part and prints the figures."""
    warnings.filterwarnings("ignore")
    options = _options()
    size = (
        Size(options.seconds or 1.5, options.loans or 3_000, 5, 2)
        if options.quick
        else Size(options.seconds or 10.0, options.loans or 100_000, 20, 5)
    )
    data = Path(tempfile.mkdtemp(prefix="sanduq-bench-", dir=options.data))
    try:
        report = _run(data, size)
    finally:
        shutil.rmtree(data, ignore_errors=True)
    _print(report)
    if options.json is not None:
        options.json.write_text(json.dumps(asdict(report), default=_plain, indent=1) + "\n")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a small run of under a minute")
    parser.add_argument("--seconds", type=float, help="how long each measurement lasts")
    parser.add_argument("--loans", type=int, help="how many loans the book holds")
    parser.add_argument("--json", type=Path, help="write every figure to this file too")
    parser.add_argument("--data", default="/var/tmp", help="where the server's directory goes")
    return parser.parse_args()


def _run(data: Path, size: Size) -> Report:
    started = time.perf_counter()
    with console.status("Starting the server") as status:
        server = start_embedded(data)
        try:
            world = open_world(server)
            try:
                return _measure(world, data, size, status.update, started)
            finally:
                world.db.close()
        finally:
            server.stop()


def _measure(
    world: World, data: Path, size: Size, say: Callable[[str], None], started: float
) -> Report:
    with psycopg.connect(world.owner_url) as connection:
        version = connection.info.parameter_status("server_version") or "?"
    machine = measure_machine(data, version)
    say("pgbench")
    tpcb = measure_tpcb(world, scale=size.scale, seconds=round(size.seconds))
    say(f"Entering {size.loans} loans")
    load_seconds = load_loans(world, size.loans)
    assert_coherent(world, "loading")
    ids = loan_ids(world)
    say("Repayments in one connection")
    batches = measure_batches(world, ids, seconds=size.seconds)
    assert_coherent(world, "repayments in one connection")
    say("Repayments over HTTP")
    http = measure_http(world, ids, seconds=size.seconds)
    assert_coherent(world, "repayments over HTTP")
    say("End of day")
    days = measure_days(world, dates=size.dates)
    assert_coherent(world, "end of day")
    total = time.perf_counter() - started
    return Report(machine, size, load_seconds, tpcb, batches, http, days, total)


def _print(report: Report) -> None:
    yardstick = report.tpcb.tps
    table = Table(title="Posting, guards, chain, idempotency, audit and outbox on")
    for heading in ("what", "per second", "× pgbench", "p50 ms", "p99 ms"):
        table.add_column(heading, justify="left" if heading == "what" else "right")

    def row(what: str, per_second: float, *latency: float) -> None:
        shown = [f"{each:.1f}" for each in latency]
        table.add_row(what, f"{per_second:,.0f}", f"{per_second / yardstick:.2f}", *shown)

    row(f"pgbench TPC-B, scale {report.size.scale}, {CLIENTS} clients, prepared", yardstick)
    for batch in report.batches:
        row(f"repayments, one connection, {batch.size} per commit", batch.per_second)
    for figure in report.http.figures:
        rate = "" if figure.rate is None else ", at half that rate"
        what = f"repayments over HTTP, {figure.rows} per request, {figure.connections} connections"
        row(what + rate, figure.per_second, figure.p50_ms, figure.p99_ms)
    row(f"end of day, loans, {report.size.loans:,} on the book", report.days.per_second)
    for day in report.days.days:
        row(f"  {day.on}: {day.late:,} late, {day.paid:,} paid that day", day.per_second)
    console.print(table)
    _print_words(report)


def _print_words(report: Report) -> None:
    memory = report.http.memory
    console.print(
        f"Memory after the load: application {memory.app_rss_mib:.0f} MiB; PostgreSQL"
        f" {memory.postgres_mib:.0f} MiB in {memory.postgres_processes} processes (shared pages"
        f" counted once; {memory.postgres_rss_mib:.0f} MiB counted in each)."
    )
    console.print(f"Machine: {report.machine.words()}.")
    console.print(
        f"Book: {report.size.loans:,} loans entered at"
        f" {report.size.loans / report.load_seconds:,.0f} a second through the services."
        f" The books were recomputed after each part and are coherent."
        f" The whole run took {report.total_seconds:.0f} s."
    )
    console.print("\n[bold]What bounds each figure, as measured[/bold]")
    console.print(f"pgbench: {report.tpcb.bound_by()}")
    for batch in report.batches:
        console.print(f"{batch.size} per commit: {batch.bound_by()}")
    for figure in report.http.figures:
        console.print(f"HTTP, {figure.name}: {figure.bound_by()}")
    console.print(f"end of day, slowest date: {report.days.bound_by()}")


def _plain(value: object) -> Any:
    if isinstance(value, date | Path):
        return str(value)
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    raise TypeError(type(value).__name__)


if __name__ == "__main__":
    main()
