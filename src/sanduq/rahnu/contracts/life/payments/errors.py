"""What payments on a pledge refuse."""

from __future__ import annotations

from sanduq.kit.errors import Conflict, NotFound, ValidationFailed


class PledgeRepaymentNotFound(NotFound):
    """There is no such repayment on this pledge."""


class PledgeRepaymentReversed(Conflict):
    """This repayment is reversed already, or is itself a reversal."""


class PledgeRepaymentKnown(Conflict):
    """A repayment with this external id is recorded already."""


class RepaymentOfEarlierLoan(Conflict):
    """This repayment was on a loan that another has replaced since; it cannot be taken back."""


class FeeGivenBack(Conflict):
    """Custody fee of this payment was given back since; it cannot be taken back as well."""


class PaidElsewhere(Conflict):
    """This debt is paid at its own place."""


class NothingLeftToPay(Conflict):
    """Nothing is left to pay on this pledge."""


class MoreThanFeeDue(ValidationFailed):
    """The payment is more than the custody fee due."""


class QuoteDayImpossible(ValidationFailed):
    """A redemption cannot be quoted for that day."""


class NotAnOutsideDebt(Conflict):
    """The debt of this pledge is on our own books: its balance is not stated, it is known."""


class StatementImpossible(ValidationFailed):
    """The creditor's statement does not fit what is on record."""
