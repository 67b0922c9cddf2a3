"""Valuing a whole book of pledges after a change of price, as a ratio to a plain update.

    python bench/revalue.py [--quick] [--pledges N] [--json FILE]

Starts an embedded server in a directory of its own and removes it at the end. What the run wrote
is recomputed pledge by pledge for a part of the book: there are no figures of a wrong book.
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
from dataclasses import asdict, dataclass
from pathlib import Path

import psycopg
from parts.clocked import ClockedConnection, CpuMeter, Laps
from parts.pledges import hang_board, load_pledges
from parts.world import World, open_world
from rich.console import Console
from rich.table import Table

from sanduq import demo
from sanduq.assets.model import Metal
from sanduq.kit.embedded import start_embedded
from sanduq.kit.money import currency
from sanduq.rahnu.contracts import service as contracts
from sanduq.rahnu.contracts.margin.book import revalue_book
from sanduq.rahnu.contracts.margin.flagging import covers_of, pledged_value
from sanduq.rahnu.contracts.margin.model import flag_after
from sanduq.rahnu.templates import service as templates

console = Console(width=None if sys.stdout.isatty() else 120, highlight=False)

USD = currency("USD")
PRICES = {  # minor units per kilogram, and what a move to it does
    "a small fall, watched ones only": 18_500_000,
    "a fall that calls one in fourteen": 16_000_000,
    "a rise that ends those calls": 20_000_000,
}
CHECKED = 500


@dataclass(frozen=True, slots=True)
class Run:
    what: str
    seconds: float
    called: int
    cured: int
    wal_mb: float
    shares: list[tuple[str, float]]
    cpu: str


@dataclass(frozen=True, slots=True)
class Report:
    pledges: int
    things: int
    setup_seconds: float
    plain_per_second: float
    runs: list[Run]

    def per_second(self, run: Run) -> float:
        return self.pledges / run.seconds


def main() -> None:
    """Runs and prints the figures."""
    warnings.filterwarnings("ignore")
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="5,000 pledges instead of 100,000")
    parser.add_argument("--pledges", type=int)
    parser.add_argument("--json", type=Path, help="write every figure to this file too")
    parser.add_argument("--data", default="/var/tmp", help="where the server's directory goes")
    options = parser.parse_args()
    data = Path(tempfile.mkdtemp(prefix="sanduq-bench-", dir=options.data))
    try:
        server = start_embedded(data)
        try:
            world = open_world(server)
            try:
                report = _measure(world, options.pledges or (5_000 if options.quick else 100_000))
            finally:
                world.db.close()
        finally:
            server.stop()
    finally:
        shutil.rmtree(data, ignore_errors=True)
    _print(report)
    if options.json is not None:
        options.json.write_text(json.dumps(asdict(report), indent=1) + "\n")


def _measure(world: World, pledges: int) -> Report:
    setup = load_pledges(world, pledges)
    things = int(str(world.owner("select count(*) from rahnu.contract_item")[0][0]))
    runs = []
    for number, (what, price) in enumerate(PRICES.items(), start=1):
        hang_board(world, price, f"pbd_bench_{number:02d}")
        world.owner("vacuum (analyze) rahnu.contract, rahnu.contract_item")
        world.owner("checkpoint")
        runs.append(_revalue(world, what))
        _assert_right(world)
    return Report(pledges, things, setup, _plain_per_second(world, pledges), runs)


def _revalue(world: World, what: str) -> Run:
    """From beginning to commit: values, flags, facts, notices, events."""
    laps = Laps()
    meter = CpuMeter(world.postmaster)
    wal = _wal_bytes(world)
    started = time.perf_counter()
    with world.work(demo.NOW) as uow:
        uow.connection = ClockedConnection(uow.connection, laps)  # type: ignore[assignment]
        made = revalue_book(uow, Metal.GOLD, USD)
    seconds = time.perf_counter() - started
    cpu = meter.use().words()
    written = (_wal_bytes(world) - wal) / 1e6
    shares = laps.shares(seconds)
    return Run(what, seconds, made.called_count, made.cured_count, written, shares, cpu)


def _wal_bytes(world: World) -> int:
    return int(str(world.owner("select pg_current_wal_insert_lsn() - '0/0'")[0][0]))


def _assert_right(world: World) -> None:
    """A part of the book worked out one by one: values, flags, and what they rest on."""
    rows = world.owner(
        f"select contract_id from rahnu.contract order by md5(contract_id) limit {CHECKED}"
    )
    with world.work(demo.NOW) as uow:
        found = contracts.load(uow, [str(row[0]) for row in rows])
        covers = covers_of(uow, list(found.values()))
        terms = templates.load(uow, {one.template_id for one in found.values()})
    for contract_id, one in found.items():
        assert one.appraised_minor == pledged_value(one), contract_id
        cover, agreed = covers[contract_id], terms[one.template_id].terms
        assert flag_after(one.margin_flag, cover, agreed) is one.margin_flag, contract_id


def _plain_per_second(world: World, rows: int) -> float:
    """The yardstick: one update of as many rows of a bare table, committed; nothing else."""
    with psycopg.connect(world.owner_url) as connection:
        connection.execute(
            "create table bench_plain (id text primary key, minor bigint not null)"
            " with (fillfactor = 80)"
        )
        connection.execute(
            "insert into bench_plain select 'rhn_' || lpad(n::text, 26, '0'), n"
            f" from generate_series(1, {rows}) n".encode()
        )
        connection.commit()
        spent = []
        for _ in range(3):
            started = time.perf_counter()
            connection.execute("update bench_plain set minor = minor + 1")
            connection.commit()
            spent.append(time.perf_counter() - started)
        connection.execute("drop table bench_plain")
    return rows / statistics.median(spent)


def _print(report: Report) -> None:
    table = Table(title=f"{report.pledges:,} pledges with {report.things:,} things valued anew")
    for heading in ("what", "seconds", "pledges per second", "× plain", "called", "ended"):
        table.add_column(heading, justify="left" if heading == "what" else "right")
    plain = report.plain_per_second
    table.add_row(
        "plain: one update, one commit", f"{report.pledges / plain:.2f}", f"{plain:,.0f}",
        "1.000", "", "",
    )  # fmt: skip
    for run in report.runs:
        speed = report.per_second(run)
        table.add_row(
            run.what, f"{run.seconds:.2f}", f"{speed:,.0f}", f"{speed / plain:.3f}",
            f"{run.called:,}", f"{run.cured:,}",
        )  # fmt: skip
    console.print(table)
    console.print(f"Setting up took {report.setup_seconds:.0f} s. A part was recomputed by hand.")
    for run in report.runs:
        parts = [f"{step} {share:.0%}" for step, share in run.shares if share >= 0.03]
        per = run.wal_mb * 1e6 / report.pledges
        console.print(
            f"What bounds {run.what}: {', '.join(parts)}; {per:,.0f} bytes of log per pledge;"
            f" {run.cpu}."
        )


if __name__ == "__main__":
    main()
