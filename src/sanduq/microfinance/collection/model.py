"""A meeting collected: the sheet, its rows, the cash, and what they come to. No I/O."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sanduq.kit.money import Asset
from sanduq.microfinance.common_fund.model import Due
from sanduq.microfinance.groups.meetings.model import Mark, Meeting
from sanduq.microfinance.groups.members.model import Membership
from sanduq.microfinance.groups.model import Group
from sanduq.obligations.model import Debt


class Mode(StrEnum):
    """Whether each row stands for itself, or one refusal refuses the whole sheet."""

    ROWS = "rows"
    WHOLE = "whole"


class RowStatus(StrEnum):
    RECORDED = "RECORDED"
    REFUSED = "REFUSED"


@dataclass(frozen=True, slots=True)
class PaymentAsked:
    """A payment as it is written down; the amount is read once the currency is known."""

    loan_id: str
    amount: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class RowAsked:
    """One member's row as it is written down at the meeting."""

    party_id: str
    attendance: Mark
    payments: tuple[PaymentAsked, ...] = ()
    contribution: Any = 0
    receipt_number: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class CashAsked:
    """So many notes or coins of one value."""

    denomination: Any
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectSheet:
    """One meeting's sheet as it comes in. Without an officer it is the caller's own."""

    meeting_id: str
    rows: tuple[RowAsked, ...]
    cash: tuple[CashAsked, ...] = ()
    mode: Mode = Mode.ROWS
    officer_id: str | None = None


@dataclass(frozen=True, slots=True)
class Denomination:
    """So many notes or coins, worth `value_minor` each."""

    value_minor: int
    count: int


@dataclass(frozen=True, slots=True)
class Payment:
    """What a row says was paid on one loan; with the repayment once it is recorded."""

    loan_id: str
    amount_minor: int
    repayment_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One member's row: recorded whole, or refused whole with the code and the reason."""

    place: int
    party_id: str
    attendance: Mark
    status: RowStatus = RowStatus.RECORDED
    payments: tuple[Payment, ...] = ()
    contribution_minor: int = 0
    contribution_id: str | None = None
    receipt_number: str | None = None
    note: str | None = None
    refusal_code: str | None = None
    refusal_message: str | None = None

    @property
    def is_recorded(self) -> bool:
        return self.status is RowStatus.RECORDED

    @property
    def repaid_minor(self) -> int:
        """What the row says was paid on loans."""
        return sum(payment.amount_minor for payment in self.payments)

    @property
    def asked_minor(self) -> int:
        """All the money of the row."""
        return self.repaid_minor + self.contribution_minor


@dataclass(frozen=True, slots=True)
class Sums:
    """A sheet in minor units: repaid + contributed + difference = counted."""

    asked_minor: int
    repaid_minor: int
    contributed_minor: int
    counted_minor: int

    @property
    def difference_minor(self) -> int:
        """Cash above what was recorded; below zero, what is missing."""
        return self.counted_minor - self.repaid_minor - self.contributed_minor


@dataclass(frozen=True, slots=True, kw_only=True)
class Collection:
    """One meeting as it was collected."""

    collection_id: str
    meeting_id: str
    group_id: str
    branch_id: str
    officer_id: str
    asset: Asset
    mode: Mode
    received_on: date
    sums: Sums
    cash: tuple[Denomination, ...]
    journal_id: str | None
    rows: tuple[Row, ...]
    not_listed: tuple[str, ...]
    created_at: datetime
    created_by: str


@dataclass(frozen=True, slots=True)
class SheetLoan:
    """What a member owes on one loan, as of the day of the meeting, in minor units."""

    loan_id: str
    loan_type: str
    due_minor: int
    arrears_minor: int
    outstanding_minor: int


@dataclass(frozen=True, slots=True)
class SheetMember:
    """One member's line of the prefilled sheet."""

    stay: Membership
    attendance: Mark | None
    loans: tuple[SheetLoan, ...]
    contribution: Due | None


@dataclass(frozen=True, slots=True)
class Sheet:
    """What is to be collected at a meeting, member by member, in order of joining."""

    meeting: Meeting
    group: Group
    members: tuple[SheetMember, ...]
    collection_id: str | None


def counted_minor(cash: Sequence[Denomination]) -> int:
    """What the notes and coins are worth together."""
    return sum(each.value_minor * each.count for each in cash)


def sums_of(rows: Sequence[Row], cash: Sequence[Denomination]) -> Sums:
    """What a sheet comes to: only recorded rows are money taken in."""
    recorded = [row for row in rows if row.is_recorded]
    return Sums(
        asked_minor=sum(row.asked_minor for row in rows),
        repaid_minor=sum(row.repaid_minor for row in recorded),
        contributed_minor=sum(row.contribution_minor for row in recorded),
        counted_minor=counted_minor(cash),
    )


def owed_on(debt: Debt, day: date) -> tuple[int, int]:
    """(due that day, overdue from days before it), both unpaid, in minor units."""
    called = (0, *debt.schedule.cumulative_total_minor)
    before = called[bisect_left(debt.schedule.due_on, day)]
    until = called[bisect_right(debt.schedule.due_on, day)]
    arrears = max(0, before - debt.paid_minor)
    return max(0, until - debt.paid_minor) - arrears, arrears


def not_listed(roster: Sequence[str], rows: Sequence[Row]) -> tuple[str, ...]:
    """Members of the day for whom the sheet has no row, in order of joining."""
    listed = {row.party_id for row in rows}
    return tuple(dict.fromkeys(one for one in roster if one not in listed))
