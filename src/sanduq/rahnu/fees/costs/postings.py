"""The cost of keeping as a journal: by receipt, out of the branch's cash."""

from __future__ import annotations

from sanduq.kit.ids import new_id
from sanduq.ledger.model import AccountPlace, Journal, credit, debit
from sanduq.obligations.receipts.postings import cash_place
from sanduq.rahnu.fees.costs.model import NewCustodyCost

CUSTODY_COST = "5800"
INCURRED = "custody.cost_incurred"
REVERSED = f"{INCURRED}.reversed"


def incurred(new: NewCustodyCost, cost_id: str, branch_id: str) -> Journal:
    """A receipt for keeping, paid."""
    asset, minor = new.amount.asset, new.amount.amount_minor
    entries = (
        debit(AccountPlace(CUSTODY_COST, asset), minor),
        credit(cash_place(asset, branch_id), minor),
    )
    return Journal(new_id("jrn"), INCURRED, new.incurred_on, entries, reference=cost_id)
