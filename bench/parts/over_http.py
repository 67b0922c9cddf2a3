"""Repayments over HTTP: the server as it is run, its load from another process."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import psycopg

from parts.clocked import CpuMeter, CpuUse
from parts.machine import Memory, measure_memory
from parts.world import World
from sanduq import demo

CONNECTIONS = 32
FILE_CONNECTIONS = 4
FILE_ROWS = 100
START_SECONDS_MAX = 60
_CLIENT = Path(__file__).with_name("load_client.py")


@dataclass(frozen=True, slots=True)
class HttpFigure:
    """`waits` are shares of the moments seen in which a busy backend was in that state."""

    name: str
    connections: int
    rows: int
    repayments: int
    seconds: float
    p50_ms: float
    p99_ms: float
    rate: float | None
    cpu: CpuUse
    waits: list[tuple[str, float]]

    @property
    def per_second(self) -> float:
        return self.repayments / self.seconds

    def bound_by(self) -> str:
        waits = ", ".join(f"{name} {share:.0%}" for name, share in self.waits if share >= 0.03)
        return f"{self.cpu.words()}; database sessions within a request: {waits}"


@dataclass(frozen=True, slots=True)
class HttpReport:
    figures: list[HttpFigure]
    memory: Memory


def measure_http(world: World, loan_ids: Sequence[str], *, seconds: float) -> HttpReport:
    """One repayment per request, the same at half that rate, and a hundred per request."""
    with _server(world) as (process, port):
        warm_up = _Run(world, process.pid, port, loan_ids)
        warm_up.figure("warm-up", connections=CONNECTIONS, rows=1, seconds=min(2.0, seconds))
        run = warm_up
        single = run.figure("single", connections=CONNECTIONS, rows=1, seconds=seconds)
        steady = run.figure(
            "steady", connections=CONNECTIONS, rows=1, seconds=seconds, rate=single.per_second / 2
        )
        run.figure("file-warm-up", connections=FILE_CONNECTIONS, rows=FILE_ROWS, seconds=1.0)
        files = run.figure("file", connections=FILE_CONNECTIONS, rows=FILE_ROWS, seconds=seconds)
        memory = measure_memory(process.pid, world.postmaster)
    return HttpReport([single, steady, files], memory)


@contextmanager
def _server(world: World) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """`sanduq serve` without the jobs, in a process of its own; ended when the block ends."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    environment = {
        **os.environ, "SANDUQ_DATABASE_URL": world.owner_url, "SANDUQ_LOG": "WARNING",
    }  # fmt: skip
    command = [str(Path(sys.executable).with_name("sanduq")), "serve", "--no-worker"]
    process = subprocess.Popen(
        [*command, "--port", str(port)], env=environment, stdout=subprocess.DEVNULL
    )
    try:
        _await_ready(process, port)
        yield process, port
    finally:
        process.terminate()
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _await_ready(process: subprocess.Popen[bytes], port: int) -> None:
    ends = time.monotonic() + START_SECONDS_MAX
    while time.monotonic() < ends:
        assert process.poll() is None, "the server ended while starting"
        try:
            with urlopen(f"http://127.0.0.1:{port}/readyz", timeout=2) as answer:
                if answer.status == 200:
                    return
        except (URLError, ConnectionError, TimeoutError):
            time.sleep(0.1)
    raise AssertionError(f"the server was not ready within {START_SECONDS_MAX} s")


class _Run:
    """What the measurements of one server share."""

    def __init__(self, world: World, app: int, port: int, loan_ids: Sequence[str]) -> None:
        self.world, self.app, self.port, self.loan_ids = world, app, port, loan_ids

    def figure(
        self, name: str, *, connections: int, rows: int, seconds: float, rate: float | None = None
    ) -> HttpFigure:
        """Refuses (`AssertionError`) a run in which any answer was not a success."""
        self.world.owner("checkpoint")
        task = {
            "port": self.port, "key": demo.MAKER_KEY, "connections": connections,
            "seconds": seconds, "rows": rows, "loan_ids": list(self.loan_ids), "amount": "1.00",
            "name": name, "rate": rate,
        }  # fmt: skip
        client = subprocess.Popen(
            [sys.executable, str(_CLIENT)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        meter = CpuMeter(self.world.postmaster, server=self.app)
        with _sessions(self.world) as waits:
            text, _ = client.communicate(json.dumps(task).encode())
        cpu = meter.use()
        assert client.returncode == 0, "the load client failed"
        seen = json.loads(text)
        assert seen["first_refusal"] is None, f"{seen['statuses']}: {seen['first_refusal']}"
        latencies = sorted(seen["latencies_ms"])
        total = sum(waits.values()) or 1
        return HttpFigure(
            name, connections, rows, seen["recorded"], seen["seconds"],
            latencies[len(latencies) // 2], latencies[len(latencies) * 99 // 100], rate, cpu,
            [(wait, count / total) for wait, count in waits.most_common()],
        )  # fmt: skip


@contextmanager
def _sessions(world: World) -> Iterator[Counter[str]]:
    """Looks twenty times a second at what the application's open transactions are doing."""
    seen: Counter[str] = Counter()
    done = threading.Event()

    def look() -> None:
        with psycopg.connect(world.owner_url, autocommit=True) as connection:
            while not done.wait(0.05):
                for state, kind, event, count in connection.execute(
                    "select state, wait_event_type, wait_event, count(*) from pg_stat_activity"
                    " where application_name = 'sanduq' and state <> 'idle' group by 1, 2, 3"
                ):
                    seen[_meaning(state, kind, event)] += count

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    try:
        yield seen
    finally:
        done.set()
        thread.join()


def _meaning(state: str, kind: str | None, event: str | None) -> str:
    if state.startswith("idle in transaction"):
        return "waiting for Python"
    if kind is None:
        return "working"
    if kind == "Lock":
        return "waiting for another posting's locks"
    return f"waiting for {event}"
