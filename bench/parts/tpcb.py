"""The yardstick: pgbench's TPC-B transaction on the same server, in a database of its own."""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import dataclass

from psycopg.conninfo import conninfo_to_dict

from parts.clocked import CpuMeter, CpuUse
from parts.world import World

CLIENTS, THREADS = 16, 2
DATABASE = "bench_tpcb"

_TPS = re.compile(r"^tps = ([0-9.]+)", re.MULTILINE)
_LATENCY = re.compile(r"^latency average = ([0-9.]+) ms", re.MULTILINE)
_STATEMENT = re.compile(r"^\s+([0-9.]+)\s+0\s+(.+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Tpcb:
    """`statements` are (milliseconds on average, statement), in the script's order."""

    tps: float
    latency_ms: float
    statements: list[tuple[float, str]]
    cpu: CpuUse

    def bound_by(self) -> str:
        total = sum(ms for ms, _ in self.statements) or 1.0
        slowest = sorted(self.statements, reverse=True)[:3]
        parts = [f"{text.split(';')[0][:44]} {ms / total:.0%}" for ms, text in slowest]
        return (
            f"of {self.latency_ms:.2f} ms per transaction: {', '.join(parts)}; {self.cpu.words()}"
        )


def measure_tpcb(world: World, *, scale: int, seconds: int) -> Tpcb:
    """Fills a fresh database at `scale`, runs prepared TPC-B for `seconds`, drops it again."""
    world.owner(f"create database {DATABASE}")
    try:
        _pgbench(world, "--initialize", "--quiet", "--scale", str(scale))
        world.owner("checkpoint")
        meter = CpuMeter(world.postmaster)
        text = _pgbench(
            world, "--protocol", "prepared", "--client", str(CLIENTS), "--jobs", str(THREADS),
            "--time", str(seconds), "--report-per-command",
        )  # fmt: skip
        cpu = meter.use()
    finally:
        world.owner(f"drop database {DATABASE} with (force)")
    tps, latency = _TPS.search(text), _LATENCY.search(text)
    assert tps is not None, text
    assert latency is not None, text
    statements = [(float(ms), sql.strip()) for ms, sql in _STATEMENT.findall(text)]
    return Tpcb(float(tps[1]), float(latency[1]), statements, cpu)


def _pgbench(world: World, *options: str) -> str:
    parts = conninfo_to_dict(world.owner_url)
    environment = {
        **os.environ,
        "PGHOST": str(parts["host"]),
        "PGUSER": str(parts["user"]),
        "PGPASSWORD": str(parts["password"]),
    }
    done = subprocess.run(
        [str(world.server.binaries / "pgbench"), *options, DATABASE],
        env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout
