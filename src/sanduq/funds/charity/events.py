"""What charity money tells the outside."""

from __future__ import annotations

from sanduq.events.service import Event, EventType, declare
from sanduq.funds.charity.model import CharityPayment, CharityReceipt
from sanduq.funds.charity.schemas import payment_out, receipt_out

RECEIVED = "charity.received"
REQUESTED = "charity.payment.requested"
PAID = "charity.payment.paid"
REJECTED = "charity.payment.rejected"

declare(
    EventType(RECEIVED, "Money the institution may not keep was set aside.", "CharityReceiptOut"),
    EventType(REQUESTED, "A payment waits for the Shariah reviewer.", "CharityPaymentOut"),
    EventType(PAID, "Charity money was paid out.", "CharityPaymentOut"),
    EventType(REJECTED, "The Shariah reviewer refused a payment.", "CharityPaymentOut"),
)


def received(receipt: CharityReceipt) -> Event:
    """Money was set aside."""
    return Event(RECEIVED, receipt.receipt_id, receipt_out(receipt))


def about(type_name: str, payment: CharityPayment) -> Event:
    """What happened to a payment, with the payment as it then stands."""
    return Event(type_name, payment.payment_id, payment_out(payment))
