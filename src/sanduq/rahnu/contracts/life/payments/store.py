"""SQL of payments on a pledge and of statements of outside debts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import psycopg
from psycopg import sql

from sanduq.kit.db import Row, UnitOfWork
from sanduq.kit.json import dumps, loads
from sanduq.kit.listing import newest_first
from sanduq.kit.money import asset_from_text
from sanduq.kit.pages import Page, PageRequest
from sanduq.rahnu.contracts.life.payments.errors import PledgeRepaymentKnown
from sanduq.rahnu.contracts.life.payments.model import (
    ApplyTo,
    FeePayment,
    FeePaymentKind,
    Repayment,
    Statement,
)

_REPAYMENT = sql.SQL(
    "select repayment_id, external_id, contract_id, asset, amount_minor, fee_minor, debt_minor,"
    " excess_minor, is_gift, apply_to, obligation_id, debt_repayment_id, method, reference,"
    " received_on, debt_left_minor, fee_left_minor, journal_ids, reverses, reason, metadata::text,"
    " recorded_at, recorded_by from rahnu.repayment"
    " where institution_id = %(institution)s and contract_id = %(contract)s"
)
_STATEMENT = sql.SQL(
    "select statement_id, contract_id, asset, before_minor, outstanding_minor, stated_on, due_on,"
    " reference, recorded_at, recorded_by from rahnu.debt_statement"
    " where institution_id = %(institution)s and contract_id = %(contract)s"
)


def insert(uow: UnitOfWork, one: Repayment) -> None:
    """Writes a payment. Refuses CONFLICT an external id that is known."""
    try:
        with uow.savepoint():
            uow.execute(
                "insert into rahnu.repayment (institution_id, repayment_id, external_id,"
                " contract_id, asset, amount_minor, fee_minor, debt_minor, excess_minor, is_gift,"
                " apply_to, obligation_id, debt_repayment_id, method, reference, received_on,"
                " debt_left_minor, fee_left_minor, journal_ids, reverses, reason, metadata,"
                " recorded_at, recorded_by) values (%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,"
                "%s,%s,%s,%s,%s,%s,%s::jsonb,%s,%s)",
                uow.institution_id, one.repayment_id, one.external_id, one.contract_id,
                str(one.asset), one.amount_minor, one.fee_minor, one.debt_minor, one.excess_minor,
                one.is_gift, str(one.apply_to), one.obligation_id, one.debt_repayment_id,
                one.method, one.reference, one.received_on, one.debt_left_minor,
                one.fee_left_minor, list(one.journal_ids), one.reverses, one.reason,
                dumps(dict(one.metadata)).decode(), one.recorded_at, one.recorded_by,
            )  # fmt: skip
    except psycopg.errors.UniqueViolation as error:
        raise PledgeRepaymentKnown from error


def insert_fee_payments(uow: UnitOfWork, payments: Sequence[FeePayment]) -> None:
    """Writes down what was paid of custody fees, in one statement."""
    uow.execute(
        "insert into rahnu.fee_payment (institution_id, fee_payment_id, contract_id,"
        " repayment_id, amount_minor, kind, paid_on, journal_id, recorded_at, recorded_by)"
        " select %s, n.* from unnest(%s::text[], %s::text[], %s::text[], %s::bigint[],"
        " %s::text[], %s::date[], %s::text[], %s::timestamptz[], %s::text[]) n",
        uow.institution_id, [one.fee_payment_id for one in payments],
        [one.contract_id for one in payments], [one.repayment_id for one in payments],
        [one.amount_minor for one in payments], [str(one.kind) for one in payments],
        [one.paid_on for one in payments], [one.journal_id for one in payments],
        [one.recorded_at for one in payments], [one.recorded_by for one in payments],
    )  # fmt: skip


def fee_payment_of(uow: UnitOfWork, repayment_id: str) -> FeePayment | None:
    """The part of a payment that was custody fee, if it had one."""
    row = uow.one(
        "select fee_payment_id, contract_id, repayment_id, amount_minor, kind, paid_on,"
        " journal_id, recorded_at, recorded_by from rahnu.fee_payment"
        " where institution_id = %s and repayment_id = %s and kind = 'paid'",
        uow.institution_id,
        repayment_id,
    )
    if row is None:
        return None
    return FeePayment(
        row[0], row[1], row[2], row[3], FeePaymentKind(row[4]), row[5], row[6], row[7], row[8]
    )


def get(uow: UnitOfWork, contract_id: str, repayment_id: str) -> Repayment | None:
    rows = uow.composed(
        _REPAYMENT + sql.SQL(" and repayment_id = %(id)s"),
        {"institution": uow.institution_id, "contract": contract_id, "id": repayment_id},
    )
    return _repayment(rows[0]) if rows else None


def is_reversed(uow: UnitOfWork, repayment_id: str) -> bool:
    row = uow.one(
        "select 1 from rahnu.repayment where institution_id = %s and reverses = %s",
        uow.institution_id,
        repayment_id,
    )
    return row is not None


def last_received_on(uow: UnitOfWork, contract_id: str) -> date | None:
    """The latest day on which anything was received for a pledge and not taken back."""
    row = uow.one(
        "select max(r.received_on) from rahnu.repayment r where r.institution_id = %s"
        " and r.contract_id = %s and r.reverses is null and not exists (select 1"
        "  from rahnu.repayment b where b.institution_id = r.institution_id"
        "  and b.reverses = r.repayment_id)",
        uow.institution_id,
        contract_id,
    )
    return None if row is None else row[0]


def select_page(uow: UnitOfWork, contract_id: str, request: PageRequest) -> Page[Repayment]:
    """Payments and reversals of a pledge, newest first."""
    parameters = {"institution": uow.institution_id, "contract": contract_id}
    rows, total = newest_first(uow, _REPAYMENT, parameters, request, order=["repayment_id"])
    found = [_repayment(row) for row in rows]
    return Page.of(found, request, lambda one: (one.recorded_at, one.repayment_id), total)


def _repayment(row: Row) -> Repayment:
    return Repayment(
        repayment_id=row[0],
        external_id=row[1],
        contract_id=row[2],
        asset=asset_from_text(row[3]),
        amount_minor=row[4],
        fee_minor=row[5],
        debt_minor=row[6],
        excess_minor=row[7],
        is_gift=row[8],
        apply_to=ApplyTo(row[9]),
        obligation_id=row[10],
        debt_repayment_id=row[11],
        method=row[12],
        reference=row[13],
        received_on=row[14],
        debt_left_minor=row[15],
        fee_left_minor=row[16],
        journal_ids=tuple(row[17]),
        reverses=row[18],
        reason=row[19],
        metadata=loads(row[20]),
        recorded_at=row[21],
        recorded_by=row[22],
    )


def insert_statement(uow: UnitOfWork, one: Statement) -> None:
    uow.execute(
        "insert into rahnu.debt_statement (institution_id, statement_id, contract_id, asset,"
        " before_minor, outstanding_minor, stated_on, due_on, reference, recorded_at, recorded_by)"
        " values (%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s)",
        uow.institution_id, one.statement_id, one.contract_id, str(one.asset), one.before_minor,
        one.outstanding_minor, one.stated_on, one.due_on, one.reference, one.recorded_at,
        one.recorded_by,
    )  # fmt: skip


def statements_bounds(uow: UnitOfWork, contract_id: str) -> tuple[int, date] | None:
    """The balance before the first statement, and the day of the latest; None without any."""
    row = uow.one(
        "select (array_agg(before_minor order by statement_id))[1], max(stated_on)"
        " from rahnu.debt_statement where institution_id = %s and contract_id = %s",
        uow.institution_id,
        contract_id,
    )
    return None if row is None or row[0] is None else (row[0], row[1])


def select_statements(uow: UnitOfWork, contract_id: str, request: PageRequest) -> Page[Statement]:
    """Statements of a pledge's outside debt, newest first."""
    parameters = {"institution": uow.institution_id, "contract": contract_id}
    rows, total = newest_first(uow, _STATEMENT, parameters, request, order=["statement_id"])
    found = [Statement(row[0], row[1], asset_from_text(row[2]), *row[3:]) for row in rows]
    return Page.of(found, request, lambda one: (one.recorded_at, one.statement_id), total)
