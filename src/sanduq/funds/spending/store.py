"""SQL of drawings on funds and of what came back."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from psycopg import errors, sql

from sanduq.funds.spending.errors import ReturnCollided
from sanduq.funds.spending.model import Draw, FundKind, GiveBack, Spending, SpendingUse
from sanduq.kit.db import Row, UnitOfWork
from sanduq.kit.errors import ValidationFailed
from sanduq.kit.ids import new_id
from sanduq.kit.listing import newest_first
from sanduq.kit.money import Money, asset_from_text
from sanduq.kit.pages import Page, PageRequest
from sanduq.shariah.facts import DebtorState

_SELECT = sql.SQL(
    "select spending_id, kind, fund, asset, amount_minor, use, subject_id, party_id,"
    " debtor_state, journal_id, note, created_at, created_by, back.minor, back.times"
    " from funds.spending s"
    " cross join lateral (select coalesce(sum(r.amount_minor), 0)::bigint as minor,"
    "  count(*) as times from funds.spending_return r"
    "  where r.institution_id = s.institution_id and r.spending_id = s.spending_id) back"
    " where s.institution_id = %(institution)s"
)


def insert(uow: UnitOfWork, ids: Sequence[str], draws: Sequence[Draw]) -> None:
    try:
        with uow.savepoint():
            _insert(uow, ids, draws)
    except errors.ForeignKeyViolation as error:
        if error.diag.constraint_name != "spending_party":
            raise
        message = "there is no such party in this institution"
        raise ValidationFailed.field("party_id", "unknown_party", message) from None


def _insert(uow: UnitOfWork, ids: Sequence[str], draws: Sequence[Draw]) -> None:
    uow.execute(
        "insert into funds.spending (institution_id, spending_id, kind, fund, asset,"
        " amount_minor, use, subject_id, party_id, debtor_state, journal_id, note, created_at,"
        " created_by)"
        " select %s, d.id, d.kind, d.fund, d.asset, d.minor, d.use, d.subject, d.party, d.state,"
        " d.journal, d.note, %s, %s"
        " from unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::bigint[], %s::text[],"
        " %s::text[], %s::text[], %s::text[], %s::text[], %s::text[])"
        " d(id, kind, fund, asset, minor, use, subject, party, state, journal, note)",
        uow.institution_id,
        uow.now,
        uow.actor.user_id,
        list(ids),
        [str(draw.source.kind) for draw in draws],
        [draw.source.fund for draw in draws],
        [str(draw.amount.asset) for draw in draws],
        [draw.amount.amount_minor for draw in draws],
        [str(draw.use) for draw in draws],
        [draw.subject_id for draw in draws],
        [draw.party_id for draw in draws],
        [str(draw.debtor_state) if draw.debtor_state is not None else None for draw in draws],
        [draw.journal_id for draw in draws],
        [draw.note for draw in draws],
    )


def insert_return(uow: UnitOfWork, spending: Spending, minor: int, given: GiveBack) -> None:
    """Writes what came back; two at one moment have the same number, and one is refused."""
    try:
        with uow.savepoint():
            uow.execute(
                "insert into funds.spending_return (institution_id, return_id, spending_id,"
                " number, amount_minor, returned_after_minor, spent_minor, journal_id, note,"
                " created_at, created_by) values (%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s)",
                uow.institution_id, new_id("fsr"), spending.spending_id,
                spending.returns_count + 1, minor,
                spending.returned_minor + minor,
                spending.amount.amount_minor, given.journal_id, given.note, uow.now,
                uow.actor.user_id,
            )  # fmt: skip
    except errors.UniqueViolation:
        raise ReturnCollided from None


def load(uow: UnitOfWork, ids: Collection[str]) -> dict[str, Spending]:
    rows = uow.composed(
        _SELECT + sql.SQL(" and spending_id = any(%(ids)s)"),
        {"institution": uow.institution_id, "ids": sorted(ids)},
    )
    return {row[0]: _spending(row) for row in rows}


def spent_on(uow: UnitOfWork, subject_ids: Collection[str]) -> list[Spending]:
    rows = uow.composed(
        _SELECT + sql.SQL(" and subject_id = any(%(ids)s) order by spending_id"),
        {"institution": uow.institution_id, "ids": sorted(subject_ids)},
    )
    return [_spending(row) for row in rows]


def select_page(
    uow: UnitOfWork, request: PageRequest, filters: Mapping[str, str | None]
) -> Page[Spending]:
    query: sql.Composable = _SELECT
    parameters: dict[str, Any] = {"institution": uow.institution_id}
    for column, wanted in filters.items():
        if wanted is not None:
            parameters[column] = wanted
            query += sql.SQL(" and {} = {}").format(sql.Identifier(column), sql.Placeholder(column))
    rows, total = newest_first(uow, query, parameters, request, order=["spending_id"])
    found = [_spending(row) for row in rows]
    return Page.of(found, request, lambda one: (one.created_at, one.spending_id), total)


def _spending(row: Row) -> Spending:
    return Spending(
        spending_id=row[0],
        kind=FundKind(row[1]),
        fund=row[2],
        amount=Money(row[4], asset_from_text(row[3])),
        use=SpendingUse(row[5]),
        subject_id=row[6],
        party_id=row[7],
        debtor_state=DebtorState(row[8]) if row[8] is not None else None,
        journal_id=row[9],
        note=row[10],
        created_at=row[11],
        created_by=row[12],
        returned_minor=row[13],
        returns_count=row[14],
    )
