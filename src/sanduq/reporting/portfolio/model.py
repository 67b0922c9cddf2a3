"""Portfolio indicators: pure formulas over amounts in minor units and counts.

Flows set against a stock are made yearly (`× 12 ÷ months`); shares of the portfolio, repayment
rates and retention never are. Where there is nothing to divide by, there is no ratio.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from fractions import Fraction

from sanduq.kit.days import ONE_DAY, add_months
from sanduq.kit.money import Asset
from sanduq.kit.ratio import Ratio, less_than_one, ratio
from sanduq.obligations.model import AGEING_BUCKETS, ageing_class

PAR_DAYS = (0, 30, 60, 90)
BUCKETS = ("current", *(ageing_class(first) for first, _ in AGEING_BUCKETS))
RESTING_DAYS = 90


class By(StrEnum):
    """What the portfolio is split by."""

    NONE = "none"
    BRANCH = "branch"
    OFFICER = "officer"
    GROUP = "group"
    PRODUCT = "product"
    TYPE = "type"


# Time


@dataclass(frozen=True, slots=True)
class Span:
    """The days from `from_on` to `to_on`, both included."""

    from_on: date
    to_on: date

    @property
    def opening_on(self) -> date:
        """The day whose end is the beginning."""
        return self.from_on - ONE_DAY

    @property
    def days(self) -> int:
        return (self.to_on - self.from_on).days + 1

    @property
    def months(self) -> Fraction:
        """Whole months, and the rest as a part of the month it lies in."""
        whole = self._whole_months
        begun = add_months(self.from_on, whole)
        month = (add_months(self.from_on, whole + 1) - begun).days
        return whole + Fraction((self.to_on + ONE_DAY - begun).days, month)

    @property
    def _whole_months(self) -> int:
        after = self.to_on + ONE_DAY
        months = (after.year - self.from_on.year) * 12 + after.month - self.from_on.month
        return months if add_months(self.from_on, months) <= after else months - 1

    @property
    def measured_on(self) -> tuple[date, ...]:
        """The days whose balances are averaged: opening and closing; from a year on every
        month's end between them too."""
        days = [self.opening_on, self.to_on]
        whole = self._whole_months
        if whole >= 12:
            days += [add_months(self.from_on, number) - ONE_DAY for number in range(1, whole + 1)]
        return tuple(sorted(set(days)))


def average(balances: Sequence[int]) -> Fraction:
    """The plain mean of balances on the measured days; nothing of none."""
    return Fraction(sum(balances), len(balances)) if balances else Fraction(0)


def annual(flow_minor: int, months: Fraction) -> Fraction:
    """What a flow comes to in a year."""
    return Fraction(flow_minor) * 12 / months


# The portfolio on a day


@dataclass(frozen=True, slots=True)
class Bucket:
    """The whole balance of loans whose oldest unpaid instalment is that late."""

    name: str
    loans: int
    gross_minor: int


@dataclass(frozen=True, slots=True)
class Standing:
    """The portfolio, or one part of it, in one asset at the end of a day.

    `at_risk_minor` by days: the whole balance of loans later than that; `at_risk_anew_minor`
    counts every rescheduled loan in besides. `overdue_minor` is only what is late itself.
    """

    asset: Asset
    key: str | None
    name: str | None
    gross_minor: int
    loans: int
    borrowers: int
    at_risk_minor: Mapping[int, int]
    at_risk_anew_minor: Mapping[int, int]
    rescheduled_minor: int
    rescheduled_loans: int
    overdue_minor: int
    buckets: tuple[Bucket, ...]

    def par(self, days: int) -> Ratio:
        """Portfolio at risk: balances of loans more than `days` late ÷ gross portfolio."""
        return ratio(self.at_risk_minor[days], self.gross_minor)

    def par_anew(self, days: int) -> Ratio:
        """The same with rescheduled loans counted in, late or not (PAR+R)."""
        return ratio(self.at_risk_anew_minor[days], self.gross_minor)

    @property
    def arrears_rate(self) -> Ratio:
        """Overdue instalments ÷ gross portfolio; it understates risk, so it stands beside PAR."""
        return ratio(self.overdue_minor, self.gross_minor)

    def share(self, bucket: Bucket) -> Ratio:
        return ratio(bucket.gross_minor, self.gross_minor)


# Quality of a period


