"""SQL of microfinance loans."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import psycopg
from psycopg import sql

from sanduq.kit.db import Row, UnitOfWork
from sanduq.kit.json import dumps, loads
from sanduq.kit.money import Asset, asset_from_text
from sanduq.kit.pages import PageRequest
from sanduq.microfinance.loans.errors import ExternalIdTaken
from sanduq.microfinance.loans.model import (
    Loan,
    LoanBalance,
    LoanStatus,
    LoanType,
    Terms,
)
from sanduq.obligations.schedule import Frequency

_LOAN = (
    "l.loan_id, l.external_id, l.type, l.status, l.contract_id, l.product_id, l.borrower_id,"
    " l.group_id, l.branch_id, l.asset, l.amount_minor, l.service_fee_minor, l.purpose,"
    " l.purpose_description, l.instalments, l.frequency, l.grace_months, l.instalment_minor,"
    " l.planned_first_due_on, l.metadata, l.reason, l.created_at, l.created_by, l.approved_at,"
    " l.approved_by, l.disbursed_at, l.disbursed_by, l.closed_at, l.version, l.officer_id,"
    " l.repayable_minor, l.stage, l.particulars::text, l.defaulted_at, l.written_off_at,"
    " l.settled_by"
)
_WIDTH = 36
_BALANCE = (
    "o.principal_paid_minor, o.fee_paid_minor,"
    " o.principal_minor + o.fee_minor - o.principal_paid_minor - o.fee_paid_minor,"
    " greatest(0, o.called_minor - o.principal_paid_minor - o.fee_paid_minor),"
    " o.oldest_unpaid_due_on, o.ageing_class, o.schedule_version"
)
_JOIN = (
    " from microfinance.loan l left join obligations.obligation o"
    " on o.institution_id = l.institution_id and o.obligation_id = l.contract_id"
)


def _loan(row: Row) -> Loan:
    has_balance = len(row) > _WIDTH and row[_WIDTH] is not None
    balance = LoanBalance(*row[_WIDTH : _WIDTH + 7]) if has_balance else None
    values: list[Any] = [
        *row[:2],
        LoanType(row[2]),
        LoanStatus(row[3]),
        *row[4:9],
        asset_from_text(row[9]),
        *row[10:14],
        Terms(row[14], Frequency(row[15]), row[16]),
        *row[17:32],
        None if row[32] is None else loads(row[32]),
        *row[33:_WIDTH],
        balance,
    ]
    return Loan(*values)


def insert(uow: UnitOfWork, loans: Sequence[Loan]) -> None:
    """Writes loans in one statement. Refuses CONFLICT an external id that is taken."""
    columns: list[list[Any]] = [
        [loan.loan_id for loan in loans],
        [loan.external_id for loan in loans],
        [str(loan.type) for loan in loans],
        [str(loan.status) for loan in loans],
        [loan.contract_id for loan in loans],
        [loan.product_id for loan in loans],
        [loan.borrower_id for loan in loans],
        [loan.group_id for loan in loans],
        [loan.branch_id for loan in loans],
        [str(loan.asset) for loan in loans],
        [loan.amount_minor for loan in loans],
        [loan.service_fee_minor for loan in loans],
        [loan.purpose for loan in loans],
        [loan.purpose_description for loan in loans],
        [loan.terms.instalments for loan in loans],
        [str(loan.terms.frequency) for loan in loans],
        [loan.terms.grace_months for loan in loans],
        [loan.instalment_minor for loan in loans],
        [loan.planned_first_due_on for loan in loans],
        [dumps(dict(loan.metadata)).decode() for loan in loans],
        [loan.created_at for loan in loans],
        [loan.created_by for loan in loans],
        [loan.approved_at for loan in loans],
        [loan.approved_by for loan in loans],
        [loan.officer_id for loan in loans],
        [loan.repayable_minor for loan in loans],
        [loan.stage for loan in loans],
        [None if loan.particulars is None else dumps(dict(loan.particulars)).decode()
         for loan in loans],
    ]  # fmt: skip
    try:
        uow.execute(
            "insert into microfinance.loan (institution_id, loan_id, external_id, type, status,"
            " contract_id, product_id, borrower_id, group_id, branch_id, asset, amount_minor,"
            " service_fee_minor, purpose, purpose_description, instalments, frequency,"
            " grace_months, instalment_minor, planned_first_due_on, metadata, created_at,"
            " created_by, approved_at, approved_by, officer_id, repayable_minor, stage,"
            " particulars, version)"
            " select %s, n.*, 1 from unnest(%s::text[], %s::text[], %s::text[], %s::text[],"
            " %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[],"
            " %s::bigint[], %s::bigint[], %s::text[], %s::text[], %s::integer[], %s::text[],"
            " %s::integer[], %s::bigint[], %s::date[], %s::jsonb[], %s::timestamptz[],"
            " %s::text[], %s::timestamptz[], %s::text[], %s::text[], %s::bigint[], %s::text[],"
            " %s::json[]) n",
            uow.institution_id,
            *columns,
        )
    except psycopg.errors.UniqueViolation as error:
        raise ExternalIdTaken from error


def load(uow: UnitOfWork, ids: Sequence[str]) -> dict[str, Loan]:
    rows = uow.all(
        f"select {_LOAN}, {_BALANCE}{_JOIN} where l.institution_id = %s and l.loan_id = any(%s)",
        uow.institution_id,
        list(ids),
    )
    return {row[0]: _loan(row) for row in rows}


def currencies(uow: UnitOfWork, ids: Sequence[str]) -> dict[str, str]:
    """Loan id to currency code."""
    rows = uow.all(
        "select loan_id, split_part(asset, '/', 1) from microfinance.loan"
        " where institution_id = %s and loan_id = any(%s)",
        uow.institution_id,
        list(ids),
    )
    return {row[0]: row[1] for row in rows}


def load_locked(uow: UnitOfWork, ids: Sequence[str]) -> dict[str, Loan]:
    """Locked in id order; the balance is left to the debt, which is locked after the loan."""
    rows = uow.all(
        f"select {_LOAN} from microfinance.loan l"
        " where l.institution_id = %s and l.loan_id = any(%s)"
        " order by l.loan_id for no key update",
        uow.institution_id,
        list(ids),
    )
    return {row[0]: _loan(row) for row in rows}


@dataclass(frozen=True, slots=True)
class StatusChange:
    loan_id: str
    status: LoanStatus
    closed_at: datetime | None


def set_statuses(uow: UnitOfWork, changes: Sequence[StatusChange]) -> None:
    uow.execute(
        "update microfinance.loan l set status = c.status, closed_at = c.closed_at,"
        " version = l.version + 1"
        " from unnest(%s::text[], %s::text[], %s::timestamptz[]) c(loan_id, status, closed_at)"
        " where l.institution_id = %s and l.loan_id = c.loan_id",
        [change.loan_id for change in changes],
        [str(change.status) for change in changes],
        [change.closed_at for change in changes],
        uow.institution_id,
    )


def set_approved(uow: UnitOfWork, loan_id: str) -> None:
    uow.execute(
        "update microfinance.loan set status = 'APPROVED', approved_at = %s, approved_by = %s,"
        " version = version + 1 where institution_id = %s and loan_id = %s",
        uow.now, uow.actor.user_id, uow.institution_id, loan_id,
    )  # fmt: skip


def set_disbursed(
    uow: UnitOfWork,
    loan_ids: Sequence[str],
    *,
    at: Sequence[datetime],
    first_due_on: Sequence[date],
) -> None:
    """Marks loans as paid out; the first due date is now the binding schedule's."""
    uow.execute(
        "update microfinance.loan l set status = 'DISBURSED', disbursed_at = c.at,"
        " disbursed_by = %s, planned_first_due_on = c.first_due_on, version = l.version + 1"
        " from unnest(%s::text[], %s::timestamptz[], %s::date[]) c(loan_id, at, first_due_on)"
        " where l.institution_id = %s and l.loan_id = c.loan_id",
        uow.actor.user_id, list(loan_ids), list(at), list(first_due_on), uow.institution_id,
    )  # fmt: skip


