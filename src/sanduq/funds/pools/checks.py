"""Pools against the ledger: part of `sanduq verify`."""

from __future__ import annotations

from collections.abc import Iterator

from sanduq.kit.db import UnitOfWork

# Capital placed is what the books moved, and what the books hold of it is not below nothing.
_CAPITAL = (
    "select f.pool_id, f.fund, f.placed, f.booked from ("
    " select s.pool_id, s.fund,"
    "  coalesce((select sum(x.amount_minor) from funds.pool_placement x"
    "   where x.institution_id = s.institution_id and x.pool_id = s.pool_id"
    "   and x.source_no = s.source_no), 0)::bigint as placed,"
    "  coalesce((select sum(e.amount_minor) from ledger.entry e"
    "   join ledger.journal j on j.institution_id = e.institution_id"
    "    and j.journal_seq = e.journal_seq"
    "   where e.institution_id = a.institution_id and e.account_id = a.account_id"
    "   and j.kind in ('pool.placed', 'pool.withdrawn')), 0)::bigint as booked"
    " from funds.pool_source s"
    " join funds.pool p on p.institution_id = s.institution_id and p.pool_id = s.pool_id"
    " left join ledger.account a on a.institution_id = s.institution_id and a.code = '1000'"
    "  and a.asset = p.asset and a.fund = s.fund and a.subject = s.pool_id"
    " where s.institution_id = %s) f where f.placed <> f.booked or f.placed < 0"
    " order by f.pool_id limit 10"
)


def check_pools(uow: UnitOfWork) -> Iterator[str]:
    """The capital of each source of a pool is what its journals moved."""
    for pool_id, fund, placed, booked in uow.all(_CAPITAL, uow.institution_id):
        yield (
            f"{pool_id} counts {placed} minor units of capital of {fund},"
            f" its journals moved {booked}"
        )
