"""Murabahas against the ledger: part of `sanduq verify`."""

from __future__ import annotations

from collections.abc import Iterator

from sanduq.kit.db import UnitOfWork

# Per contract: what its own accounts hold beside what contract and debt say they should.
_BOOKS = (
    "select c.murabaha_id, c.stage, o.status,"
    " coalesce(b.receivable, 0) as receivable, coalesce(b.deferred, 0) as deferred,"
    " coalesce(b.inventory, 0) as inventory,"
    " coalesce(o.principal_minor - o.principal_paid_minor, 0) as owed, c.inventory_minor,"
    " case when c.stage = 'SOLD' then least(c.profit_minor - c.recognised_minor"
    "  - c.released_minor, o.principal_minor - o.principal_paid_minor) else 0 end"
    "  as deferred_minor"
    " from microfinance.murabaha c"
    " left join obligations.obligation o on o.institution_id = c.institution_id"
    "  and o.obligation_id = c.murabaha_id"
    " left join lateral ("
    "   select sum(l.balance_minor) filter (where a.code = '1300') as receivable,"
    "    -sum(l.balance_minor) filter (where a.code = '1390') as deferred,"
    "    sum(l.balance_minor) filter (where a.code = '1200') as inventory"
    "    from ledger.account a join ledger.balance l on l.institution_id = a.institution_id"
    "     and l.account_id = a.account_id"
    "   where a.institution_id = c.institution_id and a.subject = c.murabaha_id) b on true"
    " where c.institution_id = %s"
)
# A debt written off or settled otherwise has left the receivable by its own journals.
_FAULTS = (
    ("receivable <> owed and (status is null or status in ('ACTIVE', 'SETTLED'))",
     "its receivable is not what its debt owes"),
    ("deferred <> deferred_minor and (status is null or status in ('ACTIVE', 'SETTLED'))",
     "its deferred profit is not what its contract says"),
    ("deferred > receivable and status = 'ACTIVE'", "more profit is deferred than is owed"),
    ("deferred <> 0 and status = 'SETTLED'", "profit is deferred on a settled debt"),
    ("inventory <> inventory_minor", "its inventory is not what its contract holds"),
)  # fmt: skip


def check_murabahas(uow: UnitOfWork) -> Iterator[str]:
    """Receivable, deferred profit and inventory of each contract are what contract and debt say,
    and the deferred profit reaches nothing with the debt."""
    for condition, fault in _FAULTS:
        for row in uow.all(
            f"select murabaha_id, receivable, deferred, inventory from ({_BOOKS}) f"
            f" where {condition} order by murabaha_id limit 10",
            uow.institution_id,
        ):
            yield f"{row[0]}: {fault} (1300 {row[1]}, 1390 {row[2]}, 1200 {row[3]})"
