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
