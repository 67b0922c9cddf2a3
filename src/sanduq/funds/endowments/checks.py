"""Endowments against the ledger: part of `sanduq verify`."""

from __future__ import annotations

from collections.abc import Iterator

from sanduq.kit.db import UnitOfWork

# What is booked of a corpus is what its register says, and no account holds a corpus without one.
_CORPUS = (
    "select coalesce(r.fund, b.fund), coalesce(r.booked, 0)::bigint, coalesce(b.held, 0)::bigint"
    " from (select 'waqf:' || c.endowment_id as fund, sum(c.amount_minor) as booked"
    "   from funds.corpus_change c where c.institution_id = %(institution)s"
    "   and c.journal_id is not null group by c.endowment_id) r"
    " full join (select a.fund, -sum(b.balance_minor) as held"
    "   from ledger.account a join ledger.balance b using (institution_id, account_id)"
    "   where a.institution_id = %(institution)s and a.code = '3100' group by a.fund) b"
    "  on b.fund = r.fund"
    " where coalesce(r.booked, 0) <> coalesce(b.held, 0) order by 1 limit 10"
)


def check_endowments(uow: UnitOfWork) -> Iterator[str]:
    """A corpus is the amount named less recorded losses, with what was restored and added."""
    for fund, booked, held in uow.all(_CORPUS, {"institution": uow.institution_id}):
        yield (
            f"the corpus of {fund} is {booked} minor units by its register of changes,"
            f" its account holds {held}"
        )
