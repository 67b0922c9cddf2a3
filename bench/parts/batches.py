"""Repayments in one connection, so many to a commit, with all that a request has but HTTP."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass

from parts.clocked import ClockedConnection, CpuMeter, CpuUse, Laps
from parts.world import World
from sanduq.api import idempotency
from sanduq.kit.ids import new_id
from sanduq.kit.json import dumps
from sanduq.kit.money import Money, currency
from sanduq.microfinance.loans.repayments import RepayLoan, record_repayments

SIZES = (1, 16, 256, 1000)
AMOUNT_MINOR = 100
WARM_UP = 6  # a statement is prepared when it comes the sixth time


@dataclass(frozen=True, slots=True)
class BatchFigure:
    size: int
    repayments: int
    seconds: float
    shares: list[tuple[str, float]]
    cpu: CpuUse

    @property
    def per_second(self) -> float:
        return self.repayments / self.seconds

    def bound_by(self) -> str:
        parts = [f"{step} {share:.0%}" for step, share in self.shares if share >= 0.03]
        per_row = self.seconds / self.repayments * 1e6
        return f"of {per_row:.0f} µs per repayment: {', '.join(parts)}; {self.cpu.words()}"


def measure_batches(world: World, loan_ids: Sequence[str], *, seconds: float) -> list[BatchFigure]:
    """Repayments a second by batch size; every batch has its own idempotency key."""
    return [_measure(world, loan_ids, size, seconds) for size in SIZES]


def _measure(world: World, loan_ids: Sequence[str], size: int, seconds: float) -> BatchFigure:
    world.owner("checkpoint")
    position = 0

    def chosen() -> list[str]:
        # Strides through the whole book, so that no batch meets neighbours only.
        nonlocal position
        position += size
        return [loan_ids[(position + n) * 7919 % len(loan_ids)] for n in range(size)]

    for _ in range(WARM_UP):
        _repay(world, chosen(), Laps())
    laps = Laps()
    meter = CpuMeter(world.postmaster, python=os.getpid())
    started = time.perf_counter()
    repayments = 0
    while (elapsed := time.perf_counter() - started) < seconds:
        _repay(world, chosen(), laps)
        repayments += size
    return BatchFigure(size, repayments, elapsed, laps.shares(elapsed), meter.use())


def _repay(world: World, loan_ids: Sequence[str], laps: Laps) -> None:
    """One batch as the gateway runs it: claim, savepoint, repayments, answer kept, commit."""
    usd = currency("USD")
    entering = world.work()
    with laps.lap("begin and enter"):
        uow = entering.__enter__()
    try:
        uow.connection = ClockedConnection(uow.connection, laps)  # type: ignore[assignment]
        body = [{"loan_id": loan_id, "amount": AMOUNT_MINOR} for loan_id in loan_ids]
        key = new_id("idem")
        claimed = idempotency.claim(uow, key, idempotency.fingerprint("POST", "/bench", body))
        assert claimed is None
        with uow.savepoint():
            results = record_repayments(
                uow, [RepayLoan(loan_id, Money(AMOUNT_MINOR, usd)) for loan_id in loan_ids]
            )
        recorded = [result.repayment.repayment_id for result in results if result.repayment]
        assert len(recorded) == len(loan_ids), [result.refusal for result in results][:1]
        answer = idempotency.StoredAnswer(201, dumps({"recorded": recorded}))
        idempotency.keep(uow, key, answer)
    except BaseException as error:
        entering.__exit__(type(error), error, error.__traceback__)
        raise
    with laps.lap("commit"):
        entering.__exit__(None, None, None)
