"""What programs refuse."""

from __future__ import annotations

from sanduq.kit.errors import Conflict, NotFound
from sanduq.microfinance.programs.model import ProgramAction, ProgramStatus, actions_of


class UnknownProgram(NotFound):
    """There is no such program in this institution."""


class ProgramStateRefuses(Conflict):
    """The program's state does not allow this."""

    @classmethod
    def of(
        cls, program_id: str, status: ProgramStatus, action: ProgramAction
    ) -> ProgramStateRefuses:
        """Says the state and what it allows."""
        allowed = actions_of(status)
        return cls(
            f"{program_id} is {status}; {action} is not possible."
            f" Possible now: {', '.join(allowed)}.",
            details=[{"field": "status", "code": "state", "message": str(status)}],
            state=str(status),
            allowed=allowed,
        )


class ProgramChanged(Conflict):
    """The program has changed since you read it: read it again."""


class ProgramIdTaken(Conflict):
    """Another program has this id or this external_id."""


class LoanEnrolledMeanwhile(Conflict):
    """One of the loans joined a program meanwhile; none was enrolled. Read them again."""
