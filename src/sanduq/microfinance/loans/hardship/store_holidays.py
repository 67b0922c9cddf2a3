"""SQL of payment holidays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from psycopg import sql

from sanduq.kit.db import Row, UnitOfWork
from sanduq.kit.listing import newest_first
from sanduq.kit.pages import Page, PageRequest
from sanduq.microfinance.loans.hardship.model_holidays import (
    HolidayResult,
    NewHoliday,
    PaymentHoliday,
)
from sanduq.microfinance.loans.model import ALLOWED, LoanAction

_HOLIDAY = (
    "holiday_id, branch_id, group_id, program_id, months, until_on, event, reason, document,"
    " given_count, refused_count, given_on, created_at, created_by"
)
_COVERED = {
    "branch_id": "l.branch_id = %(branch_id)s",
    "group_id": "l.group_id = %(group_id)s",
    "program_id": "exists (select from microfinance.program_loan p"
    " where p.institution_id = l.institution_id and p.loan_id = l.loan_id"
    " and p.program_id = %(program_id)s)",
}


def covered(uow: UnitOfWork, new: NewHoliday, limit: int) -> list[str]:
    """Loans with money out that all filters fit, in id order, `limit` at most."""
    named = {name: getattr(new, name) for name in _COVERED if getattr(new, name) is not None}
    where = " and ".join(_COVERED[name] for name in named)
    rows = uow.all(
        "select l.loan_id from microfinance.loan l where l.institution_id = %(institution)s"
        f" and l.status = any(%(states)s) and {where} order by l.loan_id limit %(limit)s",
        {
            "institution": uow.institution_id,
            "states": sorted(str(state) for state in ALLOWED[LoanAction.RESCHEDULE]),
            "limit": limit,
            **named,
        },
    )
    return [row[0] for row in rows]


def touch(uow: UnitOfWork, loan_ids: Sequence[str]) -> None:
    uow.execute(
        "update microfinance.loan set version = version + 1"
        " where institution_id = %s and loan_id = any(%s)",
        uow.institution_id,
        list(loan_ids),
    )


def insert(uow: UnitOfWork, holiday: PaymentHoliday, results: Sequence[HolidayResult]) -> None:
    """A holiday with one result per loan, in two statements."""
    uow.execute(
        f"insert into microfinance.payment_holiday (institution_id, {_HOLIDAY})"
        " values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        uow.institution_id, holiday.holiday_id, holiday.branch_id, holiday.group_id,
        holiday.program_id, holiday.months, holiday.until_on, holiday.event, holiday.reason,
        holiday.document, holiday.given_count, holiday.refused_count, holiday.given_on,
        holiday.created_at, holiday.created_by,
    )  # fmt: skip
    uow.execute(
        "insert into microfinance.payment_holiday_loan"
        " select %s, %s, r.* from unnest(%s::text[], %s::date[], %s::date[], %s::integer[],"
        " %s::text[], %s::text[]) r",
        uow.institution_id,
        holiday.holiday_id,
        [each.loan_id for each in results],
        [each.from_due_on for each in results],
        [each.to_due_on for each in results],
        [each.schedule_version for each in results],
        [each.code for each in results],
        [each.message for each in results],
    )


def get(uow: UnitOfWork, holiday_id: str) -> PaymentHoliday | None:
    row = uow.one(
        f"select {_HOLIDAY} from microfinance.payment_holiday"
        " where institution_id = %s and holiday_id = %s",
        uow.institution_id,
        holiday_id,
    )
    return _holiday(row) if row else None


def results_of(uow: UnitOfWork, holiday_id: str) -> list[HolidayResult]:
    """What became of each loan, in id order."""
    rows = uow.all(
        "select loan_id, from_due_on, to_due_on, schedule_version, code, message"
        " from microfinance.payment_holiday_loan"
        " where institution_id = %s and holiday_id = %s order by loan_id",
        uow.institution_id,
        holiday_id,
    )
    return [HolidayResult(*row) for row in rows]


def select_page(uow: UnitOfWork, request: PageRequest) -> Page[PaymentHoliday]:
    query = sql.SQL(
        f"select {_HOLIDAY} from microfinance.payment_holiday"
        " where institution_id = %(institution)s"
    )
    parameters: dict[str, Any] = {"institution": uow.institution_id}
    rows, total = newest_first(uow, query, parameters, request, order=["holiday_id"])
    found = [_holiday(row) for row in rows]
    return Page.of(found, request, lambda one: (one.created_at, one.holiday_id), total)


def latest_for(uow: UnitOfWork, loan_id: str) -> tuple[str | None, bool]:
    """The latest event that befell a loan, and whether it got a holiday then."""
    row = uow.one(
        "select h.event, r.code is null from microfinance.payment_holiday_loan r"
        " join microfinance.payment_holiday h on h.institution_id = r.institution_id"
        "  and h.holiday_id = r.holiday_id"
        " where r.institution_id = %s and r.loan_id = %s order by r.holiday_id desc limit 1",
        uow.institution_id,
        loan_id,
    )
    return (row[0], row[1]) if row else (None, False)


def _holiday(row: Row) -> PaymentHoliday:
    return PaymentHoliday(
        holiday_id=row[0],
        branch_id=row[1],
        group_id=row[2],
        program_id=row[3],
        months=row[4],
        until_on=row[5],
        event=row[6],
        reason=row[7],
        document=row[8],
        given_count=row[9],
        refused_count=row[10],
        given_on=row[11],
        created_at=row[12],
        created_by=row[13],
    )
