"""SQL of terms of pledges that moved."""

from __future__ import annotations

from psycopg import sql

from sanduq.kit.db import Row, UnitOfWork
from sanduq.kit.listing import newest_first
from sanduq.kit.money import asset_from_text
from sanduq.kit.pages import Page, PageRequest
from sanduq.rahnu.contracts.terms.model import TermChange, TermKind

_CHANGE = (
    "select t.term_change_id, t.contract_id, t.kind, t.number, t.months, t.matured_on,"
    " t.matures_on, c.asset, t.outstanding_minor, t.paid_minor, t.fee_paid_minor, t.reason,"
    " t.created_at, t.created_by from rahnu.term_change t"
    " join rahnu.contract c using (institution_id, contract_id)"
    " where t.institution_id = %(institution)s and t.contract_id = %(contract_id)s"
)


def insert(uow: UnitOfWork, one: TermChange) -> None:
    uow.execute(
        "insert into rahnu.term_change (institution_id, contract_id, term_change_id, kind, number,"
        " months, matured_on, matures_on, outstanding_minor, paid_minor, fee_paid_minor, reason,"
        " created_at, created_by) values (%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s)",
        uow.institution_id, one.contract_id, one.term_change_id, str(one.kind), one.number,
        one.months, one.matured_on, one.matures_on, one.outstanding_minor, one.paid_minor,
        one.fee_paid_minor, one.reason, one.created_at, one.created_by,
    )  # fmt: skip


def list_changes(uow: UnitOfWork, contract_id: str, request: PageRequest) -> Page[TermChange]:
    """Terms of a pledge that moved, newest first."""
    parameters = {"institution": uow.institution_id, "contract_id": contract_id}
    rows, total = newest_first(uow, sql.SQL(_CHANGE), parameters, request, order=["term_change_id"])
    found = [_change(row) for row in rows]
    return Page.of(found, request, lambda one: (one.created_at, one.term_change_id), total)


def ids_in_force(uow: UnitOfWork) -> list[str]:
    """Every pledge in force, in the order in which pledges are locked."""
    rows = uow.all(
        "select contract_id from rahnu.contract where institution_id = %s"
        " and status in ('ACTIVE', 'MARGIN_CALL') order by contract_id",
        uow.institution_id,
    )
    return [row[0] for row in rows]


def _change(row: Row) -> TermChange:
    return TermChange(
        term_change_id=row[0],
        contract_id=row[1],
        kind=TermKind(row[2]),
        number=row[3],
        months=row[4],
        matured_on=row[5],
        matures_on=row[6],
        asset=asset_from_text(row[7]),
        outstanding_minor=row[8],
        paid_minor=row[9],
        fee_paid_minor=row[10],
        reason=row[11],
        created_at=row[12],
        created_by=row[13],
    )
