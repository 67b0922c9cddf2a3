"""Events of microfinance loans."""

from __future__ import annotations

from sanduq.events.service import EventType, declare

CREATED = "microfinance.loan.created"
APPROVED = "microfinance.loan.approved"
REJECTED = "microfinance.loan.rejected"
CANCELLED = "microfinance.loan.cancelled"
DISBURSED = "microfinance.loan.disbursed"
IMPORTED = "microfinance.loan.imported"
COMPLETED = "microfinance.loan.completed"
RESCHEDULED = "microfinance.loan.rescheduled"
REPAYMENT_RECEIVED = "microfinance.repayment.received"
REPAYMENT_REVERSED = "microfinance.repayment.reversed"

declare(
    EventType(CREATED, "Loan application submitted", "LoanObject"),
    EventType(APPROVED, "Loan approved", "LoanObject"),
    EventType(REJECTED, "Loan application refused", "LoanObject"),
    EventType(CANCELLED, "Loan application withdrawn", "LoanObject"),
    EventType(DISBURSED, "Funds disbursed to borrower", "LoanObject"),
    EventType(IMPORTED, "Loan of another system brought in", "LoanObject"),
    EventType(COMPLETED, "Loan fully repaid", "LoanObject"),
    EventType(RESCHEDULED, "Instalments agreed anew, without increase", "LoanObject"),
    EventType(REPAYMENT_RECEIVED, "Repayment instalment received", "RepaymentObject"),
    EventType(REPAYMENT_REVERSED, "Repayment taken back", "RepaymentObject"),
)
