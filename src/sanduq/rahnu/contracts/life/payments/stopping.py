"""The day on which the fee of a pledge ends because its debt was paid, here or elsewhere."""

from __future__ import annotations

from dataclasses import replace

from sanduq.kit.db import UnitOfWork
from sanduq.obligations import service as obligations
from sanduq.rahnu.contracts.debts import SecuredDebt
from sanduq.rahnu.contracts.model import Contract


def as_stopped(uow: UnitOfWork, contract: Contract, debt: SecuredDebt | None) -> Contract:
    """The contract with its fee ending on the day its debt was paid at its own place, or running
    on where that payment was taken back there since. Nothing is written."""
    if (
        contract.outside_debt is not None
        or contract.debt_id is None
        or contract.fee_from_on is None
        or debt is None
    ):
        return contract
    if not debt.is_settled:
        return replace(contract, fee_until_on=None)
    if contract.fee_until_on is not None:
        return contract
    owed = obligations.load(uow, [contract.debt_id]).get(contract.debt_id)
    if owed is None or owed.settled_on is None:
        return contract
    return replace(contract, fee_until_on=max(owed.settled_on, contract.fee_from_on))
