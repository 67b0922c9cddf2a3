"""What the microfinance loan refuses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sanduq.kit.errors import Conflict, Forbidden, NotFound, Refusal, ValidationFailed
from sanduq.microfinance.loans.model import LoanAction, LoanStatus, actions_of


class LoanNotFound(NotFound):
    """There is no such loan in this institution."""


class LoanStateRefuses(Conflict):
    """The loan's state does not allow this."""

    @classmethod
    def of(cls, loan_id: str, status: LoanStatus, action: LoanAction) -> LoanStateRefuses:
        """Says the state and what it allows."""
        allowed = actions_of(status)
        return cls(
            f"{loan_id} is {status}; {action} is not possible. "
            + (f"Possible now: {', '.join(allowed)}." if allowed else "Nothing more can be done."),
            details=[{"field": "status", "code": "state", "message": str(status)}],
            state=str(status),
            allowed=allowed,
        )


class LoanChangedMeanwhile(Conflict):
    """The loan changed since you read it; read it again and decide anew."""


class NoSchedule(Conflict):
    """There is no debt in money yet: the contract's own steps come first."""


class StepOutOfOrder(Conflict):
    """A step of the contract comes before another that it needs."""

    @classmethod
    def of(cls, loan_id: str, step: str, *, missing: str, rule_id: str) -> StepOutOfOrder:
        """Names the step that is missing and the rule that asks for it."""
        return cls(
            f"{step} is not possible for {loan_id} yet: {missing} comes first (rule {rule_id})."
            f" Do {missing}, then {step} again.",
            details=[
                {"field": "step", "code": "missing_step", "message": missing, "rule_id": rule_id}
            ],
            rule_id=rule_id,
            missing=missing,
        )


class ExternalIdTaken(Conflict):
    """A loan with this external id exists already."""


class ApproverMayNotDisburse(Forbidden):
    """Who approved the loan may not pay it out: another user must."""


class TypeNotOffered(ValidationFailed):
    """This loan type is not offered by any active product."""


class BatchRefused(Refusal):
    """One row was refused, so none was recorded: the batch was sent as all or nothing."""

    code = "BATCH_REFUSED"
    status = 422

    @classmethod
    def of(cls, rows: Sequence[tuple[int, Refusal]]) -> BatchRefused:
        """Names every refused row."""
        details: list[Mapping[str, Any]] = [
            {"field": f"repayments.{index}", "code": refusal.code, "message": refusal.message}
            for index, refusal in rows
        ]
        return cls(details=details)
