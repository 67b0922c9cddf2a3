"""The true-up of custody fees as a journal."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from sanduq.kit.ids import new_id
from sanduq.kit.money import Asset
from sanduq.ledger.model import AccountPlace, Journal, credit, debit
from sanduq.obligations.receipts.postings import credit_place

CUSTODY_FEES = "4200"
TRUE_UP = "custody_fee.true_up"


def refunded(asset: Asset, by_owner_minor: Mapping[str, int], on: date, true_up_id: str) -> Journal:
    """Fees beyond the cost are owed back to the owners who bore them."""
    entries = (
        debit(AccountPlace(CUSTODY_FEES, asset), sum(by_owner_minor.values())),
        *(credit(credit_place(asset, owner), minor) for owner, minor in by_owner_minor.items()),
    )
    return Journal(new_id("jrn"), TRUE_UP, on, entries, reference=true_up_id)
