"""Forgiving the debtor frees whoever stood surety for him (rule DEF-16; AAOIFI SS 5 3/3/2)."""

from __future__ import annotations

from sanduq.kit.db import UnitOfWork
from sanduq.microfinance.guarantee_calls import service, store

REASON = "the debtor was forgiven, and his guarantors are free with him (rule DEF-16)"


def free_guarantors(uow: UnitOfWork, loan_id: str) -> int:
    """Cancels what is still asked of the guarantors of a loan forgiven whole.

    Answers how many calls stand after it. What a guarantor paid before stays paid, and may be
    recovered from the debtor: it was his own money. No new call can follow: calls ask for an
    overdue debt, and there is none.
    """
    service.discharge(uow, [loan_id], reason=REASON)
    return len(store.open_of_loans(uow, [loan_id]))
