"""Losses in custody as journals. What is owed to the owner lies under the loss's own id."""

from __future__ import annotations

from datetime import date

from sanduq.kit.ids import new_id
from sanduq.kit.money import Asset
from sanduq.ledger.model import AccountPlace, Entry, Journal, credit, debit, without_zeros
from sanduq.obligations.receipts.postings import cash_place, pool_place
from sanduq.rahnu.contracts.model import Contract

DUE_TO_PLEDGORS, CUSTODY_LOSS = "2200", "5700"


def due_place(asset: Asset, loss_id: str) -> AccountPlace:
    """What is held for the owner for one loss."""
    return AccountPlace(DUE_TO_PLEDGORS, asset, subject=loss_id)


def loss_place(asset: Asset) -> AccountPlace:
    """What faults in custody cost the institution."""
    return AccountPlace(CUSTODY_LOSS, asset)


def owed(contract: Contract, loss_id: str, amount_minor: int, on: date) -> Journal:
    """The value of a thing lost by fault: a loss of the institution, owed to the owner."""
    entries = (
        debit(loss_place(contract.asset), amount_minor),
        credit(due_place(contract.asset, loss_id), amount_minor),
    )
    return Journal(new_id("jrn"), "pledge.loss_owed", on, entries, reference=loss_id)


def set_off(
    contract: Contract,
    loss_id: str,
    on: date,
    cleared: tuple[Entry, ...],
    *,
    fund: str,
    pool_id: str | None,
) -> Journal:
    """What is owed to the owner meets what he owes. Where a fund's money was lent, the branch
    pays that fund, for the loss is the institution's alone."""
    total = -sum(entry.amount_minor for entry in cleared)
    theirs = -sum(entry.amount_minor for entry in cleared if entry.place.fund != "own")
    paid_over: tuple[Entry, ...] = ()
    if theirs and pool_id is not None:
        paid_over = (
            debit(pool_place(contract.asset, fund, pool_id), theirs),
            credit(cash_place(contract.asset, contract.branch_id), theirs),
        )
    entries = without_zeros(debit(due_place(contract.asset, loss_id), total), *paid_over, *cleared)
    return Journal(new_id("jrn"), "pledge.loss_set_off", on, entries, reference=loss_id)


def indemnity(contract: Contract, loss_id: str, amount_minor: int, on: date) -> Journal:
    """What takaful paid in the place of the thing, held for its owner."""
    entries = (
        debit(cash_place(contract.asset, contract.branch_id), amount_minor),
        credit(due_place(contract.asset, loss_id), amount_minor),
    )
    return Journal(new_id("jrn"), "pledge.loss_indemnity", on, entries, reference=loss_id)


def paid_out(contract: Contract, loss_id: str, amount_minor: int, on: date) -> Journal:
    """What the owner was paid."""
    entries = (
        debit(due_place(contract.asset, loss_id), amount_minor),
        credit(cash_place(contract.asset, contract.branch_id), amount_minor),
    )
    return Journal(new_id("jrn"), "pledge.loss_paid", on, entries, reference=loss_id)


def replaced(contract: Contract, loss_id: str, cost_minor: int, on: date) -> Journal:
    """What the like of a lost thing cost the institution."""
    entries = (
        debit(loss_place(contract.asset), cost_minor),
        credit(cash_place(contract.asset, contract.branch_id), cost_minor),
    )
    return Journal(new_id("jrn"), "pledge.loss_replaced", on, entries, reference=loss_id)


def places(contract: Contract, loss_id: str) -> list[AccountPlace]:
    """The accounts that a loss needs open."""
    return [
        due_place(contract.asset, loss_id),
        loss_place(contract.asset),
        cash_place(contract.asset, contract.branch_id),
    ]
