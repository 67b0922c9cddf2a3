"""SQL of tills and their settlements."""

from __future__ import annotations

from psycopg import sql

from sanduq.kit.db import Row, UnitOfWork
from sanduq.kit.listing import newest_first
from sanduq.kit.money import Asset, Money, asset_from_text
from sanduq.kit.pages import Page, PageRequest
from sanduq.microfinance.collection.postings import TILL
from sanduq.microfinance.collection.tills.model import Direction, Settlement, Till

_SETTLEMENT = (
    "select settlement_id, officer_id, branch_id, direction, amount_minor, asset, reason,"
    " reference, settled_on, journal_id, created_at, created_by"
    " from microfinance.till_settlement where institution_id = %(institution)s"
)


def lock(uow: UnitOfWork, officer_id: str) -> None:
    """Two people who settle one officer's till do so in turn."""
    uow.execute(
        "select pg_advisory_xact_lock(%s, hashtext('till:' || %s))", uow.institution_id, officer_id
    )


def tills(uow: UnitOfWork, officer_id: str | None, asset: Asset | None) -> list[Till]:
    """Tills that are not even, by officer and currency."""
    rows = uow.all(
        "select a.subject, a.asset, b.balance_minor from ledger.account a"
        " join ledger.balance b using (institution_id, account_id)"
        " where a.institution_id = %(institution)s and a.code = %(code)s"
        "  and a.subject is not null and b.balance_minor <> 0"
        "  and (%(officer)s::text is null or a.subject = %(officer)s)"
        "  and (%(asset)s::text is null or a.asset = %(asset)s)"
        " order by a.subject, a.asset",
        {
            "institution": uow.institution_id,
            "code": TILL,
            "officer": officer_id,
            "asset": None if asset is None else str(asset),
        },
    )
    return [Till(row[0], asset_from_text(row[1]), row[2]) for row in rows]


def insert(uow: UnitOfWork, one: Settlement) -> None:
    uow.execute(
        "insert into microfinance.till_settlement (institution_id, settlement_id, officer_id,"
        " branch_id, direction, amount_minor, asset, reason, reference, settled_on, journal_id,"
        " created_at, created_by) values (%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s)",
        uow.institution_id, one.settlement_id, one.officer_id, one.branch_id, str(one.direction),
        one.amount.amount_minor, str(one.amount.asset), one.reason, one.reference, one.settled_on,
        one.journal_id, one.created_at, one.created_by,
    )  # fmt: skip


def select_page(uow: UnitOfWork, officer_id: str | None, request: PageRequest) -> Page[Settlement]:
    query: sql.Composable = sql.SQL(_SETTLEMENT)
    if officer_id is not None:
        query = query + sql.SQL(" and officer_id = %(officer)s")
    parameters = {"institution": uow.institution_id, "officer": officer_id}
    rows, total = newest_first(uow, query, parameters, request, order=["settlement_id"])
    found = [_settlement(row) for row in rows]
    return Page.of(found, request, lambda one: (one.created_at, one.settlement_id), total)


def _settlement(row: Row) -> Settlement:
    return Settlement(
        settlement_id=row[0],
        officer_id=row[1],
        branch_id=row[2],
        direction=Direction(row[3]),
        amount=Money(row[4], asset_from_text(row[5])),
        reason=row[6],
        reference=row[7],
        settled_on=row[8],
        journal_id=row[9],
        created_at=row[10],
        created_by=row[11],
    )
