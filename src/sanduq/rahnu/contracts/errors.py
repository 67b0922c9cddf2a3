"""What the pledge contract refuses."""

from __future__ import annotations

from sanduq.kit.errors import Conflict, LimitExceeded, NotFound, ValidationFailed
from sanduq.rahnu.contracts.model import PledgeAction, PledgeStatus, actions_of


class PledgeNotFound(NotFound):
    """There is no such pledge in this institution."""


class PledgeChangedMeanwhile(Conflict):
    """The pledge changed since you read it; read it again and decide anew."""


class PledgeStateRefuses(Conflict):
    """The pledge's state does not allow this."""

    @classmethod
    def of(cls, contract_id: str, status: PledgeStatus, action: PledgeAction) -> PledgeStateRefuses:
        """Says the state and what it allows."""
        allowed = actions_of(status)
        return cls(
            f"{contract_id} is {status}; {action} is not possible. "
            + (f"Possible now: {', '.join(allowed)}." if allowed else "Nothing more can be done."),
            details=[{"field": "status", "code": "state", "message": str(status)}],
            state=str(status),
            allowed=allowed,
        )


class PledgeStepMissing(Conflict):
    """A step of the pledge comes before another that it needs."""

    @classmethod
    def of(cls, contract_id: str, step: str, *, missing: str, rule_id: str) -> PledgeStepMissing:
        """Names the step that is missing and the rule that asks for it."""
        return cls(
            f"{step} is not possible for {contract_id} yet: {missing} comes first (rule {rule_id})."
            f" Do that, then {step} again.",
            details=[
                {"field": "step", "code": "missing_step", "message": missing, "rule_id": rule_id}
            ],
            rule_id=rule_id,
            missing=missing,
        )


class ExternalIdTaken(Conflict):
    """A pledge with this external id exists already."""


class ItemPledgedAlready(Conflict):
    """One of these things is pledged under another contract."""


class CurrencyDiffers(ValidationFailed):
    """The debt is in another currency than the pledge."""


class TermTooLong(LimitExceeded):
    """The term is longer than the template allows."""


class NoFeePolicy(Conflict):
    """The template names no custody fee policy; name one in a new template and have it approved."""


class DisclosureOutdated(Conflict):
    """The disclosure was of another version than the one that holds today; show it again."""


class ReviewerMayNotExecute(Conflict):
    """Who passed the pledge through review may not take it in: another user must."""


class DepositPledgedInPart(Conflict):
    """A deposit is pledged whole where it lies, or not at all."""
