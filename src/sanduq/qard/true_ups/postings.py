"""Direct costs and the true-up of fees as journals."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from sanduq.kit.ids import new_id
from sanduq.kit.money import Asset
from sanduq.ledger.model import AccountPlace, Journal, credit, debit
from sanduq.obligations.receipts.postings import cash_place, credit_place
from sanduq.qard.true_ups.model import NewDirectCost

DIRECT_COST, FEES = "5100", "4100"
TRUE_UP = "fee.true_up"


def incurred(new: NewDirectCost, cost_id: str) -> Journal:
    """A receipt paid out of the branch's cash."""
    asset, minor = new.amount.asset, new.amount.amount_minor
    entries = (
        debit(AccountPlace(DIRECT_COST, asset), minor),
        credit(cash_place(asset, new.branch_id), minor),
    )
    return Journal(new_id("jrn"), "qard.cost_incurred", new.incurred_on, entries, reference=cost_id)


def refunded(
    asset: Asset, by_borrower_minor: Mapping[str, int], on: date, true_up_id: str
) -> Journal:
    """Fees beyond the cost are owed back to who bore them."""
    total = sum(by_borrower_minor.values())
    entries = (
        debit(AccountPlace(FEES, asset), total),
        *(
            credit(credit_place(asset, borrower), minor)
            for borrower, minor in by_borrower_minor.items()
        ),
    )
    return Journal(new_id("jrn"), TRUE_UP, on, entries, reference=true_up_id)
