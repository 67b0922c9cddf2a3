"""The side of a receipt that every debt has: the money that came in, and what was too much."""

from __future__ import annotations

from sanduq.kit.ids import new_id
from sanduq.kit.money import Asset
from sanduq.ledger.model import AccountPlace, Entry, Journal, credit, debit, without_zeros
from sanduq.obligations.receipts.model import CashSource, Parts, PayDebt

CASH, OPENING, PAYABLES, GIFTS = "1000", "3090", "2000", "4800"


def cash_place(asset: Asset, branch_id: str) -> AccountPlace:
    """The cash of one branch."""
    return AccountPlace(CASH, asset, subject=branch_id)


def pool_place(asset: Asset, fund: str, pool_id: str) -> AccountPlace:
    """The cash of one pool that comes from one fund."""
    return AccountPlace(CASH, asset, fund, pool_id)


def source_place(source: CashSource, asset: Asset, branch_id: str) -> AccountPlace:
    """The other side of a movement: the branch's cash, or opening balances brought in."""
    if source is CashSource.OPENING:
        return AccountPlace(OPENING, asset)
    return cash_place(asset, branch_id)


def credit_place(asset: Asset, debtor_id: str) -> AccountPlace:
    """What we owe a debtor who paid more than he owed."""
    return AccountPlace(PAYABLES, asset, subject=debtor_id)


def excess_place(asset: Asset, debtor_id: str, parts: Parts) -> AccountPlace:
    """Where money beyond the debt goes."""
    return AccountPlace(GIFTS, asset) if parts.is_gift else credit_place(asset, debtor_id)


def excess_places(asset: Asset, debtor_id: str, parts: Parts) -> list[AccountPlace]:
    """The accounts an excess needs open, if there is one."""
    return [excess_place(asset, debtor_id, parts)] if parts.excess_minor else []


def money_in(
    command: PayDebt, *, branch_id: str, debtor_id: str, fund: str, pool_id: str | None,
    parts: Parts,
) -> tuple[Entry, ...]:  # fmt: skip
    """Entries of the money received: principal to the pool it was lent from, the rest to the
    branch; an excess is owed back or, if said so, a gift. Zeros included."""
    asset = command.amount.asset
    branch = source_place(command.source, asset, branch_id)
    excess = credit(excess_place(asset, debtor_id, parts), parts.excess_minor)
    if pool_id is None:
        return debit(branch, command.amount.amount_minor), excess
    return (
        debit(pool_place(asset, fund, pool_id), parts.principal_minor),
        debit(branch, command.amount.amount_minor - parts.principal_minor),
        excess,
    )


def receipt(kind: str, command: PayDebt, parts: Parts, *entries: Entry) -> Journal:
    """The journal of one receipt, without the entries of nothing."""
    return Journal(
        new_id("jrn"),
        kind,
        command.received_on,
        without_zeros(*entries),
        reference=parts.repayment_id,
        request_id=command.request_id,
    )


__all__ = [
    "CASH", "cash_place", "credit_place", "excess_place", "excess_places", "money_in",
    "pool_place", "receipt", "source_place",
]  # fmt: skip
