"""What a qard refuses."""

from __future__ import annotations

from sanduq.kit.errors import Conflict, NotFound, ValidationFailed


class QardNotFound(NotFound):
    """There is no such qard in this institution."""


class QardNotAgreed(Conflict):
    """Only an agreed qard that was not paid out yet can be disbursed."""


class NothingOwed(Conflict):
    """Nothing is owed on this qard: it was not disbursed yet, or it is settled."""


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
