"""The debt a pledge secures, wherever it is kept: one view of it for every rule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sanduq.kit.db import UnitOfWork
from sanduq.kit.errors import NotFound
from sanduq.kit.money import Asset
from sanduq.obligations import service as obligations
from sanduq.obligations.model import (
    ObligationStatus,
    days_past_due,
    due_minor,
    oldest_unpaid_due_on,
)
from sanduq.obligations.service import Obligation
from sanduq.qard import service as qard
from sanduq.qard.contract import Qard, QardStatus
from sanduq.rahnu.contracts.model import Contract, DebtKind, OutsideDebt


@dataclass(frozen=True, slots=True)
class SecuredDebt:
    """What is owed under the debt a pledge secures, in minor units of `asset`.

    `is_to_pay_out`: agreed and not paid out yet; then the amounts are those agreed.
    `due_now_minor` may be demanded today; `days_past_due` counts from the oldest unpaid day.
    """

    kind: DebtKind
    debt_id: str | None
    asset: Asset
    debtor_id: str | None
    principal_minor: int
    outstanding_minor: int
    due_now_minor: int
    oldest_due_on: date | None
    last_due_on: date | None
    days_past_due: int
    is_to_pay_out: bool
    is_written_off: bool = False
    is_trust: bool = False
    is_limited_to_fault: bool = False

    @property
    def is_past_due(self) -> bool:
        return self.days_past_due > 0 and self.outstanding_minor > 0

    @property
    def is_settled(self) -> bool:
        return not self.is_to_pay_out and self.outstanding_minor == 0


def find(uow: UnitOfWork, debt_id: str) -> SecuredDebt:
    """A debt of this institution by its id: a qard agreed or paid out, or any debt on the books.

    Refuses NOT_FOUND.
    """
    owed = obligations.load(uow, [debt_id])
    if debt_id in owed:
        kind = DebtKind.QARD if debt_id.startswith("qrd_") else DebtKind.DEBT
        return _of_obligation(kind, owed[debt_id], uow.today)
    if not debt_id.startswith("qrd_"):
        raise NotFound(f"there is no debt {debt_id}")
    return _of_qard(qard.get(uow, debt_id))


def secured_by(uow: UnitOfWork, contract: Contract) -> SecuredDebt | None:
    """The debt of one contract as it stands; None while none is named."""
    return secured_by_all(uow, [contract]).get(contract.contract_id)


def secured_by_all(
    uow: UnitOfWork, contracts: Sequence[Contract], *, is_locked: bool = False
) -> dict[str, SecuredDebt]:
    """The debts of many contracts by contract id, in one query and one for loans not paid out."""
    ids = sorted({c.debt_id for c in contracts if c.debt_id is not None})
    read = obligations.load_locked if is_locked else obligations.load
    owed: Mapping[str, Obligation] = read(uow, ids) if ids else {}
    found: dict[str, SecuredDebt] = {}
    for contract in contracts:
        if contract.debt_kind is None:
            continue
        if contract.outside_debt is not None:
            found[contract.contract_id] = _of_outside(contract, contract.outside_debt, uow.today)
        elif contract.debt_id is not None and contract.debt_id in owed:
            debt = owed[contract.debt_id]
            found[contract.contract_id] = _of_obligation(contract.debt_kind, debt, uow.today)
        elif contract.debt_id is not None:
            found[contract.contract_id] = _of_qard(qard.get(uow, contract.debt_id))
    return found


def _of_obligation(kind: DebtKind, obligation: Obligation, today: date) -> SecuredDebt:
    debt = obligation.debt
    return SecuredDebt(
        kind=kind,
        debt_id=debt.obligation_id,
        asset=debt.asset,
        debtor_id=obligation.debtor_id,
        principal_minor=debt.schedule.principal_total_minor,
        outstanding_minor=debt.outstanding_minor,
        due_now_minor=due_minor(debt, today),
        oldest_due_on=oldest_unpaid_due_on(debt),
        last_due_on=debt.schedule.due_on[-1],
        days_past_due=days_past_due(debt, today),
        is_to_pay_out=False,
        is_written_off=obligation.status is ObligationStatus.WRITTEN_OFF,
    )


def _of_qard(found: Qard) -> SecuredDebt:
    is_agreed = found.status is QardStatus.AGREED
    owed_minor = found.principal_minor + found.fee_minor if is_agreed else 0
    return SecuredDebt(
        kind=DebtKind.QARD,
        debt_id=found.qard_id,
        asset=found.asset,
        debtor_id=found.borrower_id,
        principal_minor=found.principal_minor,
        outstanding_minor=owed_minor,
        due_now_minor=0,
        oldest_due_on=None,
        last_due_on=None,
        days_past_due=0,
        is_to_pay_out=is_agreed,
    )


def _of_outside(contract: Contract, stated: OutsideDebt, today: date) -> SecuredDebt:
    late = (today - stated.due_on).days if stated.due_on is not None else 0
    is_due = late >= 0 and stated.due_on is not None
    return SecuredDebt(
        kind=DebtKind.OUTSIDE,
        debt_id=contract.debt_id,
        asset=contract.asset,
        debtor_id=contract.borrower_id,
        principal_minor=stated.amount_minor,
        outstanding_minor=stated.amount_minor,
        due_now_minor=stated.amount_minor if is_due else 0,
        oldest_due_on=stated.due_on,
        last_due_on=stated.due_on,
        days_past_due=max(0, late) if stated.amount_minor else 0,
        is_to_pay_out=False,
        is_trust=stated.is_trust,
        is_limited_to_fault=stated.is_limited_to_fault,
    )
