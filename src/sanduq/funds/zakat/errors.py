"""What the keeping of zakat refuses."""

from __future__ import annotations

from sanduq.kit.errors import Conflict, NotFound


class ZakatReceiptUnknown(NotFound):
    """There is no such zakat receipt in this institution."""


class ZakatPaymentUnknown(NotFound):
    """There is no such zakat payment in this institution."""


class ZakatExternalIdTaken(Conflict):
    """Another zakat receipt or payment has this external_id."""
