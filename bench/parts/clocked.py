"""Clocks: time per statement inside a unit of work, and processor time per process."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import Any

import psutil
from psycopg import sql

_SUBJECT = re.compile(r"(insert into|update|from)\s+([a-z_]+\.[a-z_]+)")


@dataclass(slots=True)
class Laps:
    """Seconds and calls by step."""

    seconds: dict[str, float] = field(default_factory=dict)
    calls: dict[str, int] = field(default_factory=dict)

    def add(self, step: str, seconds: float) -> None:
        self.seconds[step] = self.seconds.get(step, 0.0) + seconds
        self.calls[step] = self.calls.get(step, 0) + 1

    @contextmanager
    def lap(self, step: str) -> Iterator[None]:
        started = time.perf_counter()
        try:
            yield
        finally:
            self.add(step, time.perf_counter() - started)

    def shares(self, total: float) -> list[tuple[str, float]]:
        """Each step's part of `total` seconds, largest first; the rest is Python's."""
        found = {step: seconds / total for step, seconds in self.seconds.items()}
        found["python"] = 1.0 - sum(found.values())
        return sorted(found.items(), key=lambda item: -item[1])


class ClockedConnection:
    """A connection that adds the time of each statement to its laps."""

    def __init__(self, connection: Any, laps: Laps) -> None:
        self._connection = connection
        self._laps = laps

    def execute(self, query: Any, parameters: Any = None, **options: Any) -> Any:
        with self._laps.lap(_step_of(query)):
            return self._connection.execute(query, parameters, **options)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """A savepoint; its two statements are timed, what happens between them is not."""
        inner: AbstractContextManager[Any] = self._connection.transaction()
        with self._laps.lap("savepoint"):
            inner.__enter__()
        try:
            yield
        except BaseException as error:
            inner.__exit__(type(error), error, error.__traceback__)
            raise
        with self._laps.lap("savepoint"):
            inner.__exit__(None, None, None)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)


_steps: dict[Any, str] = {}


def _step_of(query: Any) -> str:
    key = query.as_string(None) if isinstance(query, sql.Composable) else query
    found = _steps.get(key)
    if found is None:
        text = key.decode() if isinstance(key, bytes) else str(key)
        match = _SUBJECT.search(text)
        verb = {"insert into": "insert", "update": "update"}.get(match[1] if match else "", "read")
        subject = match[2] if match else "other"
        name = subject if subject.startswith("ledger.post") else f"{verb} {subject}"
        found = _steps[key] = name
    return found


@dataclass(frozen=True, slots=True)
class CpuUse:
    """Cores kept busy, on average, by each part of the machine."""

    elapsed_s: float
    postgres: float
    named: dict[str, float]
    machine: float

    @property
    def others(self) -> float:
        """What neither the server, nor the named processes used: strangers and the kernel."""
        return max(0.0, self.machine - self.postgres - sum(self.named.values()))

    def words(self) -> str:
        parts = [f"{name} {cores:.2f}" for name, cores in self.named.items()]
        parts += [f"postgres {self.postgres:.2f}", f"everything else {self.others:.2f}"]
        return f"cores in use: {', '.join(parts)} of {psutil.cpu_count()}"


class CpuMeter:
    """Processor time of the postmaster's family and of named processes, between two moments."""

    def __init__(self, postmaster: int, **named: int) -> None:
        self._postmaster = postmaster
        self._named = named
        self._started = time.perf_counter()
        self._before = self._read()

    def _read(self) -> tuple[float, dict[str, float], float]:
        named = {name: _own_seconds(pid) for name, pid in self._named.items()}
        machine = psutil.cpu_times()
        busy = sum(machine) - machine.idle - getattr(machine, "iowait", 0.0)
        busy -= getattr(machine, "guest", 0.0) + getattr(machine, "guest_nice", 0.0)
        return _family_seconds(self._postmaster), named, busy

    def use(self) -> CpuUse:
        """Cores used since this meter was made."""
        elapsed = time.perf_counter() - self._started
        postgres, named, machine = self._read()
        before = self._before
        return CpuUse(
            elapsed,
            (postgres - before[0]) / elapsed,
            {name: (named[name] - before[1][name]) / elapsed for name in named},
            (machine - before[2]) / elapsed,
        )


def _own_seconds(pid: int) -> float:
    times = psutil.Process(pid).cpu_times()
    return float(times.user + times.system)


def _family_seconds(pid: int) -> float:
    """A process, its living children, and the children it has buried."""
    process = psutil.Process(pid)
    times = process.cpu_times()
    total = float(times.user + times.system + times.children_user + times.children_system)
    for child in process.children():
        try:
            own = child.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += float(own.user + own.system)
    return total
