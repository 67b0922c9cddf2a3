"""What the murabaha refuses."""

from __future__ import annotations

from sanduq.kit.errors import Conflict, NotFound
from sanduq.microfinance.loans.model import LoanStatus
from sanduq.microfinance.loans.murabaha.model import Stage, Step, steps_of


class MurabahaNotFound(NotFound):
    """There is no such murabaha in this institution."""


class StepRefused(Conflict):
    """The murabaha's stage does not allow this step."""

    @classmethod
    def at_stage(cls, loan_id: str, step: Step, stage: Stage) -> StepRefused:
        """The step is done already or no longer possible: says what is."""
        possible = steps_of(stage)
        return cls(
            f"{loan_id} is {stage}; {step} is not possible. "
            + (f"Possible now: {', '.join(possible)}." if possible else "Nothing more can be done"),
            details=[{"field": "stage", "code": "stage", "message": str(stage)}],
            stage=str(stage),
            allowed=possible,
        )

    @classmethod
    def in_status(cls, loan_id: str, step: Step, status: LoanStatus) -> StepRefused:
        """The loan itself is not where the step belongs."""
        return cls(
            f"{loan_id} is {status}; {step} is not possible now. Read the loan again.",
            details=[{"field": "status", "code": "state", "message": str(status)}],
            state=str(status),
        )


class GoodsInHand(Conflict):
    """Money has moved for this murabaha: let the customer decline, which settles his margin."""
