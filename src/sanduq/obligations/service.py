"""Obligations: debts opened, paid, reopened and rescheduled. No money moves here."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from sanduq.kit.days import add_months
from sanduq.kit.db import UnitOfWork
from sanduq.kit.errors import NotFound
from sanduq.kit.money import Asset
from sanduq.obligations import store
from sanduq.obligations.model import (
    Allocation,
    Debt,
    ObligationStatus,
    ageing_class,
    allocate_payment,
    days_past_due,
    move_to,
    oldest_unpaid_due_on,
)
from sanduq.obligations.reduction import reduced_schedule
from sanduq.obligations.schedule import Schedule
from sanduq.obligations.store import Obligation, ScheduleVersion, Standing

__all__ = ["NewDebt", "Obligation", "open_debts"]


@dataclass(frozen=True, slots=True)
class NewDebt:
    """A debt that arises now."""

    debt: Debt
    debtor_id: str
    branch_id: str
    started_on: date
    fund: str = "own"
    pool_id: str | None = None


def standing(debt: Debt, as_of: date) -> Standing:
    """What end of day and lists need of a debt, as of a business date."""
    schedule = debt.schedule
    called = bisect_right(schedule.due_on, as_of)
    return Standing(
        oldest_unpaid_due_on=oldest_unpaid_due_on(debt),
        next_call_on=schedule.due_on[called] if called < len(schedule.due_on) else None,
        called_minor=schedule.cumulative_total_minor[called - 1] if called else 0,
        ageing_class=ageing_class(days_past_due(debt, as_of)),
    )


def open_debts(uow: UnitOfWork, debts: Sequence[NewDebt], *, reason: str) -> list[Obligation]:
    """Writes debts that have arisen, each with the first version of its schedule."""
    opened = [
        Obligation(
            new.debt, new.debtor_id, new.branch_id, ObligationStatus.ACTIVE, "current",
            new.started_on, None, 1, new.fund, new.pool_id,
        )
        for new in debts
    ]  # fmt: skip
    store.insert(uow, opened, [standing(new.debt, uow.today) for new in debts], reason)
    return opened


def load(uow: UnitOfWork, ids: Sequence[str]) -> dict[str, Obligation]:
    """Debts by id, with their current schedules; unknown ids are left out."""
    return store.load(uow, ids, is_locked=False)


def load_locked(uow: UnitOfWork, ids: Sequence[str]) -> dict[str, Obligation]:
    """As `load`, locked in id order until the unit of work ends."""
    return store.load(uow, ids, is_locked=True)


def get(uow: UnitOfWork, obligation_id: str, *, is_locked: bool = False) -> Obligation:
    """One debt. Refuses NOT_FOUND."""
    found = store.load(uow, [obligation_id], is_locked=is_locked)
    if obligation_id not in found:
        raise NotFound("there is no such debt")
    return found[obligation_id]


def paid(obligation: Obligation, amount_minor: int, on: date) -> tuple[Obligation, Allocation]:
    """The debt after a payment, settled when nothing is left; nothing is written."""
    allocation = allocate_payment(obligation.debt, amount_minor)
    debt = replace(
        obligation.debt,
        principal_paid_minor=obligation.debt.principal_paid_minor + allocation.principal_minor,
        fee_paid_minor=obligation.debt.fee_paid_minor + allocation.fee_minor,
    )
    if not debt.is_settled:
        return replace(obligation, debt=debt), allocation
    status = move_to(obligation.status, ObligationStatus.SETTLED)
    return replace(obligation, debt=debt, status=status, settled_on=on), allocation


def unpaid(obligation: Obligation, *, principal_minor: int, fee_minor: int) -> Obligation:
    """The debt after a payment was taken back; a settled one is open again."""
    debt = replace(
        obligation.debt,
        principal_paid_minor=obligation.debt.principal_paid_minor - principal_minor,
        fee_paid_minor=obligation.debt.fee_paid_minor - fee_minor,
    )
    if obligation.status is not ObligationStatus.SETTLED or debt.is_settled:
        return replace(obligation, debt=debt)
    status = move_to(obligation.status, ObligationStatus.ACTIVE)
    return replace(obligation, debt=debt, status=status, settled_on=None)


def save(uow: UnitOfWork, obligations: Sequence[Obligation]) -> None:
    """Writes changed debts with their standing as of today, in one statement."""
    if obligations:
        today = uow.today
        store.update(uow, obligations, [standing(item.debt, today) for item in obligations])


def adopt_schedule(
    uow: UnitOfWork, obligation: Obligation, schedule: Schedule, *, reason: str
) -> Obligation:
    """Gives a debt the next version of its schedule and writes both."""
    changed = replace(obligation, debt=replace(obligation.debt, schedule=schedule))
    store.insert_schedules(uow, [(obligation.debt.obligation_id, schedule)], reason)
    save(uow, [changed])
    return changed


def adopt_schedules(
    uow: UnitOfWork, versions: Sequence[tuple[Obligation, Schedule]], *, reason: str
) -> list[Obligation]:
    """As `adopt_schedule` for many debts, in two statements."""
    changed = [
        replace(obligation, debt=replace(obligation.debt, schedule=schedule))
        for obligation, schedule in versions
    ]
    written = [(item.debt.obligation_id, item.debt.schedule) for item in changed]
    store.insert_schedules(uow, written, reason)
    save(uow, changed)
    return changed


def reduce(
    uow: UnitOfWork,
    obligation: Obligation,
    *,
    principal_minor: int,
    fee_minor: int = 0,
    from_due_on: date | None = None,
    reason: str,
) -> Obligation:
    """Lowers a debt by an act of the creditor: a rebate, a credit note, forgiveness.

    A new version of the schedule, last instalments first, or from the one due on `from_due_on`
    onwards. A debt with nothing left is settled. Refuses VALIDATION_ERROR more than is unpaid.
    """
    schedule = reduced_schedule(
        obligation.debt, principal_minor=principal_minor, fee_minor=fee_minor,
        from_due_on=from_due_on,
    )  # fmt: skip
    changed = replace(obligation, debt=replace(obligation.debt, schedule=schedule))
    if changed.debt.is_settled:
        status = move_to(obligation.status, ObligationStatus.SETTLED)
        changed = replace(changed, status=status, settled_on=uow.today)
    store.insert_schedules(uow, [(obligation.debt.obligation_id, schedule)], reason)
    store.set_totals(uow, changed)
    save(uow, [changed])
    return changed


def restate(
    uow: UnitOfWork, obligation: Obligation, schedule: Schedule, *, reason: str
) -> Obligation:
    """Gives a debt for a use that is had period by period (rents) the amounts that now hold.

    Only for a counter-value still to come or not had: a debt for what was received is never
    raised (rule GEN-08). A debt with nothing left is settled, one that has more again is open.
    """
    changed = replace(obligation, debt=replace(obligation.debt, schedule=schedule))
    is_settled = changed.debt.is_settled
    if is_settled and obligation.status is ObligationStatus.ACTIVE:
        changed = replace(changed, status=ObligationStatus.SETTLED, settled_on=uow.today)
    elif not is_settled and obligation.status is ObligationStatus.SETTLED:
        changed = replace(changed, status=ObligationStatus.ACTIVE, settled_on=None)
    store.insert_schedules(uow, [(obligation.debt.obligation_id, schedule)], reason)
    store.set_totals(uow, changed)
    save(uow, [changed])
    return changed


def write_off(uow: UnitOfWork, obligation: Obligation) -> Obligation:
    """Takes a debt out of the portfolio; the claim survives (rule DEF-15; FAS 28 20(c))."""
    status = move_to(obligation.status, ObligationStatus.WRITTEN_OFF)
    changed = replace(obligation, status=status)
    save(uow, [changed])
    return changed


def schedules_of(uow: UnitOfWork, obligation_id: str) -> list[ScheduleVersion]:
    """Every version of a debt's schedule with its reason, oldest first."""
    return store.schedules_of(uow, obligation_id)


def exposure(uow: UnitOfWork, debtor_ids: Sequence[str]) -> dict[tuple[str, str], int]:
    """Unpaid principal by (debtor, asset text) over all open debts."""
    return store.outstanding_by_debtor(uow, debtor_ids)


def due_next_month_minor(uow: UnitOfWork, debtor_id: str, asset: Asset) -> int:
    """What a debtor's open debts call for in the coming month."""
    return store.due_between(uow, debtor_id, str(asset), uow.today, add_months(uow.today, 1))