def set_ended(uow: UnitOfWork, loan_id: str, status: LoanStatus, reason: str | None) -> None:
    uow.execute(
        "update microfinance.loan set status = %s, reason = %s, closed_at = %s,"
        " version = version + 1 where institution_id = %s and loan_id = %s",
        str(status), reason, uow.now, uow.institution_id, loan_id,
    )  # fmt: skip


def set_stage(
    uow: UnitOfWork,
    loan_id: str,
    stage: str,
    *,
    status: LoanStatus | None = None,
    repayable_minor: int | None = None,
) -> None:
    """How far a trade contract has come; the loan's own state when that moves with it.

    The first DISBURSED notes who did it and when, a state that ends the loan when it ended.
    """
    uow.execute(
        "update microfinance.loan set stage = %(stage)s, version = version + 1,"
        " status = coalesce(%(status)s, status),"
        " repayable_minor = coalesce(%(repayable)s, repayable_minor),"
        " disbursed_at = case when %(status)s = 'DISBURSED' then coalesce(disbursed_at, %(now)s)"
        "   else disbursed_at end,"
        " disbursed_by = case when %(status)s = 'DISBURSED' then coalesce(disbursed_by, %(by)s)"
        "   else disbursed_by end,"
        " closed_at = case when %(status)s in ('COMPLETED', 'CANCELLED') then %(now)s"
        "   else closed_at end"
        " where institution_id = %(institution)s and loan_id = %(loan)s",
        {
            "stage": stage,
            "status": None if status is None else str(status),
            "repayable": repayable_minor,
            "now": uow.now,
            "by": uow.actor.user_id,
            "institution": uow.institution_id,
            "loan": loan_id,
        },
    )


