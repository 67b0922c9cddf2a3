"""The benevolent loan as a contract: agreed, paid out, settled. Serves microfinance and rahnu.

Payments on it are recorded by `obligations.receipts` with the journals made here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from sanduq.kit.db import UnitOfWork
from sanduq.kit.ids import new_id
from sanduq.kit.money import Asset, Money
from sanduq.ledger import service as ledger
from sanduq.ledger.model import AccountPlace, Entry, Journal
from sanduq.obligations import service as obligations
from sanduq.obligations.model import ComponentOrder, Debt
from sanduq.obligations.receipts.model import CashSource, Parts, PayDebt
from sanduq.obligations.schedule import Schedule
from sanduq.obligations.service import NewDebt, Obligation
from sanduq.qard import postings, store
from sanduq.qard.contract import Qard, QardStatus
from sanduq.qard.errors import QardNotAgreed, QardNotFound


@dataclass(frozen=True, slots=True)
class NewQard:
    """What the parties agreed."""

    serves_id: str
    borrower_id: str
    branch_id: str
    principal: Money
    fee_minor: int
    component_order: ComponentOrder
    cost_study_id: str | None
    qard_id: str | None = None


@dataclass(frozen=True, slots=True)
class Disbursement:
    """A qard to pay out on a day, with the schedule that then binds, out of whose money."""

    qard_id: str
    on: date
    schedule: Schedule
    source: CashSource = CashSource.CASH
    fund: str = "own"
    pool_id: str | None = None


def agree(uow: UnitOfWork, news: Sequence[NewQard]) -> list[Qard]:
    """Writes agreed contracts. No debt arises before possession (rule QRD-17)."""
    contracts = [
        Qard(
            new.qard_id or new_id("qrd"), new.serves_id, new.borrower_id, new.branch_id,
            new.principal.asset, new.principal.amount_minor, new.fee_minor,
            str(new.component_order), new.cost_study_id, QardStatus.AGREED, None, None,
            uow.now, uow.actor.user_id,
        )
        for new in news
    ]  # fmt: skip
    store.insert(uow, contracts)
    return contracts


def get(uow: UnitOfWork, qard_id: str) -> Qard:
    """One qard as it stands. Refuses NOT_FOUND."""
    found = store.load(uow, qard_id)
    if found is None:
        raise QardNotFound
    return found


def cancel(uow: UnitOfWork, qard_id: str) -> None:
    """Ends an agreement that was never paid out. Refuses CONFLICT one that was."""
    _agreed(uow, [qard_id])
    store.set_status(uow, [qard_id], QardStatus.CANCELLED)


def _agreed(uow: UnitOfWork, ids: Sequence[str]) -> dict[str, Qard]:
    found = store.load_locked(uow, ids)
    for qard_id in ids:
        if qard_id not in found:
            raise QardNotFound
        if found[qard_id].status is not QardStatus.AGREED:
            raise QardNotAgreed
    return found


def disburse(uow: UnitOfWork, disbursements: Sequence[Disbursement]) -> dict[str, Journal]:
    """Pays out, opens the debts and posts the journals; the journal by qard id.

    All or none. Refuses CONFLICT a qard that is not agreed, FUNDS_INSUFFICIENT when the branch
    has not the cash.
    """
    ids = [item.qard_id for item in disbursements]
    found = _agreed(uow, ids)
    places: set[AccountPlace] = set()
    journals: dict[str, Journal] = {}
    debts: list[NewDebt] = []
    for item in disbursements:
        qard = replace(found[item.qard_id], fund=item.fund, pool_id=item.pool_id)
        places.update(postings.disbursement_places(qard, item.source))
        journals[item.qard_id] = postings.disbursement(qard, item.on, item.source)
        debt = Debt(
            qard.qard_id, qard.asset, item.schedule, 0, 0, ComponentOrder(qard.component_order)
        )
        debts.append(
            NewDebt(debt, qard.borrower_id, qard.branch_id, item.on, qard.fund, qard.pool_id)
        )
    ledger.open_accounts(uow, places)
    ledger.post(uow, list(journals.values()))
    obligations.open_debts(uow, debts, reason="disbursed")
    store.set_status(
        uow, ids, QardStatus.ACTIVE,
        disbursed_on=[item.on for item in disbursements],
        journal_ids=[journals[qard_id].journal_id for qard_id in ids],
        funds=[item.fund for item in disbursements],
        pool_ids=[item.pool_id for item in disbursements],
    )  # fmt: skip
    return journals


def journal_of(command: PayDebt, obligation: Obligation, parts: Parts) -> Journal:
    """What a payment on a qard does to the accounts."""
    return postings.repayment(
        command,
        parts,
        branch_id=obligation.branch_id,
        debtor_id=obligation.debtor_id,
        fund=obligation.fund,
        pool_id=obligation.pool_id,
    )


def clear(
    _uow: UnitOfWork, obligation: Obligation, principal_minor: int, fee_minor: int
) -> tuple[Entry, ...]:
    """The entries that take so much principal and fee off the books, whoever bears it."""
    return postings.cleared(
        obligation.debt.asset, obligation.debt.obligation_id, obligation.fund,
        principal_minor, fee_minor,
    )  # fmt: skip


def settle(uow: UnitOfWork, qard_ids: Sequence[str]) -> None:
    """Says of contracts that their debts are paid."""
    if qard_ids:
        store.set_status(uow, qard_ids, QardStatus.SETTLED)


def reopen(uow: UnitOfWork, qard_id: str) -> None:
    """Says of a contract that its debt is open again."""
    store.set_status(uow, [qard_id], QardStatus.ACTIVE)


def write_off(uow: UnitOfWork, qard_id: str) -> None:
    """Says of a contract that its debt is written off; the claim survives (rule DEF-15)."""
    store.set_status(uow, [qard_id], QardStatus.WRITTEN_OFF)


def recent_fees(uow: UnitOfWork, asset: Asset, limit: int = 50) -> list[tuple[int, int]]:
    """Principal and fee, in minor units, of the latest contracts (for rule QRD-11)."""
    return store.recent_fees(uow, str(asset), limit)
