"""SQL of the audit log."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from psycopg import sql

from sanduq.kit.db import Row, UnitOfWork
from sanduq.kit.ids import new_id
from sanduq.kit.json import dumps
from sanduq.kit.listing import newest_first
from sanduq.kit.pages import PageRequest


def insert(
    uow: UnitOfWork, deeds: Sequence[tuple[str, str, str | None, Mapping[str, Any], str | None]]
) -> None:
    uow.execute(
        "insert into audit.record (institution_id, record_id, at, user_id, credential_id,"
        " request_id, action, subject_id, reason, details)"
        " select %s, d.id, %s, %s, %s, d.request, d.action, d.subject, d.reason, d.details::json"
        " from unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[])"
        " d(id, request, action, subject, reason, details)",
        uow.institution_id,
        uow.now,
        uow.actor.user_id,
        uow.actor.credential_id,
        [new_id("aud") for _ in deeds],
        [deed[4] or uow.request_id for deed in deeds],
        [deed[0] for deed in deeds],
        [deed[1] for deed in deeds],
        [deed[2] for deed in deeds],
        [dumps(deed[3]).decode() for deed in deeds],
    )


def select(
    uow: UnitOfWork, filters: Mapping[str, str | None], request: PageRequest
) -> tuple[list[Row], int | None]:
    query: sql.Composable = sql.SQL(
        "select record_id, at, user_id, credential_id, request_id, action, subject_id, reason,"
        " details::text from audit.record where institution_id = %(institution)s"
    )
    for column, value in filters.items():
        if value is not None:
            query = query + sql.SQL(" and {} = {}").format(
                sql.Identifier(column), sql.Placeholder(column)
            )
    parameters = {"institution": uow.institution_id, **filters}
    return newest_first(uow, query, parameters, request, order=("record_id",))
