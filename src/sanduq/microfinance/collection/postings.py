"""The difference between the cash counted and the money recorded, as a journal.

Members and funds are credited in full with what they paid. What the count shows beside it is
between the institution and the officer who counted, and stands on his till account (1010, one for
each officer): a shortage is what he owes (debit), an overage is kept there (credit) until it is
cleared. The other side is the cash of the group's branch.
"""

from __future__ import annotations

from sanduq.kit.money import Asset
from sanduq.ledger.model import AccountPlace, Journal, credit, debit
from sanduq.microfinance.collection.model import Collection
from sanduq.obligations.receipts.postings import cash_place

TILL = "1010"


def till_place(asset: Asset, officer_id: str) -> AccountPlace:
    """What one officer owes, or keeps, of cash he counted."""
    return AccountPlace(TILL, asset, subject=officer_id)


def places_of(collection: Collection) -> list[AccountPlace]:
    """The accounts of a difference."""
    return [
        till_place(collection.asset, collection.officer_id),
        cash_place(collection.asset, collection.branch_id),
    ]


def difference(collection: Collection) -> Journal:
    """Cash brought to what was counted; the collection's difference is not zero."""
    till, cash = places_of(collection)
    minor = collection.sums.difference_minor
    entries = (
        (debit(till, -minor), credit(cash, -minor))
        if minor < 0
        else (debit(cash, minor), credit(till, minor))
    )
    assert collection.journal_id is not None
    return Journal(
        collection.journal_id, "collection.difference", collection.received_on, entries,
        reference=collection.collection_id,
    )  # fmt: skip
