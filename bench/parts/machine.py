"""What the figures were measured on: cores, memory, and how long the disk takes to be sure."""

from __future__ import annotations

import os
import platform
import statistics
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

_PAGE = bytes(8192)
_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Machine:
    cores: int
    memory_gib: float
    python: str
    postgres: str
    file_system: str
    fdatasync_median_ms: float
    fdatasync_p99_ms: float
    load_average: float

    def words(self) -> str:
        return (
            f"{self.cores} cores, {self.memory_gib:.0f} GiB, {self.file_system},"
            f" 8 kB write + fdatasync {self.fdatasync_median_ms:.2f} ms"
            f" (p99 {self.fdatasync_p99_ms:.2f}), Python {self.python}, PostgreSQL {self.postgres},"
            f" load average at start {self.load_average:.2f}"
        )


def measure_machine(data: Path, postgres: str) -> Machine:
    """Reads the machine and times 400 synchronous page writes in `data`."""
    median, p99 = _fdatasync_ms(data)
    return Machine(
        cores=psutil.cpu_count() or 1,
        memory_gib=psutil.virtual_memory().total / _MIB / 1024,
        python=platform.python_version(),
        postgres=postgres,
        file_system=_file_system(data),
        fdatasync_median_ms=median,
        fdatasync_p99_ms=p99,
        load_average=os.getloadavg()[0],
    )


def _fdatasync_ms(directory: Path, times: int = 400) -> tuple[float, float]:
    path = directory / "fdatasync-probe"
    handle = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
    try:
        # As with a log segment: the file has its size already, only its pages change.
        os.write(handle, _PAGE * times)
        os.fsync(handle)
        os.lseek(handle, 0, os.SEEK_SET)
        laps = []
        for _ in range(times):
            started = time.perf_counter()
            os.write(handle, _PAGE)
            os.fdatasync(handle)
            laps.append((time.perf_counter() - started) * 1000)
    finally:
        os.close(handle)
        path.unlink()
    return statistics.median(laps), statistics.quantiles(laps, n=100)[98]


def _file_system(path: Path) -> str:
    mounts = [
        part
        for part in psutil.disk_partitions(all=True)
        if path.resolve().is_relative_to(part.mountpoint)
    ]
    return max(mounts, key=lambda part: len(part.mountpoint)).fstype if mounts else "unknown"


@dataclass(frozen=True, slots=True)
class Memory:
    """Resident memory of the application, and of all PostgreSQL processes together.

    Shared buffers are counted once in `postgres_mib`, in every process in `postgres_rss_mib`.
    """

    app_rss_mib: float
    postgres_mib: float
    postgres_rss_mib: float
    postgres_processes: int


def measure_memory(app: int, postmaster: int) -> Memory:
    """Memory now. Without the right to read proportional sizes, resident ones stand for them."""
    family = [psutil.Process(postmaster), *psutil.Process(postmaster).children()]
    proportional = resident = 0
    count = 0
    for process in family:
        try:
            rss = process.memory_info().rss
            try:
                shared_once = process.memory_full_info().pss
            except psutil.AccessDenied:
                shared_once = rss
        except psutil.NoSuchProcess:
            continue
        resident += rss
        proportional += shared_once
        count += 1
    return Memory(
        psutil.Process(app).memory_info().rss / _MIB, proportional / _MIB, resident / _MIB, count
    )