@dataclass(frozen=True, slots=True)
class Quality:
    """What was lost and recovered in a span, against the average gross portfolio.

    A write-off and a forgiveness are two flows (rule DEF-15). What a donor or a fund paid for a
    borrower is neither: it is a line of its own.
    """

    asset: Asset
    months: Fraction
    gross_opening_minor: int
    gross_closing_minor: int
    gross_average_minor: Fraction
    written_off_minor: int
    forgiven_minor: int
    recovered_minor: int
    settled_by_others_minor: int
    allowance_minor: int
    at_risk_30_minor: int

    @property
    def write_off_ratio(self) -> Ratio:
        return self._yearly(self.written_off_minor)

    @property
    def forgiveness_ratio(self) -> Ratio:
        return self._yearly(self.forgiven_minor)

    @property
    def write_off_ratio_net(self) -> Ratio:
        """Write-offs less recoveries, whoever the recovery is credited to."""
        return self._yearly(self.written_off_minor - self.recovered_minor)

    @property
    def risk_coverage(self) -> Ratio:
        """Allowance ÷ PAR30 amount."""
        return ratio(self.allowance_minor, self.at_risk_30_minor)

    def _yearly(self, flow_minor: int) -> Ratio:
        return ratio(annual(flow_minor, self.months), self.gross_average_minor)


# Repayment of a period


@dataclass(frozen=True, slots=True)
class Repayment:
    """What fell due in a span and what was paid of it; all dues and payments since inception."""

    asset: Asset
    due_minor: int
    on_time_minor: int
    late_minor: int
    arrears_opening_minor: int
    arrears_paid_minor: int
    called_minor: int
    called_paid_minor: int
    ended_loans: int
    ended_loans_on_time: int
    ended_minor: int
    ended_on_time_minor: int
    term_days_average: Fraction

    @property
    def on_time_rate(self) -> Ratio:
        """Paid on or before its day ÷ due in the span; paid ahead counts as on time."""
        return ratio(self.on_time_minor, self.due_minor)

    @property
    def current_rate(self) -> Ratio:
        """(Paid of the span's dues + arrears collected) ÷ due in the span. May exceed one;
        payments ahead of later dues stay out."""
        collected = self.on_time_minor + self.late_minor + self.arrears_paid_minor
        return ratio(collected, self.due_minor)

    @property
    def cumulative_rate(self) -> Ratio:
        """Paid of all dues so far ÷ all dues so far. Never above one; hides recent trouble."""
        return ratio(self.called_paid_minor, self.called_minor)

    @property
    def loans_on_time_rate(self) -> Ratio:
        """Loans that were to end in the span and were paid off by then ÷ all that were to end."""
        return ratio(self.ended_loans_on_time, self.ended_loans)

    @property
    def annual_loss_rate(self) -> Ratio:
        return annual_loss_rate(self.current_rate, self.term_days_average / 365)


def annual_loss_rate(current_rate: Ratio, term_years: Fraction) -> Ratio:
    """The yearly loss a current rate below one implies: `(1 − rate) ÷ term × 2`, for a portfolio
    that is steady and paid in level instalments."""
    if current_rate.value is None:
        return current_rate
    return ratio((1 - Fraction(current_rate.value)) * 2, term_years)


# Who stays


@dataclass(frozen=True, slots=True)
class Retention:
    """Borrowers active (with a balance) at both ends of a span.

    `new_active_end` of the `new` were still active at its end. `returning` had borrowed before,
    were not active at the beginning and are at the end. Of those who left, `resting` paid off
    fewer than 90 days before the end, and `forgiven` left because the debt was forgiven.
    """

    active_start: int
    active_end: int
    new: int
    new_active_end: int
    returning: int
    resting: int
    forgiven: int

    @property
    def retention(self) -> Ratio:
        """(Active at the end less new ones) ÷ active at the start (IRIS PI9319)."""
        return ratio(self.active_end - self.new_active_end, self.active_start)

    @property
    def retention_with_new(self) -> Ratio:
        """Active at the end ÷ (active at the start + new)."""
        return ratio(self.active_end, self.active_start + self.new)

    @property
    def dropout(self) -> Ratio:
        return less_than_one(self.retention)

    @property
    def dropout_without_resting(self) -> Ratio:
        """Dropout without those who rest and those whose exit has its own reason."""
        left = self.active_start - (self.active_end - self.new_active_end)
        return ratio(left - self.resting - self.forgiven, self.active_start)


def resting_since(to_on: date) -> date:
    """The first day a client may have paid off and still count as resting at the end."""
    return to_on - timedelta(days=RESTING_DAYS - 1)
