"""The fee for keeping a pledge, as journals. The pledge itself is in no account (RHN-05)."""

from __future__ import annotations

from datetime import date

from sanduq.kit.ids import new_id
from sanduq.kit.money import Asset
from sanduq.ledger.model import AccountPlace, Entry, Journal, credit, debit
from sanduq.obligations.receipts.postings import cash_place
from sanduq.rahnu.contracts.model import Contract

FEE_RECEIVABLE, FEE_INCOME = "1120", "4200"


def fee_place(asset: Asset, contract_id: str) -> AccountPlace:
    """The unpaid custody fee of one pledge: the institution's, whoever lends."""
    return AccountPlace(FEE_RECEIVABLE, asset, subject=contract_id)


def income_place(asset: Asset) -> AccountPlace:
    """Custody fees earned."""
    return AccountPlace(FEE_INCOME, asset)


def fee_places(contract: Contract) -> list[AccountPlace]:
    """The accounts that charging and paying the fee need open."""
    return [
        fee_place(contract.asset, contract.contract_id),
        income_place(contract.asset),
        cash_place(contract.asset, contract.branch_id),
    ]


def fee_accrued(contract: Contract, amount_minor: int, on: date) -> Journal:
    """Custody given up to a day, charged at cost."""
    entries = (
        debit(fee_place(contract.asset, contract.contract_id), amount_minor),
        credit(income_place(contract.asset), amount_minor),
    )
    return Journal(new_id("jrn"), "pledge.fee_accrued", on, entries, reference=contract.contract_id)


def fee_settled(contract: Contract, amount_minor: int) -> Entry:
    """The entry that takes so much custody fee off the books, whoever pays it."""
    return credit(fee_place(contract.asset, contract.contract_id), amount_minor)


def fee_received(contract: Contract, amount_minor: int, on: date) -> Journal:
    """Custody fee paid in cash."""
    entries = (
        debit(cash_place(contract.asset, contract.branch_id), amount_minor),
        fee_settled(contract, amount_minor),
    )
    return Journal(new_id("jrn"), "pledge.fee_paid", on, entries, reference=contract.contract_id)
