"""A microfinance loan: its states as a table, its terms, and what follows from both. No I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Protocol

from sanduq.kit.money import Asset, Money
from sanduq.obligations.calendar import Calendar, WorkingDays
from sanduq.obligations.schedule import (
    Anchor,
    AnchorKind,
    Frequency,
    Schedule,
    ScheduleTerms,
    build_schedule,
)


class LoanType(StrEnum):
    QARD_HASAN = "qard_hasan"
    MURABAHA_MICRO = "murabaha_micro"
    SALAM_MICRO = "salam_micro"
    SERVICE_IJARAH = "service_ijarah"


class LoanStatus(StrEnum):
    PENDING_APPROVAL = "PENDING_APPROVAL"
    APPROVED = "APPROVED"
    DISBURSED = "DISBURSED"
    REPAYING = "REPAYING"
    COMPLETED = "COMPLETED"
    DEFAULTED = "DEFAULTED"
    WRITTEN_OFF = "WRITTEN_OFF"
    REJECTED = "REJECTED"
    CANCELLED = "CANCELLED"


class LoanAction(StrEnum):
    APPROVE = "approve"
    REJECT = "reject"
    CANCEL = "cancel"
    DISBURSE = "disburse"
    REPAY = "repay"
    REVERSE = "reverse"
    RESCHEDULE = "reschedule"
    QUOTE = "settlement-quote"
    DEMAND = "demand"
    DEFAULT = "default"
    RESUME = "resume"
    WRITE_OFF = "write-off"
    FORGIVE = "forgive"
    RECOVER = "recover"
    SETTLE = "third-party-payment"


_S = LoanStatus

ALLOWED: Mapping[LoanAction, frozenset[LoanStatus]] = {
    LoanAction.APPROVE: frozenset({_S.PENDING_APPROVAL}),
    LoanAction.REJECT: frozenset({_S.PENDING_APPROVAL}),
    LoanAction.CANCEL: frozenset({_S.PENDING_APPROVAL, _S.APPROVED}),
    LoanAction.DISBURSE: frozenset({_S.APPROVED}),
    LoanAction.REPAY: frozenset({_S.DISBURSED, _S.REPAYING, _S.DEFAULTED}),
    LoanAction.REVERSE: frozenset({_S.REPAYING, _S.COMPLETED, _S.DEFAULTED}),
    LoanAction.RESCHEDULE: frozenset({_S.DISBURSED, _S.REPAYING, _S.DEFAULTED}),
    LoanAction.QUOTE: frozenset({_S.DISBURSED, _S.REPAYING, _S.DEFAULTED}),
    LoanAction.DEMAND: frozenset({_S.DISBURSED, _S.REPAYING, _S.DEFAULTED}),
    LoanAction.DEFAULT: frozenset({_S.DISBURSED, _S.REPAYING}),
    LoanAction.RESUME: frozenset({_S.DEFAULTED}),
    LoanAction.WRITE_OFF: frozenset({_S.DEFAULTED}),
    LoanAction.FORGIVE: frozenset({_S.DISBURSED, _S.REPAYING, _S.DEFAULTED, _S.WRITTEN_OFF}),
    LoanAction.RECOVER: frozenset({_S.WRITTEN_OFF}),
    LoanAction.SETTLE: frozenset({_S.DISBURSED, _S.REPAYING, _S.DEFAULTED}),
}


def is_allowed(action: LoanAction, status: LoanStatus) -> bool:
    """Whether the state table lets `action` happen to a loan in `status`."""
    return status in ALLOWED[action]


def actions_of(status: LoanStatus) -> list[str]:
    """What can be done with a loan in `status`, by name."""
    return sorted(str(action) for action, states in ALLOWED.items() if status in states)


def status_after_payment(*, is_settled: bool) -> LoanStatus:
    """A first repayment makes a loan REPAYING; the last one COMPLETED."""
    return LoanStatus.COMPLETED if is_settled else LoanStatus.REPAYING


def status_after_reversal(status: LoanStatus, *, has_payments: bool) -> LoanStatus:
    """Taking a payment back reopens a completed loan; the only one taken back leaves it unpaid."""
    if status is LoanStatus.DEFAULTED:
        return status
    return LoanStatus.REPAYING if has_payments else LoanStatus.DISBURSED


@dataclass(frozen=True, slots=True)
class Terms:
    """What the borrower asks for: instalments, their rhythm, and months of grace."""

    instalments: int
    frequency: Frequency
    grace_months: int


class TradeTerms(Protocol):
    """What a trade contract agrees beyond what every loan does."""

    def particulars(self) -> Mapping[str, Any]:
        """The terms as agreed, as the API renders them: plain JSON values."""
        ...


@dataclass(frozen=True, slots=True)
class ScheduleRule:
    """The product's part of a schedule: anchor, working days, rounding; and the calendar."""

    anchor: Anchor
    working_days: WorkingDays
    multiple_of_minor: int
    calendar: Calendar


