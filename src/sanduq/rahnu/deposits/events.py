"""What deposits tell the outside."""

from __future__ import annotations

from sanduq.events.service import Event, EventType, declare
from sanduq.rahnu.deposits.model import Deposit, DepositPayment
from sanduq.rahnu.deposits.schemas import deposit_out, payment_out

OPENED = "rahnu.deposit.opened"
KEPT = "rahnu.deposit.kept"
READY = "rahnu.deposit.ready"
WITHDRAWN = "rahnu.deposit.withdrawn"
PLEDGED = "rahnu.deposit.pledged"
FEE_PAID = "rahnu.deposit.fee_paid"

declare(
    EventType("rahnu.deposit.opened", "Things were taken on for safe-keeping.", "DepositOut"),
    EventType(
        "rahnu.deposit.kept", "Two officers vouch for all of a deposit; its fee runs.", "DepositOut"
    ),
    EventType("rahnu.deposit.ready", "A deposit can be fetched; its fee has ended.", "DepositOut"),
    EventType("rahnu.deposit.withdrawn", "Its owner has the deposit back.", "DepositOut"),
    EventType(
        "rahnu.deposit.pledged", "A deposit stands in pledge; its own fee has ended.", "DepositOut"
    ),
    EventType("rahnu.deposit.fee_paid", "The fee of a deposit was paid.", "DepositPaymentOut"),
)


def told(name: str, deposit: Deposit) -> Event:
    """One of the events above about a deposit."""
    return Event(name, deposit.deposit_id, deposit_out(deposit))


def paid(payment: DepositPayment) -> Event:
    """The fee was paid."""
    return Event(FEE_PAID, payment.deposit_id, payment_out(payment))
