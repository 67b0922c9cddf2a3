"""Cash left beside a pledge, as journals: the owner's money, owed to the owner all along."""

from __future__ import annotations

from datetime import date

from sanduq.kit.ids import new_id
from sanduq.kit.money import Asset
from sanduq.ledger.model import AccountPlace, Journal, credit, debit
from sanduq.obligations.receipts.postings import cash_place
from sanduq.rahnu.contracts.model import Contract

DUE_TO_PLEDGORS = "2200"
RECEIVED, RETURNED = "pledge.top_up_received", "pledge.top_up_returned"


def held_place(asset: Asset, contract_id: str) -> AccountPlace:
    """What is owed to the owner of one pledge."""
    return AccountPlace(DUE_TO_PLEDGORS, asset, subject=contract_id)


def places(contract: Contract) -> list[AccountPlace]:
    """The accounts that a top-up needs open."""
    asset = contract.asset
    return [held_place(asset, contract.contract_id), cash_place(asset, contract.branch_id)]


def received(contract: Contract, amount_minor: int, on: date) -> Journal:
    """Cash taken in at the branch, to be held for the owner."""
    held, cash = places(contract)
    entries = (debit(cash, amount_minor), credit(held, amount_minor))
    return Journal(new_id("jrn"), RECEIVED, on, entries, reference=contract.contract_id)


def returned(contract: Contract, amount_minor: int, on: date) -> Journal:
    """The owner's cash given back."""
    held, cash = places(contract)
    entries = (debit(held, amount_minor), credit(cash, amount_minor))
    return Journal(new_id("jrn"), RETURNED, on, entries, reference=contract.contract_id)
