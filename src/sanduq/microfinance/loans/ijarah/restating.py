"""Rents that change, carried into the debt and the books. Nothing is posted here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sanduq.kit.db import UnitOfWork
from sanduq.kit.errors import Conflict
from sanduq.ledger.model import Journal
from sanduq.microfinance.loans.ijarah import postings, store
from sanduq.microfinance.loans.ijarah.model import Lease, Position
from sanduq.microfinance.loans.ijarah.model_rents import Rent, debt_schedule, restated
from sanduq.obligations import service as obligations
from sanduq.obligations.schedule import Schedule
from sanduq.obligations.service import Obligation


@dataclass(frozen=True, slots=True)
class Restated:
    """A lease and its debt once its rents changed, and the journal to post for it, if any."""

    lease: Lease
    debt: Obligation
    journal: Journal | None


def restate(
    uow: UnitOfWork,
    lease: Lease,
    before: Sequence[Rent],
    rents: Sequence[Rent],
    debt: Obligation,
    *,
    kind: str,
    on: date,
) -> Restated:
    """Writes the rents and the debt; the lease is the caller's to save, the journal to post.

    `before` and `rents` are all rents of the lease. What was paid beyond all that is owed now
    is given back. Refuses CONFLICT a debt that would have to grow after it was rescheduled.
    """
    paid_minor = debt.debt.paid_minor
    position, wanted = lease.position(paid_minor), restated(rents, lease.position(paid_minor))
    changed = [(lease.ijarah_id, now) for was, now in zip(before, rents, strict=True) if was != now]
    if changed:
        store.save_rents(uow, changed)
    debt = _follow(uow, debt, lease, before, rents, wanted, kind)
    journal = postings.restatement(lease, kind, on, position, wanted)
    after = lease.after(
        earned_minor=wanted.earned_minor,
        refunded_minor=wanted.refunded_minor,
        cleared_minor=wanted.cleared_minor,
    )
    return Restated(after, debt, journal)


def _follow(
    uow: UnitOfWork,
    debt: Obligation,
    lease: Lease,
    before: Sequence[Rent],
    rents: Sequence[Rent],
    wanted: Position,
    kind: str,
) -> Obligation:
    current = debt.debt.schedule
    schedule = debt_schedule(current.version + 1, rents, wanted.refunded_minor)
    if not wanted.cleared_minor and _lines(schedule) == _lines(current):
        return debt
    if not lease.cleared_minor and _lines(current) == _lines(
        debt_schedule(1, before, lease.refunded_minor)
    ):
        return obligations.restate(uow, debt, schedule, reason=kind)
    # The debt was rescheduled, or some of it forgiven: its instalments are no longer the rents,
    # only their sum is.
    less_minor = current.total_minor - schedule.total_minor + wanted.cleared_minor
    if less_minor < 0:
        raise Conflict(
            "instalments of this lease were agreed anew, so its debt can only be lowered"
        )
    if less_minor == 0:
        return debt
    return obligations.reduce(uow, debt, principal_minor=less_minor, reason=kind)


def _lines(schedule: Schedule) -> list[tuple[date, int]]:
    return [
        (day, minor)
        for day, minor in zip(schedule.due_on, schedule.principal_minor, strict=True)
        if minor
    ]
