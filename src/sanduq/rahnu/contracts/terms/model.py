"""The term of a pledge moved: an extension of the old one, or a new one in its place. No I/O."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sanduq.kit.days import add_months
from sanduq.kit.money import Asset, Money
from sanduq.obligations.model import Debt, oldest_unpaid_due_on
from sanduq.obligations.rescheduling import Holiday, NewDates


class TermKind(StrEnum):
    EXTENSION = "extension"
    RENEWAL = "renewal"


@dataclass(frozen=True, slots=True)
class Extend:
    """More time for the same debt. `payment` settles the custody fee to the day, then the debt."""

    months: int
    payment: Money | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Renew:
    """A new term once extensions are used up. `instalments` None: as before, as far as they fit.

    `is_disclosure_acknowledged`: the pledgor was shown the disclosure anew and accepted it.
    """

    months: int
    payment: Money | None = None
    instalments: int | None = None
    is_disclosure_acknowledged: bool = False
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TermChange:
    """A term that moved, as a fact. Amounts in minor units of `asset`.

    `number` counts its kind; `outstanding_minor` is the debt after it, of which nothing was added.
    """

    term_change_id: str
    contract_id: str
    kind: TermKind
    number: int
    months: int
    matured_on: date | None
    matures_on: date
    asset: Asset
    outstanding_minor: int
    paid_minor: int
    fee_paid_minor: int
    reason: str | None
    created_at: datetime
    created_by: str


def shifted(debt: Debt, months: int) -> Holiday:
    """The change that moves every unpaid instalment on by whole months; no amount changes.

    Dates keep the latest day of the month among them: a short month clamps, it never shortens.
    Refuses (`ValueError`) a settled debt.
    """
    unpaid_on = oldest_unpaid_due_on(debt)
    if unpaid_on is None:
        raise ValueError("a settled debt has no instalment to move")
    day = max(due_on.day for due_on in debt.schedule.due_on)
    return Holiday(unpaid_on, months, anchor_day=day)


def renewed(from_on: date, months: int, instalments: int) -> NewDates:
    """The days of a new term: whole at its end, or on the same day of its last months."""
    first = months - instalments + 1
    return NewDates(tuple(add_months(from_on, month) for month in range(first, months + 1)))


def is_month_end(day: date) -> bool:
    """Whether a day is the last of its month."""
    return day == add_months(day, 0, anchor_day=31)
