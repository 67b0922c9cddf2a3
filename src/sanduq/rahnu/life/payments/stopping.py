"""The day on which the fee of a pledge ends because its debt was paid, here or elsewhere."""

from __future__ import annotations

from dataclasses import replace

from sanduq.kit.db import UnitOfWork
from sanduq.obligations import service as obligations
from sanduq.rahnu.contracts.debts import SecuredDebt
from sanduq.rahnu.contracts.model import Contract


def as_stopped(uow: UnitOfWork, contract: Contract, debt: SecuredDebt | None) -> Contract:
    """The contract with its fee ending on the day its debt was paid at its own place; unchanged
    while something is owed, or where the end is on record. Nothing is written."""
    if (
        contract.fee_until_on is not None
        or contract.outside_debt is not None
        or contract.debt_id is None
        or contract.fee_from_on is None
        or debt is None
        or not debt.is_settled
    ):
        return contract
    owed = obligations.load(uow, [contract.debt_id]).get(contract.debt_id)
    if owed is None or owed.settled_on is None:
        return contract
    return replace(contract, fee_until_on=max(owed.settled_on, contract.fee_from_on))
