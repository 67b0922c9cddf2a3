"""What is paid on a pledge, how it divides, and what would free the pledge on a day. No I/O."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum

from sanduq.kit.days import add_months
from sanduq.kit.money import Asset, Money
from sanduq.obligations.receipts.model import ExcessUse
from sanduq.rahnu.fees.accrual import FeeSegment, accrued_minor

QUOTE_YEARS = 5
MONTHS_BEYOND = 6
"""How many months after the maturity a quote looks."""


class ApplyTo(StrEnum):
    """What a payment is for: the fee due and then the debt, or one of the two alone."""

    FEE_THEN_DEBT = "fee_then_debt"
    DEBT = "debt"
    FEE = "fee"


class FeePaymentKind(StrEnum):
    PAID = "paid"
    REVERSED = "reversed"
    GIVEN_BACK = "given_back"


@dataclass(frozen=True, slots=True)
class PayPledge:
    """Money received from the pledgor or for him. `received_on` None: today.

    `is_statement_given`: the payer declared an excess a gift.
    """

    amount: Money
    apply_to: ApplyTo = ApplyTo.FEE_THEN_DEBT
    method: str = "cash"
    reference: str | None = None
    received_on: date | None = None
    external_id: str | None = None
    excess: ExcessUse = ExcessUse.REFUSE
    is_statement_given: bool = False
    metadata: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Division:
    """A payment divided. `to_debt_minor` may be above what is owed: that is asked about."""

    fee_minor: int
    to_debt_minor: int


def divide(amount_minor: int, fee_due_minor: int, apply_to: ApplyTo) -> Division:
    """How a payment divides between the fee due and the debt; the parts sum to the payment."""
    if apply_to is ApplyTo.DEBT:
        return Division(0, amount_minor)
    fee = min(amount_minor, fee_due_minor)
    return Division(fee, amount_minor - fee)


@dataclass(frozen=True, slots=True, kw_only=True)
class Repayment:
    """A payment on a pledge as recorded; a reversal has negative amounts and `reverses`.

    `debt_left_minor` and `fee_left_minor` stand for the day it was received.
    """

    repayment_id: str
    external_id: str | None
    contract_id: str
    asset: Asset
    amount_minor: int
    fee_minor: int
    debt_minor: int
    excess_minor: int
    is_gift: bool
    apply_to: ApplyTo
    obligation_id: str | None
    debt_repayment_id: str | None
    method: str
    reference: str | None
    received_on: date
    debt_left_minor: int
    fee_left_minor: int
    journal_ids: tuple[str, ...]
    reverses: str | None
    reason: str | None
    metadata: Mapping[str, str]
    recorded_at: datetime
    recorded_by: str

    @property
    def is_free(self) -> bool:
        """Whether nothing was left to pay after it: the pledge can be fetched."""
        return self.debt_left_minor == 0 and self.fee_left_minor == 0


@dataclass(frozen=True, slots=True)
class FeePayment:
    """What of the custody fee was paid; taken back or given back it is negative."""

    fee_payment_id: str
    contract_id: str
    repayment_id: str | None
    amount_minor: int
    kind: FeePaymentKind
    paid_on: date
    journal_id: str
    recorded_at: datetime
    recorded_by: str


@dataclass(frozen=True, slots=True)
class NewStatement:
    """What the creditor of an outside debt states."""

    outstanding: Money
    stated_on: date
    reference: str
    due_on: date | None = None


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement on record, with the balance that stood before it."""

    statement_id: str
    contract_id: str
    asset: Asset
    before_minor: int
    outstanding_minor: int
    stated_on: date
    due_on: date | None
    reference: str
    recorded_at: datetime
    recorded_by: str


@dataclass(frozen=True, slots=True)
class QuoteLine:
    """What is to be paid on a day, if nothing is paid before."""

    on: date
    debt_minor: int
    debt_due_minor: int
    fee_due_minor: int

    @property
    def total_minor(self) -> int:
        return self.debt_minor + self.fee_due_minor


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """What frees a pledge on a day, and how that grows: by the custody fee alone.

    `debt_minor` is what is owed to us; `outside_minor` what its own creditor is owed and receives
    himself. `changes` is the first later day on which the total is another.
    """

    contract_id: str
    asset: Asset
    on: date
    matures_on: date | None
    debt_id: str | None
    debt_minor: int
    debt_due_minor: int
    overdue_minor: int
    days_past_due: int
    next_due_on: date | None
    next_due_minor: int
    outside_minor: int
    outside_creditor: str | None
    outside_reference: str | None
    outside_stated_on: date | None
    is_to_pay_out: bool
    fee_monthly_minor: int
    fee_accrued_minor: int
    fee_paid_minor: int
    fee_due_minor: int
    fee_until_on: date | None
    changes: QuoteLine | None
    lines: tuple[QuoteLine, ...]

    @property
    def total_minor(self) -> int:
        """What is to be paid to us."""
        return self.debt_minor + self.fee_due_minor

    @property
    def is_free(self) -> bool:
        return self.total_minor + self.outside_minor == 0 and not self.is_to_pay_out


def fee_due_on(
    segments: Sequence[FeeSegment], paid_minor: int, until_on: date | None, on: date
) -> int:
    """Custody fee unpaid on a day, which does not grow past the day it stopped."""
    through = on if until_on is None else min(on, until_on)
    return max(0, (accrued_minor(segments, through) if segments else 0) - paid_minor)


def month_days(from_on: date, on: date, matures_on: date | None) -> list[date]:
    """The days on which a month of custody is full, after `on`, to the maturity and beyond."""
    last = add_months(max(on, matures_on or on), MONTHS_BEYOND)
    days: list[date] = []
    month = 1
    while (day := add_months(from_on, month, anchor_day=from_on.day)) <= last:
        if day > on:
            days.append(day)
        month += 1
    return days


def next_change(line: QuoteLine, line_on: Callable[[date], QuoteLine]) -> QuoteLine | None:
    """The first day after a line's on which the total is another; None within two months."""
    for days in range(1, 62):
        later = line_on(line.on + timedelta(days=days))
        if later.total_minor != line.total_minor:
            return later
    return None
