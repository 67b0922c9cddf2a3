"""What the common fund refuses."""

from __future__ import annotations

from sanduq.kit.errors import Conflict, NotFound
from sanduq.microfinance.common_fund.model import TRANSITIONS, Payment


class FundNotFound(NotFound):
    """This group keeps no common fund."""


class FundPaymentNotFound(NotFound):
    """There is no such payment of this group's fund."""


class FundLoanNotFound(NotFound):
    """There is no such loan to this group's fund."""


class FundOpenAlready(Conflict):
    """This group has a common fund: one group keeps one, on one basis."""


class FundExternalIdTaken(Conflict):
    """A common fund with this external id exists already."""


class FundIsClosed(Conflict):
    """This common fund was wound up: nothing goes in or out."""


class FundNotEmpty(Conflict):
    """The common fund is still open: wind it up before the group is closed."""


class FundPaymentPending(Conflict):
    """Payments out of the fund wait for signatures: sign or cancel them first."""


class FundChangedMeanwhile(Conflict):
    """The fund changed since its winding up was asked for: cancel that and ask anew."""


class FundPaymentChangedMeanwhile(Conflict):
    """The payment changed since you read it; read it again and decide anew."""


class StillAMember(Conflict):
    """A payment on leaving is for one who left: let the member leave the group first."""


class NotAnOfficer(Conflict):
    """Only the chair, the treasurer and the secretary of the group sign for its fund."""


class SignedAlready(Conflict):
    """This officer signed already: another one must."""


class ContributionDayClosed(Conflict):
    """The day lies in a closed period, before the fund was opened, or ahead."""


class FundPaymentStateRefuses(Conflict):
    """The payment's state does not allow this."""

    @classmethod
    def of(cls, payment: Payment) -> FundPaymentStateRefuses:
        """Says the state and what may follow it."""
        allowed = sorted(str(status) for status in TRANSITIONS[payment.status])
        return cls(
            f"{payment.payment_id} is {payment.status}; "
            + (f"it can become {', '.join(allowed)}." if allowed else "nothing more can be done."),
            details=[{"field": "status", "code": "state", "message": str(payment.status)}],
            state=str(payment.status),
            allowed=allowed,
        )
