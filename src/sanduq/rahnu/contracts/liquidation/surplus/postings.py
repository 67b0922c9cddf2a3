"""A surplus leaving its trust, as journals: to its owner's side, an authority, or charity.

No other account can be the other side: a surplus is never income (rule RHN-34).
"""

from __future__ import annotations

from datetime import date

from sanduq.kit.money import Asset
from sanduq.ledger.model import AccountPlace, Entry, Journal, credit, debit
from sanduq.obligations.receipts.postings import cash_place
from sanduq.rahnu.contracts.liquidation.surplus.model import Surplus

SURPLUS = "2200"


def surplus_place(asset: Asset, surplus_id: str) -> AccountPlace:
    """What one sale left for its owner; it never falls below zero, so it leaves once."""
    return AccountPlace(SURPLUS, asset, subject=surplus_id)


def paid(surplus: Surplus, on: date, journal_id: str, payout_id: str) -> Journal:
    """The whole of a surplus in cash: Dr 2200 Cr 1000."""
    entries = (
        debit(surplus_place(surplus.asset, surplus.surplus_id), surplus.amount_minor),
        credit(cash_place(surplus.asset, surplus.branch_id), surplus.amount_minor),
    )
    return Journal(journal_id, "pledge.surplus_paid", on, entries, reference=payout_id)


def to_charity(
    surplus: Surplus, received: tuple[Entry, ...], on: date, journal_id: str, payout_id: str
) -> Journal:
    """The whole of a surplus to charity: Dr 2200 Cr 2100, as charity's receipt has it."""
    assert received[0].place == surplus_place(surplus.asset, surplus.surplus_id)
    return Journal(journal_id, "pledge.surplus_to_charity", on, received, reference=payout_id)
