"""The write-down of a leased asset as its months go by."""

from __future__ import annotations

from datetime import date

from sanduq.ledger.model import Journal
from sanduq.microfinance.loans.ijarah import postings
from sanduq.microfinance.loans.ijarah.model import Lease
from sanduq.microfinance.loans.ijarah.model_rents import depreciation_due, month_end


def catch_up(lease: Lease, through: date) -> tuple[Lease, list[Journal]]:
    """The lease with every month that is over by a day written down, and the journals of it."""
    if lease.next_depreciation_on is None or lease.next_depreciation_on > through:
        return lease, []
    assert lease.delivered_on is not None
    assert lease.ends_on is not None
    due = depreciation_due(
        lease.depreciable_minor, lease.depreciation_months, lease.months_depreciated,
        lease.delivered_on, lease.ends_on, through,
    )  # fmt: skip
    made = [postings.depreciation(lease, amount, day) for day, amount in due]
    done = lease.months_depreciated + len(due)
    is_last = done == lease.depreciation_months
    after = lease.after(
        months_depreciated=done,
        depreciated_minor=lease.depreciated_minor + sum(amount for _, amount in due),
        next_depreciation_on=None
        if is_last
        else month_end(lease.delivered_on, done + 1, lease.ends_on),
    )
    return after, [journal for journal in made if journal is not None]
