"""SQL of the register of people on the creditor's side."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import psycopg
from psycopg import sql

from sanduq.kit.db import Row, UnitOfWork
from sanduq.kit.listing import newest_first
from sanduq.kit.pages import Page, PageRequest
from sanduq.rahnu.contracts.liquidation.auctions.errors import RelatedPartyKnown
from sanduq.rahnu.contracts.liquidation.auctions.model import RelatedParty, Relation

_SELECT = sql.SQL(
    "select party_id, relation, user_id, note, recorded_at, recorded_by, ended_on, ended_by"
    " from rahnu.related_party where institution_id = %(institution)s"
)


def insert(uow: UnitOfWork, one: RelatedParty) -> None:
    """Puts a party on the register. Refuses CONFLICT one that is on it."""
    try:
        with uow.savepoint():
            uow.execute(
                "insert into rahnu.related_party values (%s, %s, %s, %s, %s, %s, %s, null, null)",
                uow.institution_id, one.party_id, str(one.relation), one.user_id, one.note,
                one.recorded_at, one.recorded_by,
            )  # fmt: skip
    except psycopg.errors.UniqueViolation:
        raise RelatedPartyKnown from None


def end(uow: UnitOfWork, party_id: str) -> bool:
    """Says that a relation ended today; False when there was none."""
    return uow.execute(
        "update rahnu.related_party set ended_on = %s, ended_by = %s"
        " where institution_id = %s and party_id = %s and ended_on is null",
        uow.today, uow.actor.user_id, uow.institution_id, party_id,
    ) == 1  # fmt: skip


def load(uow: UnitOfWork, party_ids: Collection[str]) -> dict[str, RelatedParty]:
    """Those of the parties that are on the register."""
    rows = uow.composed(
        _SELECT + sql.SQL(" and party_id = any(%(ids)s)"),
        {"institution": uow.institution_id, "ids": sorted(party_ids)},
    )
    return {row[0]: _related(row) for row in rows}


def search(uow: UnitOfWork, filters: Mapping[str, str], request: PageRequest) -> Page[RelatedParty]:
    """The register, newest first."""
    query: sql.Composable = _SELECT
    for name in filters:
        query = query + sql.SQL(f" and {name} = %({name})s")
    parameters = {"institution": uow.institution_id, **filters}
    rows, total = newest_first(uow, query, parameters, request, order=["recorded_at", "party_id"])
    found = [_related(row) for row in rows]
    return Page.of(found, request, lambda one: (one.recorded_at, one.party_id), total)


def _related(row: Row) -> RelatedParty:
    return RelatedParty(row[0], Relation(row[1]), *row[2:])
