"""What the keeping of charity money refuses."""

from __future__ import annotations

from sanduq.kit.errors import Conflict, NotFound


class CharityReceiptUnknown(NotFound):
    """There is no such charity receipt in this institution."""


class CharityPaymentUnknown(NotFound):
    """There is no such charity payment in this institution."""


class CharityPaymentNotPending(Conflict):
    """This payment is decided already; only a PENDING_APPROVAL one can be."""


class CharityExternalIdTaken(Conflict):
    """Another charity receipt or payment has this external_id."""
