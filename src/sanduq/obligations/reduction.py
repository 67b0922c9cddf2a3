"""A debt made smaller by its creditor: a rebate, a credit note, forgiveness. Never a larger one."""

from __future__ import annotations

from datetime import date

from sanduq.kit.errors import ValidationFailed
from sanduq.obligations.model import Debt
from sanduq.obligations.schedule import Schedule


def reduced_schedule(
    debt: Debt, *, principal_minor: int, fee_minor: int = 0, from_due_on: date | None = None
) -> Schedule:
    """The next version of the schedule with that much less on it.

    Last instalments first; with `from_due_on` the instalments due from that day on, oldest first,
    before the others. Instalments left empty after the last one that says something are dropped.
    Refuses (`VALIDATION_ERROR`) less than nothing, nothing at all, and more than is unpaid.
    """
    _check(debt, principal_minor, fee_minor)
    order = _order(debt.schedule, from_due_on)
    principal = _less(debt.schedule.principal_minor, principal_minor, order)
    fee = _less(debt.schedule.fee_minor, fee_minor, order)
    kept = max((i for i, (p, f) in enumerate(zip(principal, fee, strict=True)) if p + f), default=0)
    return Schedule(
        version=debt.schedule.version + 1,
        due_on=debt.schedule.due_on[: kept + 1],
        principal_minor=principal[: kept + 1],
        fee_minor=fee[: kept + 1],
    )


def _check(debt: Debt, principal_minor: int, fee_minor: int) -> None:
    if min(principal_minor, fee_minor) < 0 or principal_minor + fee_minor == 0:
        raise ValidationFailed.field(
            "amount", "not_positive", "a debt is reduced by more than nothing"
        )
    is_too_much = (
        principal_minor > debt.principal_outstanding_minor or fee_minor > debt.fee_outstanding_minor
    )
    if is_too_much:
        raise ValidationFailed.field(
            "amount", "exceeds_outstanding", "a debt is not reduced by more than is unpaid on it"
        )


def _order(schedule: Schedule, from_due_on: date | None) -> list[int]:
    last_first = list(range(len(schedule.due_on)))[::-1]
    if from_due_on is None:
        return last_first
    named = [i for i, day in enumerate(schedule.due_on) if day >= from_due_on]
    return named + [i for i in last_first if i not in set(named)]


def _less(amounts: tuple[int, ...], less_minor: int, order: list[int]) -> tuple[int, ...]:
    left, found = less_minor, list(amounts)
    for index in order:
        taken = min(left, found[index])
        found[index] -= taken
        left -= taken
    return tuple(found)
