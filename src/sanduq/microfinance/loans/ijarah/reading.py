"""A lease with all that is known of it, as it is shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sanduq.kit.db import UnitOfWork
from sanduq.microfinance.loans.ijarah import store
from sanduq.microfinance.loans.ijarah.errors import LeaseNotFound
from sanduq.microfinance.loans.ijarah.model import Lease, StepFact
from sanduq.microfinance.loans.ijarah.model_rents import Downtime, Rent
from sanduq.microfinance.loans.model import Loan, LoanStatus
from sanduq.obligations import service as obligations


@dataclass(frozen=True, slots=True)
class LeaseView:
    """A lease, its loan's state, what was paid on it, and its history."""

    lease: Lease
    loan_status: LoanStatus
    paid_minor: int
    steps: Sequence[StepFact]
    downtimes: Sequence[Downtime]


def lease_of(uow: UnitOfWork, ijarah_id: str, *, is_locked: bool = False) -> Lease:
    """One lease. Refuses NOT_FOUND."""
    found = store.load(uow, [ijarah_id], is_locked=is_locked)
    if ijarah_id not in found:
        raise LeaseNotFound
    return found[ijarah_id]


def view(uow: UnitOfWork, loan: Loan) -> LeaseView:
    """The lease behind a loan. Refuses NOT_FOUND a loan of another kind."""
    lease = lease_of(uow, loan.contract_id)
    debts = obligations.load(uow, [lease.ijarah_id])
    debt = debts.get(lease.ijarah_id)
    return LeaseView(
        lease,
        loan.status,
        debt.debt.paid_minor if debt is not None else 0,
        store.steps_of(uow, lease.ijarah_id),
        store.downtimes_of(uow, [lease.ijarah_id]).get(lease.ijarah_id, ()),
    )


def covered_rents(uow: UnitOfWork, found: LeaseView) -> list[tuple[Rent, int]]:
    """The rents of a lease, and how far the payments kept cover each, oldest first."""
    lease = found.lease
    left = found.paid_minor + lease.cleared_minor - lease.refunded_minor
    covered = []
    for rent in store.rents_of(uow, [lease.ijarah_id]).get(lease.ijarah_id, ()):
        paid = min(left, rent.net_minor)
        left -= paid
        covered.append((rent, paid))
    return covered