@dataclass(frozen=True, slots=True)
class Application:
    """A loan as it is asked for. `service_fee` None: the product's fee formula decides.

    `trade` are the terms of a murabaha, salam or ijarah; a qard hasan has none. `net_income` is
    what the household has left in a month after its needs, where it was asked.
    """

    type: LoanType
    borrower_id: str
    amount: Money
    purpose: str
    terms: Terms
    service_fee: Money | None = None
    purpose_description: str | None = None
    group_id: str | None = None
    product_id: str | None = None
    branch_id: str | None = None
    external_id: str | None = None
    metadata: Mapping[str, str] | None = None
    officer_id: str | None = None
    program_id: str | None = None
    net_income: Money | None = None
    trade: TradeTerms | None = None


@dataclass(frozen=True, slots=True)
class LoanBalance:
    """What of a paid-out loan is paid, owed and late, as of the institution's today."""

    principal_paid_minor: int
    fee_paid_minor: int
    outstanding_minor: int
    due_minor: int
    oldest_unpaid_due_on: date | None
    ageing_class: str
    schedule_version: int


@dataclass(frozen=True, slots=True)
class Loan:
    """A loan as it is kept.

    `repayable_minor` is the money owed in all: nothing where goods are owed. `stage` says how
    far a trade contract has come, `particulars` are its terms as agreed. `settled_by` names who
    closed it, where that was not the borrower (rule SDQ-02).
    """

    loan_id: str
    external_id: str | None
    type: LoanType
    status: LoanStatus
    contract_id: str
    product_id: str
    borrower_id: str
    group_id: str | None
    branch_id: str
    asset: Asset
    amount_minor: int
    service_fee_minor: int
    purpose: str
    purpose_description: str | None
    terms: Terms
    instalment_minor: int
    planned_first_due_on: date
    metadata: Mapping[str, str]
    reason: str | None
    created_at: datetime
    created_by: str
    approved_at: datetime | None
    approved_by: str | None
    disbursed_at: datetime | None
    disbursed_by: str | None
    closed_at: datetime | None
    version: int
    officer_id: str
    repayable_minor: int
    stage: str | None = None
    particulars: Mapping[str, Any] | None = None
    defaulted_at: datetime | None = None
    written_off_at: datetime | None = None
    settled_by: str | None = None
    balance: LoanBalance | None = None

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.asset)

    @property
    def service_fee(self) -> Money:
        return Money(self.service_fee_minor, self.asset)

    @property
    def total_repayable(self) -> Money:
        """Of a qard principal and fixed fee, nothing else (rule QRD-19); else price or rents."""
        return Money(self.repayable_minor, self.asset)

    @property
    def etag(self) -> str:
        """Changes with the loan and with what was paid on it."""
        paid = (
            self.balance.principal_paid_minor + self.balance.fee_paid_minor if self.balance else 0
        )
        schedule = self.balance.schedule_version if self.balance else 0
        return f'"{self.version}-{schedule}-{paid}"'


def planned_schedule(
    amount: Money, fee_minor: int, terms: Terms, rule: ScheduleRule, anchored_on: date
) -> Schedule:
    """The schedule of a loan anchored on a day: at application, and again at disbursement."""
    return build_schedule(
        amount.amount_minor,
        fee_minor,
        ScheduleTerms(
            instalments=terms.instalments,
            frequency=terms.frequency,
            grace_months=terms.grace_months,
            anchor=rule.anchor,
            instalment_multiple_of_minor=rule.multiple_of_minor,
            working_days=rule.working_days,
        ),
        anchored_on,
        rule.calendar,
    )


def disbursement_schedule(
    loan: Loan, rule: ScheduleRule, *, applied_on: date, disbursed_on: date
) -> Schedule:
    """The plan of the application, unless a later disbursement re-anchors it further out.

    The first instalment never falls before the money is in the borrower's hand (rule QRD-17).
    """
    planned = planned_schedule(loan.amount, loan.service_fee_minor, loan.terms, rule, applied_on)
    anew = planned_schedule(loan.amount, loan.service_fee_minor, loan.terms, rule, disbursed_on)
    return anew if anew.due_on[0] > planned.due_on[0] else planned


__all__ = [
    "ALLOWED", "Anchor", "AnchorKind", "Application", "Loan", "LoanAction", "LoanBalance",
    "LoanStatus", "LoanType", "ScheduleRule", "Terms", "TradeTerms", "actions_of",
    "disbursement_schedule", "is_allowed", "planned_schedule", "status_after_payment",
    "status_after_reversal",
]  # fmt: skip
