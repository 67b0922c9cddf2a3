"""What must hold of every debt, recomputed: part of `sanduq verify`."""

from __future__ import annotations

from collections.abc import Iterator

from sanduq.kit.db import UnitOfWork

_FAULTS = (
    "select o.obligation_id, case"
    "  when t.principal is null then 'has no schedule of version ' || o.schedule_version"
    "  when t.principal <> o.principal_minor or t.fee <> o.fee_minor"
    "    then 'the schedule adds up to another debt'"
    "  when (o.status = 'SETTLED') <> (o.principal_paid_minor = o.principal_minor"
    "        and o.fee_paid_minor = o.fee_minor) and o.status in ('ACTIVE', 'SETTLED')"
    "    then 'is ' || o.status || ' with ' || (o.principal_minor + o.fee_minor"
    "         - o.principal_paid_minor - o.fee_paid_minor) || ' minor units unpaid'"
    "  end as fault"
    " from obligations.obligation o"
    " left join lateral (select sum(i.principal_minor) as principal, sum(i.fee_minor) as fee"
    "   from obligations.instalment i where i.institution_id = o.institution_id"
    "   and i.obligation_id = o.obligation_id and i.version = o.schedule_version) t on true"
    " where o.institution_id = %s order by o.obligation_id"
)

_PAID = (
    "select o.obligation_id, o.principal_paid_minor, o.fee_paid_minor,"
    " coalesce(sum(r.principal_minor), 0) as principal, coalesce(sum(r.fee_minor), 0) as fee"
    " from obligations.obligation o"
    " left join obligations.repayment r on r.institution_id = o.institution_id"
    "  and r.obligation_id = o.obligation_id"
    " where o.institution_id = %s"
    " group by o.obligation_id, o.principal_paid_minor, o.fee_paid_minor"
)


def check_debts(uow: UnitOfWork) -> Iterator[str]:
    """Every schedule adds up to its debt, and a debt is settled exactly when it is paid."""
    for obligation_id, fault in uow.all(
        "select obligation_id, fault from (" + _FAULTS + ") f where fault is not null limit 10",
        uow.institution_id,
    ):
        yield f"{obligation_id} {fault}"


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