def mark(
    uow: UnitOfWork,
    loan_id: str,
    status: LoanStatus,
    *,
    settled_by: str | None = None,
    is_closed: bool = False,
) -> None:
    """A loan that is put in default, written off, or ended by another than its borrower."""
    uow.execute(
        "update microfinance.loan set status = %(status)s, version = version + 1,"
        " defaulted_at = case when %(status)s = 'DEFAULTED' then %(now)s else defaulted_at end,"
        " written_off_at = case when %(status)s = 'WRITTEN_OFF'"
        "   then coalesce(written_off_at, %(now)s) else written_off_at end,"
        " settled_by = coalesce(%(settled_by)s, settled_by),"
        " closed_at = case when %(is_closed)s then %(now)s else closed_at end"
        " where institution_id = %(institution)s and loan_id = %(loan)s",
        {
            "status": str(status),
            "settled_by": settled_by,
            "is_closed": is_closed,
            "now": uow.now,
            "institution": uow.institution_id,
            "loan": loan_id,
        },
    )


def touch(uow: UnitOfWork, loan_id: str) -> None:
    uow.execute(
        "update microfinance.loan set version = version + 1"
        " where institution_id = %s and loan_id = %s",
        uow.institution_id,
        loan_id,
    )


def known_external_ids(uow: UnitOfWork, external_ids: Sequence[str]) -> dict[str, str]:
    """External id to loan id, of those that exist."""
    rows = uow.all(
        "select external_id, loan_id from microfinance.loan"
        " where institution_id = %s and external_id = any(%s)",
        uow.institution_id,
        list(external_ids),
    )
    return {row[0]: row[1] for row in rows}


_FILTERS = {
    "status": sql.SQL("l.status = %(status)s"),
    "type": sql.SQL("l.type = %(type)s"),
    "asset": sql.SQL("l.asset = %(asset)s"),
    "borrower_id": sql.SQL("l.borrower_id = %(borrower_id)s"),
    "group_id": sql.SQL("l.group_id = %(group_id)s"),
    "product_id": sql.SQL("l.product_id = %(product_id)s"),
    "branch_id": sql.SQL("l.branch_id = %(branch_id)s"),
    "officer_id": sql.SQL("l.officer_id = %(officer_id)s"),
    "external_id": sql.SQL("l.external_id = %(external_id)s"),
    "created_from": sql.SQL("l.created_at >= %(created_from)s"),
    "created_before": sql.SQL("l.created_at < %(created_before)s"),
    "due_until": sql.SQL("o.status = 'ACTIVE' and o.oldest_unpaid_due_on <= %(due_until)s"),
    "metadata": sql.SQL("l.metadata @> %(metadata)s::jsonb"),
}


def search(
    uow: UnitOfWork, filters: Mapping[str, str | date | datetime], page: PageRequest
) -> tuple[list[Loan], int | None]:
    """One row more than the page holds, newest first; the total when pages are numbered."""
    where = sql.SQL(" and ").join(
        [sql.SQL("l.institution_id = %(institution)s"), *(_FILTERS[name] for name in filters)]
    )
    parameters: dict[str, Any] = {
        "institution": uow.institution_id,
        "limit": page.limit + 1,
        "offset": page.offset,
        **filters,
    }
    joined = sql.SQL(_JOIN) + sql.SQL(" where ") + where
    total = None
    if page.page is not None:
        total = uow.composed(sql.SQL("select count(*)") + joined, parameters)[0][0]
    after: sql.Composable = sql.SQL("")
    if page.cursor is not None:
        after = sql.SQL(" and (l.created_at, l.loan_id) < (%(after_at)s, %(after_id)s)")
        parameters["after_at"], parameters["after_id"] = page.cursor
    query = (
        sql.SQL(f"select {_LOAN}, {_BALANCE}")
        + joined
        + after
        + sql.SQL(" order by l.created_at desc, l.loan_id desc limit %(limit)s offset %(offset)s")
    )
    return [_loan(row) for row in uow.composed(query, parameters)], total


def pending_minor(uow: UnitOfWork, borrower_id: str, asset: Asset) -> int:
    """Principal of a borrower's loans that are asked for or approved but not paid out."""
    row = uow.one(
        "select coalesce(sum(amount_minor), 0)::bigint from microfinance.loan"
        " where institution_id = %s and borrower_id = %s and asset = %s"
        " and status in ('PENDING_APPROVAL', 'APPROVED')",
        uow.institution_id,
        borrower_id,
        str(asset),
    )
    return int(row[0]) if row else 0
