"""The fee for keeping against the ledger: part of `sanduq verify`."""

from __future__ import annotations

from collections.abc import Iterator

from sanduq.kit.db import UnitOfWork

_DUE = (
    "select d.deposit_id, d.fee_accrued_minor - d.fee_paid_minor as due,"
    " coalesce(sum(b.balance_minor), 0) as booked"
    " from rahnu.deposit d"
    " left join ledger.account a on a.institution_id = d.institution_id"
    "  and a.subject = d.deposit_id and a.code = '1120' and a.asset = d.asset"
    " left join ledger.balance b on b.institution_id = a.institution_id"
    "  and b.account_id = a.account_id"
    " where d.institution_id = %s"
    " group by d.deposit_id, d.fee_accrued_minor, d.fee_paid_minor"
)
_PAID = (
    "select d.deposit_id, d.fee_paid_minor as paid, coalesce(sum(p.amount_minor), 0) as recorded"
    " from rahnu.deposit d"
    " left join rahnu.deposit_payment p on p.institution_id = d.institution_id"
    "  and p.deposit_id = d.deposit_id"
    " where d.institution_id = %s group by d.deposit_id, d.fee_paid_minor"
)


def check_custody_fees(uow: UnitOfWork) -> Iterator[str]:
    """What the books say an owner owes for keeping is what was charged less what was paid."""
    for row in uow.all(
        "select * from (" + _DUE + ") f where due <> booked order by deposit_id limit 10",
        uow.institution_id,
    ):
        yield f"{row[0]} owes {row[1]} minor units of custody fee, its account holds {row[2]}"
    for row in uow.all(
        "select * from (" + _PAID + ") f where paid <> recorded order by deposit_id limit 10",
        uow.institution_id,
    ):
        yield f"{row[0]} says {row[1]} minor units were paid, its payments add up to {row[2]}"
