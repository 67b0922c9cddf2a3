"""SQL of guarantee calls and their payments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import psycopg
from psycopg import sql

from sanduq.kit.db import Row, UnitOfWork
from sanduq.kit.listing import newest_first
from sanduq.kit.money import asset_from_text
from sanduq.kit.pages import Page, PageRequest
from sanduq.microfinance.guarantee_calls.errors import CallIdTaken, CallOpenAlready
from sanduq.microfinance.guarantee_calls.model import (
    Call,
    CallRule,
    CallStatus,
    Share,
)

_CALL = (
    "select call_id, external_id, group_id, loan_id, debtor_id, status, asset, rule,"
    " overdue_minor, amount_minor, paid_minor, reason, cancel_reason, closed_at, created_at,"
    " created_by, version from microfinance.guarantee_call where institution_id = "
)


def _call(row: Row, shares: Mapping[str, tuple[Share, ...]]) -> Call:
    return Call(
        call_id=row[0],
        external_id=row[1],
        group_id=row[2],
        loan_id=row[3],
        debtor_id=row[4],
        status=CallStatus(row[5]),
        asset=asset_from_text(row[6]),
        rule=CallRule(row[7]),
        overdue_minor=row[8],
        amount_minor=row[9],
        paid_minor=row[10],
        reason=row[11],
        cancel_reason=row[12],
        closed_at=row[13],
        created_at=row[14],
        created_by=row[15],
        version=row[16],
        shares=shares.get(row[0], ()),
    )


def _shares(uow: UnitOfWork, call_ids: Sequence[str]) -> dict[str, tuple[Share, ...]]:
    rows = uow.all(
        "select call_id, payer_id, guarantee_id, amount_minor, paid_minor"
        " from microfinance.guarantee_share where institution_id = %s and call_id = any(%s)"
        " order by call_id, (payer_id <> 'common_fund'), payer_id",
        uow.institution_id,
        list(call_ids),
    )
    found: dict[str, list[Share]] = {}
    for row in rows:
        found.setdefault(row[0], []).append(Share(*row[1:]))
    return {call_id: tuple(shares) for call_id, shares in found.items()}


def insert(uow: UnitOfWork, call: Call) -> None:
    """Writes a call. Refuses CONFLICT a second open one for the loan, a taken external id."""
    try:
        with uow.savepoint():
            uow.execute(
                "insert into microfinance.guarantee_call (institution_id, call_id, external_id,"
                " group_id, loan_id, debtor_id, status, asset, rule, overdue_minor, amount_minor,"
                " paid_minor, reason, created_at, created_by, version)"
                " values (%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s)",
                uow.institution_id, call.call_id, call.external_id, call.group_id, call.loan_id,
                call.debtor_id, str(call.status), str(call.asset), str(call.rule),
                call.overdue_minor, call.amount_minor, call.paid_minor, call.reason,
                call.created_at, call.created_by, call.version,
            )  # fmt: skip
    except psycopg.errors.UniqueViolation as error:
        raise _refusal_of(error) from None
    uow.execute(
        "insert into microfinance.guarantee_share (institution_id, call_id, payer_id,"
        " guarantee_id, amount_minor, paid_minor) select %s, %s, s.payer, s.guarantee, s.minor, 0"
        " from unnest(%s::text[], %s::text[], %s::bigint[]) s(payer, guarantee, minor)",
        uow.institution_id, call.call_id, [one.payer_id for one in call.shares],
        [one.guarantee_id for one in call.shares], [one.amount_minor for one in call.shares],
    )  # fmt: skip


def _refusal_of(error: psycopg.errors.UniqueViolation) -> Exception:
    if error.diag.constraint_name == "guarantee_call_open":
        return CallOpenAlready()
    return CallIdTaken()


def update(uow: UnitOfWork, call: Call) -> None:
    """Writes state and paid totals of a call and its shares."""
    try:
        with uow.savepoint():
            uow.execute(
                "update microfinance.guarantee_call set status = %s, paid_minor = %s,"
                " cancel_reason = %s, closed_at = %s, version = %s"
                " where institution_id = %s and call_id = %s",
                str(call.status), call.paid_minor, call.cancel_reason, call.closed_at,
                call.version, uow.institution_id, call.call_id,
            )  # fmt: skip
    except psycopg.errors.UniqueViolation as error:
        raise _refusal_of(error) from None
    uow.execute(
        "update microfinance.guarantee_share s set paid_minor = c.paid"
        " from unnest(%s::text[], %s::bigint[]) c(payer, paid)"
        " where s.institution_id = %s and s.call_id = %s and s.payer_id = c.payer",
        [one.payer_id for one in call.shares],
        [one.paid_minor for one in call.shares],
        uow.institution_id,
        call.call_id,
    )


def get(uow: UnitOfWork, call_id: str, *, is_locked: bool = False) -> Call | None:
    row = uow.one(
        f"{_CALL}%s and call_id = %s" + (" for no key update" if is_locked else ""),
        uow.institution_id,
        call_id,
    )
    return _call(row, _shares(uow, [call_id])) if row else None


def open_of_loans(uow: UnitOfWork, loan_ids: Sequence[str]) -> list[str]:
    """Calls for these loans that are still asked for."""
    rows = uow.all(
        "select call_id from microfinance.guarantee_call where institution_id = %s"
        " and loan_id = any(%s) and status in ('OPEN', 'PART_PAID') order by call_id",
        uow.institution_id,
        list(loan_ids),
    )
    return [row[0] for row in rows]


def select_page(
    uow: UnitOfWork, group_id: str, status: CallStatus | None, request: PageRequest
) -> Page[Call]:
    query: sql.Composable = sql.SQL(f"{_CALL}%(institution)s and group_id = %(group)s")
    if status is not None:
        query = query + sql.SQL(" and status = %(status)s")
    parameters = {
        "institution": uow.institution_id,
        "group": group_id,
        "status": None if status is None else str(status),
    }
    rows, total = newest_first(uow, query, parameters, request, order=["created_at", "call_id"])
    shares = _shares(uow, [row[0] for row in rows])
    found = [_call(row, shares) for row in rows]
    return Page.of(found, request, lambda c: (c.created_at, c.call_id), total)


@dataclass(frozen=True, slots=True)
class PaidShare:
    """A payment on a call; a reversal carries a negative amount and `reverses`."""

    payment_id: str
    call_id: str
    payer_id: str
    amount_minor: int
    repayment_id: str
    reverses: str | None
    paid_on: date


def insert_payment(uow: UnitOfWork, payment: PaidShare) -> None:
    uow.execute(
        "insert into microfinance.guarantee_payment (institution_id, payment_id, call_id,"
        " payer_id, amount_minor, repayment_id, reverses, paid_on, recorded_at, recorded_by)"
        " values (%s,%s,%s,%s,%s,%s,%s,%s,%s,%s)",
        uow.institution_id, payment.payment_id, payment.call_id, payment.payer_id,
        payment.amount_minor, payment.repayment_id, payment.reverses, payment.paid_on, uow.now,
        uow.actor.user_id,
    )  # fmt: skip


def payments_by_repayment(uow: UnitOfWork, repayment_ids: Sequence[str]) -> dict[str, PaidShare]:
    rows = uow.all(
        "select payment_id, call_id, payer_id, amount_minor, repayment_id, reverses, paid_on"
        " from microfinance.guarantee_payment"
        " where institution_id = %s and repayment_id = any(%s)",
        uow.institution_id,
        list(repayment_ids),
    )
    return {row[4]: PaidShare(*row) for row in rows}
