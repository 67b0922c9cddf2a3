"""Default and write-off against the ledger: part of `sanduq verify`."""

from __future__ import annotations

from collections.abc import Iterator

from sanduq.kit.db import UnitOfWork


def check_collection_costs(uow: UnitOfWork) -> Iterator[str]:
    """What the books say is owed for collection is what those debts say."""
    for row in uow.all(
        "select * from (select c.cost_id, o.principal_minor - o.principal_paid_minor as owed,"
        " coalesce(b.balance_minor, 0) as booked from microfinance.collection_cost c"
        " join obligations.obligation o on o.institution_id = c.institution_id"
        "  and o.obligation_id = c.cost_id"
        " left join ledger.account a on a.institution_id = c.institution_id"
        "  and a.code = '1110' and a.subject = c.cost_id"
        " left join ledger.balance b on b.institution_id = a.institution_id"
        "  and b.account_id = a.account_id"
        " where c.institution_id = %s) f where owed <> booked order by cost_id limit 10",
        uow.institution_id,
    ):
        yield f"{row[0]} owes {row[1]} minor units of collection cost, its account holds {row[2]}"


def check_written_off(uow: UnitOfWork) -> Iterator[str]:
    """A loan is written off exactly if its debt is, or was until it was recovered or forgiven."""
    for row in uow.all(
        "select l.loan_id, l.status, o.status from microfinance.loan l"
        " join obligations.obligation o on o.institution_id = l.institution_id"
        "  and o.obligation_id = l.contract_id"
        " where l.institution_id = %s and (l.status = 'WRITTEN_OFF') <> (o.status = 'WRITTEN_OFF'"
        "   or (o.status = 'SETTLED' and l.written_off_at is not null))"
        " order by l.loan_id limit 10",
        uow.institution_id,
    ):
        yield f"{row[0]} is {row[1]} while its debt is {row[2]}"
