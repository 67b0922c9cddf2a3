"""Qards against the ledger: part of `sanduq verify`."""

from __future__ import annotations

from collections.abc import Iterator

from sanduq.kit.db import UnitOfWork

_UNPAID = (
    "select o.obligation_id, o.principal_minor - o.principal_paid_minor as owed,"
    " coalesce(sum(b.balance_minor) filter (where a.code = '1100'), 0) as booked,"
    " o.fee_minor - o.fee_paid_minor as fee_owed,"
    " coalesce(sum(b.balance_minor) filter (where a.code = '1110'), 0) as fee_booked"
    " from qard.contract q"
    " join obligations.obligation o on o.institution_id = q.institution_id"
    "  and o.obligation_id = q.qard_id"
    " left join ledger.account a on a.institution_id = q.institution_id and a.subject = q.qard_id"
    " left join ledger.balance b on b.institution_id = a.institution_id"
    "  and b.account_id = a.account_id"
    " where q.institution_id = %s and o.status in ('ACTIVE', 'SETTLED')"
    " group by o.obligation_id, o.principal_minor, o.principal_paid_minor, o.fee_minor,"
    "  o.fee_paid_minor"
)
_PAID = (
    "select o.obligation_id, o.principal_paid_minor, o.fee_paid_minor,"
    " coalesce(sum(r.principal_minor), 0) as principal, coalesce(sum(r.fee_minor), 0) as fee"
    " from obligations.obligation o"
    " join qard.contract q on q.institution_id = o.institution_id"
    "  and q.qard_id = o.obligation_id"
    " left join qard.repayment r on r.institution_id = o.institution_id"
    "  and r.qard_id = o.obligation_id"
    " where o.institution_id = %s"
    " group by o.obligation_id, o.principal_paid_minor, o.fee_paid_minor"
)


def check_receivables(uow: UnitOfWork) -> Iterator[str]:
    """What the books say a borrower owes is what his debt says, principal and fee apart."""
    for row in uow.all(
        "select * from (" + _UNPAID + ") f where owed <> booked or fee_owed <> fee_booked"
        " order by obligation_id limit 10",
        uow.institution_id,
    ):
        yield (
            f"{row[0]} owes {row[1]} and {row[3]} minor units of principal and fee,"
            f" its accounts hold {row[2]} and {row[4]}"
        )


def check_repayments(uow: UnitOfWork) -> Iterator[str]:
    """What a debt counts as paid is the sum of its repayments and reversals."""
    for row in uow.all(
        "select * from (" + _PAID + ") f where principal_paid_minor <> principal"
        " or fee_paid_minor <> fee order by obligation_id limit 10",
        uow.institution_id,
    ):
        yield (
            f"{row[0]} counts {row[1]} and {row[2]} minor units as paid,"
            f" its repayments add up to {row[3]} and {row[4]}"
        )
