"""SQL of payments out of common funds, their signatures, and loans to funds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from psycopg import sql

from sanduq.kit.db import Row, UnitOfWork
from sanduq.kit.listing import newest_first
from sanduq.kit.money import Money, asset_from_text
from sanduq.kit.pages import Page, PageRequest
from sanduq.microfinance.common_fund.model import (
    FundLoan,
    Nature,
    Payment,
    PaymentStatus,
    Signature,
    SurplusMode,
    Use,
)
from sanduq.microfinance.groups.members.model import Role

_PAYMENT = (
    "select payment_id, group_id, status, use, nature, mode, amount_minor, asset, beneficiary_id,"
    " call_id, fund_loan_id, reason, cancel_reason, repayment_id, journal_id, paid_on,"
    " created_at, created_by, version from microfinance.fund_payment where institution_id = "
)
_LOAN = (
    "select fund_loan_id, group_id, lender_id, amount_minor, asset, repaid_minor, reason, lent_on,"
    " journal_id, created_at, created_by from microfinance.fund_loan where institution_id = "
)


def _payments(uow: UnitOfWork, rows: Sequence[Row]) -> list[Payment]:
    ids = [row[0] for row in rows]
    shares: dict[str, list[tuple[str, int]]] = {}
    signatures: dict[str, list[Signature]] = {}
    if ids:
        for row in uow.all(
            "select payment_id, party_id, amount_minor from microfinance.fund_payment_share"
            " where institution_id = %s and payment_id = any(%s) order by payment_id, party_id",
            uow.institution_id,
            ids,
        ):
            shares.setdefault(row[0], []).append((row[1], row[2]))
        for row in uow.all(
            "select payment_id, officer_id, role, signature, signed_at, recorded_by"
            " from microfinance.fund_signature where institution_id = %s and payment_id = any(%s)"
            " order by payment_id, signed_at, officer_id",
            uow.institution_id,
            ids,
        ):
            one = Signature(row[1], Role(row[2]), row[3], row[4], row[5])
            signatures.setdefault(row[0], []).append(one)
    return [
        Payment(
            payment_id=row[0],
            group_id=row[1],
            status=PaymentStatus(row[2]),
            use=Use(row[3]),
            nature=Nature(row[4]),
            mode=None if row[5] is None else SurplusMode(row[5]),
            amount=Money(row[6], asset_from_text(row[7])),
            beneficiary_id=row[8],
            call_id=row[9],
            fund_loan_id=row[10],
            reason=row[11],
            cancel_reason=row[12],
            repayment_id=row[13],
            journal_id=row[14],
            paid_on=row[15],
            created_at=row[16],
            created_by=row[17],
            version=row[18],
            shares=tuple(shares.get(row[0], ())),
            signatures=tuple(signatures.get(row[0], ())),
        )
        for row in rows
    ]


def insert(uow: UnitOfWork, payment: Payment) -> None:
    uow.execute(
        "insert into microfinance.fund_payment (institution_id, payment_id, group_id, status, use,"
        " nature, mode, asset, amount_minor, beneficiary_id, call_id, fund_loan_id, reason,"
        " created_at, created_by, version)"
        " values (%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s)",
        uow.institution_id, payment.payment_id, payment.group_id, str(payment.status),
        str(payment.use), str(payment.nature),
        None if payment.mode is None else str(payment.mode), str(payment.amount.asset),
        payment.amount.amount_minor, payment.beneficiary_id, payment.call_id,
        payment.fund_loan_id, payment.reason, payment.created_at, payment.created_by,
        payment.version,
    )  # fmt: skip
    uow.execute(
        "insert into microfinance.fund_payment_share (institution_id, payment_id, party_id,"
        " amount_minor) select %s, %s, s.party, s.minor"
        " from unnest(%s::text[], %s::bigint[]) s(party, minor)",
        uow.institution_id, payment.payment_id, [one for one, _ in payment.shares],
        [minor for _, minor in payment.shares],
    )  # fmt: skip


def insert_signature(uow: UnitOfWork, payment_id: str, one: Signature) -> None:
    uow.execute(
        "insert into microfinance.fund_signature (institution_id, payment_id, officer_id, role,"
        " signature, signed_at, recorded_by) values (%s,%s,%s,%s,%s,%s,%s)",
        uow.institution_id, payment_id, one.officer_id, str(one.role), one.signature,
        one.signed_at, one.recorded_by,
    )  # fmt: skip


def update(uow: UnitOfWork, payment: Payment) -> None:
    uow.execute(
        "update microfinance.fund_payment set status = %s, cancel_reason = %s, repayment_id = %s,"
        " journal_id = %s, paid_on = %s, version = %s"
        " where institution_id = %s and payment_id = %s",
        str(payment.status), payment.cancel_reason, payment.repayment_id, payment.journal_id,
        payment.paid_on, payment.version, uow.institution_id, payment.payment_id,
    )  # fmt: skip


def get(uow: UnitOfWork, payment_id: str) -> Payment | None:
    rows = uow.all(f"{_PAYMENT}%s and payment_id = %s", uow.institution_id, payment_id)
    found = _payments(uow, rows)
    return found[0] if found else None


def covering(uow: UnitOfWork, repayment_ids: Sequence[str]) -> list[Payment]:
    """Payments that made these repayments and have not come back."""
    rows = uow.all(
        f"{_PAYMENT}%s and repayment_id = any(%s) and status = 'PAID' order by payment_id",
        uow.institution_id,
        list(repayment_ids),
    )
    return _payments(uow, rows)


def count_asked(uow: UnitOfWork, group_id: str) -> int:
    row = uow.one(
        "select count(*) from microfinance.fund_payment"
        " where institution_id = %s and group_id = %s and status = 'ASKED'",
        uow.institution_id,
        group_id,
    )
    return int(row[0]) if row else 0


def select_page(
    uow: UnitOfWork, group_id: str, status: PaymentStatus | None, request: PageRequest
) -> Page[Payment]:
    query: sql.Composable = sql.SQL(f"{_PAYMENT}%(institution)s and group_id = %(group)s")
    parameters: dict[str, Any] = {"institution": uow.institution_id, "group": group_id}
    if status is not None:
        query = query + sql.SQL(" and status = %(status)s")
        parameters["status"] = str(status)
    rows, total = newest_first(uow, query, parameters, request, order=["created_at", "payment_id"])
    found = _payments(uow, rows)
    return Page.of(found, request, lambda one: (one.created_at, one.payment_id), total)


def _loan(row: Row) -> FundLoan:
    return FundLoan(
        fund_loan_id=row[0],
        group_id=row[1],
        lender_id=row[2],
        amount=Money(row[3], asset_from_text(row[4])),
        repaid_minor=row[5],
        reason=row[6],
        lent_on=row[7],
        journal_id=row[8],
        created_at=row[9],
        created_by=row[10],
    )


def insert_loan(uow: UnitOfWork, loan: FundLoan) -> None:
    uow.execute(
        "insert into microfinance.fund_loan (institution_id, fund_loan_id, group_id, lender_id,"
        " asset, amount_minor, repaid_minor, reason, lent_on, journal_id, created_at, created_by)"
        " values (%s,%s,%s,%s,%s,%s,0,%s,%s,%s,%s,%s)",
        uow.institution_id, loan.fund_loan_id, loan.group_id, loan.lender_id,
        str(loan.amount.asset), loan.amount.amount_minor, loan.reason, loan.lent_on,
        loan.journal_id, loan.created_at, loan.created_by,
    )  # fmt: skip


def repay_loan(uow: UnitOfWork, fund_loan_id: str, amount_minor: int) -> None:
    uow.execute(
        "update microfinance.fund_loan set repaid_minor = repaid_minor + %s"
        " where institution_id = %s and fund_loan_id = %s",
        amount_minor,
        uow.institution_id,
        fund_loan_id,
    )


def loans_of(uow: UnitOfWork, group_id: str) -> list[FundLoan]:
    rows = uow.all(
        f"{_LOAN}%s and group_id = %s order by fund_loan_id", uow.institution_id, group_id
    )
    return [_loan(row) for row in rows]
