"""Which debts of a group a guarantor answers for now."""

from __future__ import annotations

from sanduq.audit import service as audit
from sanduq.audit.service import Deed
from sanduq.events import service as outbox
from sanduq.kit.clock import local_date
from sanduq.kit.db import UnitOfWork
from sanduq.kit.money import Asset
from sanduq.microfinance.groups import store as group_store
from sanduq.microfinance.groups.guarantees import events, store
from sanduq.microfinance.groups.guarantees.model import (
    ExistingDebt,
    GuaranteeStatus,
    covered,
)


def existing_debts(uow: UnitOfWork, group_id: str, asset: Asset) -> list[ExistingDebt]:
    """Loans of a group in its currency that were paid out and are not settled."""
    return [
        ExistingDebt(
            debt.loan_id,
            debt.borrower_id,
            local_date(debt.disbursed_at, uow.time_zone),
            debt.outstanding_minor,
        )
        for debt in group_store.open_debts(uow, group_id)
        if debt.disbursed_at is not None and debt.asset == asset
    ]


def bonds_of(uow: UnitOfWork, group_id: str, party_id: str) -> tuple[list[str], list[str]]:
    """What binds a member: loans of his own not at their end, and debts he answers for."""
    debts = group_store.open_debts(uow, group_id)
    own = [debt.loan_id for debt in debts if debt.borrower_id == party_id]
    answered: set[str] = set()
    for guarantee in store.of_group(uow, group_id):
        if guarantee.guarantor_id == party_id:
            answered.update(covered(guarantee, existing_debts(uow, group_id, guarantee.asset)))
    return own, sorted(answered)


def end_of_guarantor(uow: UnitOfWork, group_id: str, party_id: str, reason: str) -> None:
    """Withdraws what a member who goes answered for in times to come."""
    ids = [
        guarantee.guarantee_id
        for guarantee in store.of_group(uow, group_id)
        if guarantee.guarantor_id == party_id and guarantee.status is GuaranteeStatus.ACTIVE
    ]
    if not ids:
        return
    store.set_withdrawn(uow, ids, (), reason)
    audit.record(uow, [Deed("guarantee.withdraw", guarantee_id, reason) for guarantee_id in ids])
    ended = store.load(uow, ids)
    outbox.record(uow, [events.told(events.WITHDRAWN, ended[one]) for one in ids])
