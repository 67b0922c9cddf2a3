"""What default, hardship and write-off refuse."""

from __future__ import annotations

from sanduq.kit.errors import Conflict, NotFound, ValidationFailed


class NothingOverdue(Conflict):
    """Nothing is overdue on this loan: a stipulated term binds the lender (rule QRD-15)."""


class WriteOffAsked(Conflict):
    """A write-off of this loan waits for approval already, or was posted."""


class WriteOffUnknown(NotFound):
    """This loan has no write-off."""


class MoreThanClaimed(ValidationFailed):
    """The amount is more than what is still claimed."""


class CostUnknown(NotFound):
    """There is no such collection cost on this loan."""


class HolidayUnknown(NotFound):
    """There is no such payment holiday."""
