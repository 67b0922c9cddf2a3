"""What was paid of custody fees, as facts, for every act of a pledge that pays or gives back."""

from __future__ import annotations

from collections.abc import Sequence

from sanduq.kit.db import UnitOfWork
from sanduq.rahnu.contracts.life.payments import store
from sanduq.rahnu.contracts.life.payments.model import FeePayment


def record(uow: UnitOfWork, payments: Sequence[FeePayment]) -> None:
    """Writes down what was paid, taken back or given back of custody fees, in one statement.

    The running total of the pledge (`fee_paid_minor`) is the caller's to move by the same.
    """
    if payments:
        store.insert_fee_payments(uow, payments)
