"""What calls on guarantees refuse."""

from __future__ import annotations

from sanduq.kit.errors import Conflict, NotFound
from sanduq.microfinance.guarantee_calls.model import TRANSITIONS, Call


class CallNotFound(NotFound):
    """There is no such guarantee call in this institution."""


class RecourseNotFound(NotFound):
    """There is no such recourse in this institution."""


class CallIdTaken(Conflict):
    """A guarantee call with this external id exists already."""


class CallOpenAlready(Conflict):
    """The group was called for this loan already: that call must be paid or cancelled first."""


class NobodyAnswers(Conflict):
    """Nobody answers for this debt: no live guarantee covers it, and no purse may pay it."""


class FundPaysElsewhere(Conflict):
    """No common fund is kept here from which its share could be paid."""


class NoSuchShare(NotFound):
    """This payer has no share in the call."""


class CallChangedMeanwhile(Conflict):
    """The call changed since you read it; read it again and decide anew."""


class CallStateRefuses(Conflict):
    """The call's state does not allow this."""

    @classmethod
    def of(cls, call: Call) -> CallStateRefuses:
        """Says the state and what may follow it."""
        allowed = sorted(str(status) for status in TRANSITIONS[call.status])
        return cls(
            f"{call.call_id} is {call.status}; "
            + (f"it can become {', '.join(allowed)}." if allowed else "nothing more can be done."),
            details=[{"field": "status", "code": "state", "message": str(call.status)}],
            state=str(call.status),
            allowed=allowed,
        )


class RecourseClosed(Conflict):
    """This recourse is recovered or cancelled: nothing is owed on it."""


class RecourseInUse(Conflict):
    """The debtor gave back a part of what this payment made him owe; it cannot be undone."""
