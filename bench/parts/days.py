"""End of day over the whole book, one business date after another, while borrowers pay."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from parts.clocked import CpuMeter, CpuUse
from parts.world import BATCH, World
from sanduq import demo
from sanduq.kit.money import Money, currency
from sanduq.microfinance.loans.repayments import RepayLoan, record_repayments
from sanduq.obligations import end_of_day


@dataclass(frozen=True, slots=True)
class DayFigure:
    """`steps` are (name, seconds, rows) in the order they ran; the last is the commit."""

    on: date
    loans: int
    late: int
    paid: int
    seconds: float
    steps: list[tuple[str, float, int]]
    wal_mib: float
    cpu: CpuUse

    @property
    def per_second(self) -> float:
        return self.loans / self.seconds

    def words(self) -> str:
        parts = [
            f"{name} {seconds / self.seconds:.0%}" + (f" ({rows} rows)" if rows else "")
            for name, seconds, rows in self.steps
        ]
        return (
            f"{', '.join(parts)} of {self.seconds * 1000:.0f} ms; {self.wal_mib:.1f} MiB of log;"
            f" {self.cpu.words()}"
        )


@dataclass(frozen=True, slots=True)
class DaysReport:
    days: list[DayFigure]

    @property
    def per_second(self) -> float:
        """Over all dates together."""
        return sum(day.loans for day in self.days) / sum(day.seconds for day in self.days)

    def bound_by(self) -> str:
        return max(self.days, key=lambda day: day.seconds).words()


def measure_days(world: World, *, dates: int) -> DaysReport:
    """Closes `dates` business dates; on each, those who pay what falls due do so first."""
    first = demo.NOW
    return DaysReport([_measure(world, first + timedelta(days=n)) for n in range(dates)])


def _measure(world: World, at: datetime) -> DayFigure:
    day = at.date()
    paid = _pay_what_is_due(world, at)
    ((loans, late),) = world.owner(
        "select count(*), count(*) filter (where oldest_unpaid_due_on < date"
        f" '{day}') from obligations.obligation where status = 'ACTIVE'"
    )
    world.owner("checkpoint")
    laps: list[tuple[str, float]] = []
    before = _log_position(world)
    meter = CpuMeter(world.postmaster, python=os.getpid())
    started = time.perf_counter()
    with world.work(at + timedelta(days=1)) as uow:
        report = end_of_day.run_day(
            uow, day, lambda _day, step: laps.append((step, time.perf_counter()))
        )
    ended = time.perf_counter()
    cpu = meter.use()
    moments = [started, *(moment for _, moment in laps), ended]
    names = [*(step for step, _ in laps), "closing and commit"]
    steps = [
        (name, moments[n + 1] - moments[n], report.steps.get(name, 0))
        for n, name in enumerate(names)
    ]
    wal_mib = (_log_position(world) - before) / 1024 / 1024
    return DayFigure(
        day, int(str(loans)), int(str(late)), paid, ended - started, steps, wal_mib, cpu
    )  # fmt: skip


def _log_position(world: World) -> int:
    ((position,),) = world.owner("select (pg_current_wal_insert_lsn() - '0/0')::bigint")
    return int(str(position))


def _pay_what_is_due(world: World, at: datetime) -> int:
    """Instalments of the day, paid in full by those who owe nothing older."""
    rows = world.owner(
        "select l.loan_id, o.called_minor - o.principal_paid_minor - o.fee_paid_minor"
        " from microfinance.loan l join obligations.obligation o"
        "   on o.institution_id = l.institution_id and o.obligation_id = l.contract_id"
        f" where o.status = 'ACTIVE' and o.oldest_unpaid_due_on = date '{at.date()}'"
        " and o.called_minor > o.principal_paid_minor + o.fee_paid_minor order by l.loan_id"
    )
    due = [(str(loan_id), int(str(minor))) for loan_id, minor in rows]
    for first in range(0, len(due), BATCH):
        _pay(world, at, due[first : first + BATCH])
    return len(due)


def _pay(world: World, at: datetime, due: Sequence[tuple[str, int]]) -> None:
    usd = currency("USD")
    with world.work(at) as uow:
        results = record_repayments(
            uow, [RepayLoan(loan_id, Money(minor, usd)) for loan_id, minor in due]
        )
    assert all(result.repayment for result in results)
