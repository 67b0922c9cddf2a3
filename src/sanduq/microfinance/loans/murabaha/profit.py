"""The deferred profit earned: at the end of each day for the whole book, and at each step.

Idempotent: a contract is brought to what its plan says is earned, by the difference. A payment
ahead of its day earns by itself (`Murabaha.booked_minor`), the settling one all that is left.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sanduq.kit.db import UnitOfWork
from sanduq.ledger import service as ledger
from sanduq.ledger.model import Journal
from sanduq.microfinance.loans.murabaha import postings, store
from sanduq.microfinance.loans.murabaha.model import Murabaha
from sanduq.microfinance.loans.murabaha.model_profit import ProfitPlan, plan_anew
from sanduq.microfinance.loans.murabaha.store import ProfitDue
from sanduq.obligations import service as obligations
from sanduq.obligations.model import ObligationStatus
from sanduq.obligations.receipts.model import Repayment

END_OF_DAY = "murabaha_profit"


def earn_through(uow: UnitOfWork, day: date) -> int:
    """End of day: earns what the plans call for by `day`; how many contracts it touched.

    A settled debt earns all that is left, less what was given back; a schedule agreed anew gets
    a plan of its own for what is still deferred.
    """
    return len(_bring(uow, store.profit_due(uow, day), day))


def bring_up(uow: UnitOfWork, loan_ids: Sequence[str]) -> dict[str, Murabaha]:
    """Brings contracts to what is earned by today, and to the schedule in force; by loan id."""
    changed = _bring(uow, store.profit_due_of(uow, loan_ids, uow.today), uow.today)
    return {contract.loan_id: contract for contract in changed}


def bring_up_contracts(uow: UnitOfWork, contract_ids: Sequence[str]) -> list[Murabaha]:
    """The same by contract id, in the order of the ids."""
    return _bring(uow, store.profit_due_of_contracts(uow, contract_ids, uow.today), uow.today)


def unearned_minor(uow: UnitOfWork, contract_id: str, day: date) -> int:
    """The profit that will not be earned yet by the end of `day`: what a rebate may give up."""
    (item,) = store.profit_due_of_contracts(uow, [contract_id], day)
    return _earned(item, item.owed_minor).deferred_minor


def taken_back(uow: UnitOfWork, original: Repayment, journal: Journal) -> list[Journal]:
    """What is posted beside the reversal of a receipt, which itself gives back what it earned:
    the difference to what is earned by today, now that more is owed again."""
    (item,) = store.profit_due_of_contracts(uow, [original.obligation_id], uow.today)
    contract, owed = item.contract, item.owed_minor + original.principal_minor
    booked = contract.booked_minor(item.owed_minor) + postings.deferred_again(journal)
    after = _earned(item, owed)
    store.set_earned(uow, [after])
    delta = booked - after.booked_minor(owed)
    return [postings.earned(contract, delta, uow.today)] if delta else []


def _bring(uow: UnitOfWork, due: Sequence[ProfitDue], day: date) -> list[Murabaha]:
    brought: list[Murabaha] = []
    journals: list[Journal] = []
    for item in due:
        after = _earned(item, item.owed_minor)
        delta = item.contract.booked_minor(item.owed_minor) - after.booked_minor(item.owed_minor)
        if delta:
            journals.append(postings.earned(item.contract, delta, day))
        brought.append(after)
    brought = _planned_anew(uow, brought, due, day)
    if brought:
        store.set_earned(uow, brought)
    if journals:
        ledger.post(uow, journals)
    return brought


def _earned(item: ProfitDue, owed_minor: int) -> Murabaha:
    """The contract with what its plan calls for earned, and no more deferred than is owed."""
    contract = item.contract
    most = contract.profit_minor - contract.released_minor
    target = max(min(item.earned_minor, most), most - owed_minor)
    next_on = None if target == most else item.next_on
    return contract.after(recognised_minor=target, next_profit_on=next_on)


def _planned_anew(
    uow: UnitOfWork, contracts: list[Murabaha], due: Sequence[ProfitDue], day: date
) -> list[Murabaha]:
    """Contracts whose debt has another schedule than their plan knows get a plan of it."""
    stale = {
        item.contract.murabaha_id
        for item in due
        if item.schedule_version != item.contract.plan_version
        and item.debt_status == ObligationStatus.ACTIVE
    }
    if not stale:
        return contracts
    debts = obligations.load(uow, sorted(stale))
    plans: dict[str, ProfitPlan] = {
        contract.murabaha_id: plan_anew(
            debts[contract.murabaha_id].debt,
            recognised_minor=contract.recognised_minor,
            deferred_minor=contract.deferred_minor,
            frequency=contract.terms.frequency,
            on=day,
        )
        for contract in contracts
        if contract.murabaha_id in stale
    }
    store.insert_plans(uow, sorted(plans.items(), key=lambda item: item[0]))
    return [
        contract.after(
            plan_version=plans[contract.murabaha_id].schedule_version,
            next_profit_on=plans[contract.murabaha_id].next_on(day),
        )
        if contract.murabaha_id in stale
        else contract
        for contract in contracts
    ]
