"""What zakat tells the outside."""

from __future__ import annotations

from sanduq.events.service import Event, EventType, declare
from sanduq.funds.zakat.model import AdministratorsCap, ZakatPayment, ZakatReceipt
from sanduq.funds.zakat.schemas import cap_out, payment_out, receipt_out

RECEIVED = "zakat.received"
PAID = "zakat.paid"
CAP_SET = "zakat.cap.set"

declare(
    EventType(RECEIVED, "Zakat came in for distribution.", "ZakatReceiptOut"),
    EventType(PAID, "Zakat was paid to one of the eight classes.", "ZakatPaymentOut"),
    EventType(CAP_SET, "The administrators' share of zakat was set.", "ZakatCapOut"),
)


def received(receipt: ZakatReceipt) -> Event:
    """Zakat came in."""
    return Event(RECEIVED, receipt.receipt_id, receipt_out(receipt))


def paid(payment: ZakatPayment) -> Event:
    """Zakat was paid out."""
    return Event(PAID, payment.payment_id, payment_out(payment))


def cap_set(cap: AdministratorsCap) -> Event:
    """The administrators' share was set."""
    return Event(CAP_SET, cap.cap_id, cap_out(cap))
