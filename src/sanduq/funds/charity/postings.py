"""Charity money as journals: a debt of the institution from the moment it comes."""

from __future__ import annotations

from datetime import date

from sanduq.funds.charity.model import CharityPayment, CharitySource, NewCharityReceipt
from sanduq.kit.ids import new_id
from sanduq.kit.money import Asset
from sanduq.ledger.model import AccountPlace, Entry, Journal, credit, debit

CASH, CHARITY, DUE_TO_PLEDGORS = "1000", "2100", "2200"


def charity_place(asset: Asset) -> AccountPlace:
    """What is owed to charity; it never falls below zero."""
    return AccountPlace(CHARITY, asset)


def cash_place(asset: Asset, branch_id: str) -> AccountPlace:
    """The cash of one branch."""
    return AccountPlace(CASH, asset, subject=branch_id)


def receipt_entries(new: NewCharityReceipt, branch_id: str) -> tuple[Entry, Entry]:
    """A late pledge comes as cash; what was booked as income, or owed to a pledgor who is not
    found, leaves that account: Dr either, Cr 2100."""
    asset, minor = new.amount.asset, new.amount.amount_minor
    if new.source is CharitySource.UNCLAIMED_SURPLUS:
        origin = AccountPlace(DUE_TO_PLEDGORS, asset, subject=new.came_from)
    elif new.source is CharitySource.LATE_PLEDGE or new.income_code is None:
        origin = cash_place(asset, branch_id)
    else:
        origin = AccountPlace(new.income_code, asset)
    return debit(origin, minor), credit(charity_place(asset), minor)


def received(
    journal_id: str, entries: tuple[Entry, ...], new: NewCharityReceipt, on: date
) -> Journal:
    """The journal of a receipt that stands by itself."""
    return Journal(journal_id, f"charity.{new.source}", on, entries, reference=new.came_from)


def paid(payment: CharityPayment, branch_id: str, on: date) -> Journal:
    """Charity is paid out: Dr 2100 Cr 1000."""
    asset, minor = payment.amount.asset, payment.amount.amount_minor
    entries = (debit(charity_place(asset), minor), credit(cash_place(asset, branch_id), minor))
    return Journal(new_id("jrn"), "charity.paid", on, entries, reference=payment.payment_id)
