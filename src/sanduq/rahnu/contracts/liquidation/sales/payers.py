"""Debts that are paid on another rail: who takes what a sale recovered for them."""

from __future__ import annotations

from collections.abc import Callable

from sanduq.kit.db import UnitOfWork
from sanduq.kit.money import Money
from sanduq.ledger.model import Journal

DebtPayer = Callable[[UnitOfWork, str, Money, str], tuple[str, list[Journal]] | None]
"""Pays on a debt by its id, for a sale by its id: the repayment's id and the journals, still to be
posted, which take the money in as cash of the branch; None for a debt it does not know."""

_payers: list[DebtPayer] = []


def register_payer(payer: DebtPayer) -> None:
    """Adds a rail that takes recovered money on its own debts, wired at assembly."""
    if payer not in _payers:
        _payers.append(payer)


def pay_elsewhere(
    uow: UnitOfWork, debt_id: str, amount: Money, sale_id: str
) -> tuple[str, list[Journal]] | None:
    """Pays on a debt of another rail; None when no rail knows it."""
    for payer in _payers:
        paid = payer(uow, debt_id, amount, sale_id)
        if paid is not None:
            return paid
    return None
