"""The price of a pledge coming in, as a journal."""

from __future__ import annotations

from datetime import date

from sanduq.kit.money import Asset, Money
from sanduq.ledger.model import AccountPlace, Journal, credit, debit
from sanduq.obligations.receipts.postings import cash_place

CLEARING = "2210"


def clearing_place(asset: Asset, contract_id: str) -> AccountPlace:
    """What a pledge brought in and is not shared out yet; nothing remains there."""
    return AccountPlace(CLEARING, asset, subject=contract_id)


def price_received(
    price: Money, contract_id: str, branch_id: str, on: date, lot_id: str, journal_id: str
) -> Journal:
    """A buyer pays for a lot: Dr 1000 Cr 2210."""
    entries = (
        debit(cash_place(price.asset, branch_id), price.amount_minor),
        credit(clearing_place(price.asset, contract_id), price.amount_minor),
    )
    return Journal(journal_id, "pledge.price_received", on, entries, reference=lot_id)
