"""Meetings of the demonstration institution, ready to be collected."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal
from typing import Any

from sanduq.kit.db import UnitOfWork
from sanduq.kit.pages import PageRequest
from sanduq.microfinance.collection.model import (
    CashAsked,
    CollectSheet,
    PaymentAsked,
    RowAsked,
)
from sanduq.microfinance.common_fund import service as common_fund
from sanduq.microfinance.common_fund.facts import BylawFacts
from sanduq.microfinance.common_fund.service import NewFund
from sanduq.microfinance.groups.meetings import service as meetings
from sanduq.microfinance.groups.meetings.model import Mark, MeetingRule
from sanduq.microfinance.groups.meetings.service import NewCalendar
from sanduq.obligations.schedule import Frequency
from tests.make.groups import PEOPLE, a_group, a_group_loan

Work = Callable[..., AbstractContextManager[UnitOfWork]]

MEETS_ON = date(2024, 1, 15)
AMINA, BADIA, CARIMA, DALAL = PEOPLE


@dataclass(frozen=True, slots=True)
class Circle:
    """A group that meets today, with a fund of 50.00 a month. `loans`: by member, 1,200.00 each
    in twelve instalments of which the first, of 1 January, is overdue."""

    group_id: str
    meeting_id: str
    next_meeting_id: str
    people: tuple[str, ...]
    loans: dict[str, str]


def a_fund(uow: UnitOfWork, group_id: str, basis: str = "MEMBER_DEPOSIT") -> None:
    """The fund of a group, opened today."""
    laws = BylawFacts(basis=basis, document="by-laws of 2024")
    common_fund.open_fund(uow, group_id, NewFund(laws))


def a_circle(
    work: Work,
    people: Sequence[str] = PEOPLE,
    *,
    borrowers: int = 2,
    has_fund: bool = True,
    **changes: Any,
) -> Circle:
    """A group whose first members owe, meeting on the 15th of each month."""
    with work() as uow:
        group = a_group(uow, tuple(people), contribution=50, **changes)
        if has_fund:
            a_fund(uow, group.group_id)
        rule = MeetingRule(Frequency.MONTHLY, day_of_month=MEETS_ON.day)
        calendar = NewCalendar(rule, MEETS_ON, time(9, 30), "School hall", 3)
        meetings.set_calendar(uow, group.group_id, calendar)
        page = PageRequest(limit=2)
        first, second = meetings.list_meetings(uow, group.group_id, None, None, page).items
    loans = {one: a_group_loan(work, group.group_id, one).loan_id for one in people[:borrowers]}
    return Circle(group.group_id, first.meeting_id, second.meeting_id, tuple(people), loans)


def a_row(party_id: str, *payments: tuple[str, Any], **changes: Any) -> RowAsked:
    """A row of somebody present."""
    asked = tuple(PaymentAsked(loan_id, amount) for loan_id, amount in payments)
    return RowAsked(party_id=party_id, payments=asked, **{"attendance": Mark.PRESENT, **changes})


def full_rows(circle: Circle, amount: Any = 100, contribution: Any = 50) -> tuple[RowAsked, ...]:
    """Everybody is there, pays on his loan if he has one, and contributes."""
    return tuple(
        a_row(
            one,
            *([(circle.loans[one], amount)] if one in circle.loans else []),
            contribution=contribution,
        )
        for one in circle.people
    )


def a_sheet(
    circle: Circle, rows: Sequence[RowAsked], counted: int | str, **changes: Any
) -> CollectSheet:
    """A sheet with so much cash, counted in notes of one."""
    whole, cents = divmod(int(Decimal(counted) * 100), 100)
    cash = (CashAsked(1, whole), CashAsked("0.01", cents))
    return CollectSheet(meeting_id=circle.meeting_id, rows=tuple(rows), cash=cash, **changes)
