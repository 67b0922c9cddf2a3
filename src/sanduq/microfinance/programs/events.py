"""What programs tell the outside."""

from __future__ import annotations

from sanduq.events.service import Event, EventType, declare
from sanduq.microfinance.programs.model import Enrolment, Program
from sanduq.microfinance.programs.schemas import program_loan_out, program_out

CREATED = "microfinance.program.created"
CHANGED = "microfinance.program.changed"
APPROVED = "microfinance.program.approved"
CLOSED = "microfinance.program.closed"
LOAN_ENROLLED = "microfinance.program.loan_enrolled"

declare(
    EventType(CREATED, "A program was drawn up.", "ProgramOut"),
    EventType(CHANGED, "A program was changed before its approval, or sent back.", "ProgramOut"),
    EventType(APPROVED, "A program was approved: loans may join it.", "ProgramOut"),
    EventType(CLOSED, "A program has ended; its loans run on.", "ProgramOut"),
    EventType(LOAN_ENROLLED, "A loan joined a program.", "ProgramLoanOut"),
)


def told(type_name: str, program: Program) -> Event:
    """That something happened to a program, with the program as it now is."""
    return Event(type_name, program.program_id, program_out(program))


def enrolled(enrolment: Enrolment) -> Event:
    """A loan joined a program."""
    return Event(LOAN_ENROLLED, enrolment.loan_id, program_loan_out(enrolment))
