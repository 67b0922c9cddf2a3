"""Zakat as journals, each within the zakat fund."""

from __future__ import annotations

from datetime import date

from sanduq.funds.zakat.model import FUND
from sanduq.kit.ids import new_id
from sanduq.kit.money import Asset, Money
from sanduq.ledger.model import AccountPlace, Journal, credit, debit

CASH, ZAKAT = "1000", "3300"


def cash_place(asset: Asset) -> AccountPlace:
    """The money of the zakat fund, apart from all other."""
    return AccountPlace(CASH, asset, FUND)


def zakat_place(asset: Asset) -> AccountPlace:
    """Zakat received and not yet paid out; it never falls below zero."""
    return AccountPlace(ZAKAT, asset, FUND)


def places(asset: Asset) -> list[AccountPlace]:
    """The accounts the zakat of a currency needs open."""
    return [cash_place(asset), zakat_place(asset)]


def received(amount: Money, on: date, reference: str) -> Journal:
    """Zakat came: Dr 1000 Cr 3300."""
    entries = (
        debit(cash_place(amount.asset), amount.amount_minor),
        credit(zakat_place(amount.asset), amount.amount_minor),
    )
    return Journal(new_id("jrn"), "zakat.received", on, entries, reference=reference)


def paid(amount: Money, on: date, reference: str) -> Journal:
    """Zakat left the fund for one of the eight classes: Dr 3300 Cr 1000."""
    entries = (
        debit(zakat_place(amount.asset), amount.amount_minor),
        credit(cash_place(amount.asset), amount.amount_minor),
    )
    return Journal(new_id("jrn"), "zakat.paid", on, entries, reference=reference)
