"""Events of default, hardship and write-off."""

from __future__ import annotations

from sanduq.events.service import EventType, declare

DEMANDED = "microfinance.loan.demanded"
ASSESSED = "microfinance.loan.assessed"
DEFAULTED = "microfinance.loan.defaulted"
CHARGED = "microfinance.loan.cost_charged"
PLEDGED = "microfinance.loan.charity_pledged"
SETTLED = "microfinance.loan.settled_by_third_party"
WRITTEN_OFF = "microfinance.loan.written_off"
RECOVERED = "microfinance.loan.recovered"
FORGIVEN = "microfinance.loan.forgiven"
HOLIDAY_GIVEN = "microfinance.holiday.given"

declare(
    EventType(DEMANDED, "Borrower asked for what is overdue", "DemandObject"),
    EventType(ASSESSED, "Borrower's solvency assessed", "AssessmentObject"),
    EventType(DEFAULTED, "Loan marked as defaulted", "LoanObject"),
    EventType(CHARGED, "Collection cost charged by receipt", "CollectionCostObject"),
    EventType(PLEDGED, "Pledge to charity for delay received", "CharityPledgeObject"),
    EventType(SETTLED, "Debt paid by a third party", "LoanObject"),
    EventType(WRITTEN_OFF, "Loan written off, its loss absorbed", "WriteOffObject"),
    EventType(RECOVERED, "Money recovered after write-off", "RepaymentObject"),
    EventType(FORGIVEN, "Claim given up by its owner", "ForgivenessObject"),
    EventType(HOLIDAY_GIVEN, "Payment holiday given to many loans", "PaymentHolidayObject"),
)
