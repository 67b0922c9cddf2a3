"""What common funds tell the outside."""

from __future__ import annotations

from sanduq.events.service import Event, EventType, declare
from sanduq.microfinance.common_fund.model import Contribution, Fund, FundLoan, Payment
from sanduq.microfinance.common_fund.schemas import contribution_out, fund_terms_out
from sanduq.microfinance.common_fund.schemas_payment import fund_loan_out, payment_out

OPENED = "microfinance.common_fund.opened"
CLOSED = "microfinance.common_fund.closed"
LENT = "microfinance.common_fund.lent"
CONTRIBUTED = "microfinance.contribution.received"
PAYMENT_ASKED = "microfinance.common_fund.payment_asked"
PAYMENT_SIGNED = "microfinance.common_fund.payment_signed"
PAYMENT_MADE = "microfinance.common_fund.paid"
PAYMENT_CANCELLED = "microfinance.common_fund.payment_cancelled"
PAYMENT_RETURNED = "microfinance.common_fund.payment_returned"

declare(
    EventType(OPENED, "A group opened its common fund", "CommonFundTerms"),
    EventType(CLOSED, "A common fund was wound up", "CommonFundTerms"),
    EventType(LENT, "A common fund took a benevolent loan", "FundLoanOut"),
    EventType(CONTRIBUTED, "A member's contribution came in", "ContributionOut"),
    EventType(PAYMENT_ASKED, "A payment waits for two officers", "FundPaymentOut"),
    EventType(PAYMENT_SIGNED, "The first of two officers signed", "FundPaymentOut"),
    EventType(PAYMENT_MADE, "Two officers signed and the fund paid", "FundPaymentOut"),
    EventType(PAYMENT_CANCELLED, "A payment is no longer asked for", "FundPaymentOut"),
    EventType(PAYMENT_RETURNED, "A cover came back to the fund", "FundPaymentOut"),
)


def told_fund(event: str, fund: Fund) -> Event:
    """An event of one fund as it stands."""
    return Event(event, fund.group_id, fund_terms_out(fund))


def told_contribution(contribution: Contribution) -> Event:
    """A contribution came in."""
    return Event(CONTRIBUTED, contribution.group_id, contribution_out(contribution))


def told_payment(event: str, payment: Payment) -> Event:
    """An event of one payment as it stands."""
    return Event(event, payment.payment_id, payment_out(payment))


def told_loan(loan: FundLoan) -> Event:
    """The fund was lent something."""
    return Event(LENT, loan.group_id, fund_loan_out(loan))
