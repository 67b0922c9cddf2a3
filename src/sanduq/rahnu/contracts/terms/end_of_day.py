"""The custody fee of the whole book, charged on the last day of a month."""

from __future__ import annotations

from datetime import date

from sanduq.kit.db import UnitOfWork
from sanduq.ledger import service as ledger
from sanduq.ledger.model import Journal
from sanduq.rahnu.contracts import meter
from sanduq.rahnu.contracts import store as contracts_store
from sanduq.rahnu.contracts.margin import service as margin
from sanduq.rahnu.contracts.terms import store
from sanduq.rahnu.contracts.terms.model import is_month_end

END_OF_DAY = "pledge_fee"
CHUNK = 1_000


def charge_month(uow: UnitOfWork, day: date) -> int:
    """On a month's last day charges every pledge in force what its keeping came to; how many.

    Each is charged what is not charged yet, so that a second run adds nothing. The fee is owed
    apart from the debt and never becomes part of it (RHN-33). Flags are judged on what is due.
    """
    if not is_month_end(day):
        return 0
    ids = store.ids_in_force(uow)
    journals: list[Journal] = []
    for start in range(0, len(ids), CHUNK):
        chunk = ids[start : start + CHUNK]
        contracts = list(contracts_store.load(uow, chunk, is_locked=True).values())
        journals += meter.charge(uow, contracts, day)
        margin.reassess(uow, chunk)
    # Posting comes last: it takes the head of the chain.
    for start in range(0, len(journals), CHUNK):
        ledger.post(uow, journals[start : start + CHUNK])
    return len(journals)
