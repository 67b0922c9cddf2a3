"""What the receipt of a payment refuses."""

from __future__ import annotations

from sanduq.kit.errors import Conflict, NotFound, ValidationFailed


class NothingOwed(Conflict):
    """Nothing is owed: the contract did not come to a debt yet, or the debt is settled."""


class RepaymentExceedsOutstanding(ValidationFailed):
    """The payment is more than what is owed."""


class RepaymentCurrencyDiffers(ValidationFailed):
    """The payment is in another currency than the debt."""


class RepaymentDateImpossible(ValidationFailed):
    """The payment is dated before the debt arose or after today."""


class RepaymentKnown(Conflict):
    """A repayment with this external id is recorded already."""


class RepaymentNotFound(NotFound):
    """There is no such repayment on this loan."""


class RepaymentReversedAlready(Conflict):
    """This repayment is reversed already, or is itself a reversal."""
