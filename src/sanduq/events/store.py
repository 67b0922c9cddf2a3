"""SQL of the outbox."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from psycopg import sql

from sanduq.kit.db import Row, UnitOfWork
from sanduq.kit.json import dumps

VERSION = "1.0"


def insert(uow: UnitOfWork, events: Sequence[tuple[str, str, str, Mapping[str, Any]]]) -> None:
    uow.execute(
        "insert into events.event (institution_id, event_id, type, version, subject_id,"
        " occurred_at, is_live, data, metadata)"
        " select %s, e.id, e.type, %s, e.subject, %s, %s, e.data::json, %s::json"
        " from unnest(%s::text[], %s::text[], %s::text[], %s::text[]) e(id, type, subject, data)",
        uow.institution_id,
        VERSION,
        uow.now,
        uow.actor.is_live,
        dumps({"tenantId": uow.actor.institution}).decode(),
        [event[0] for event in events],
        [event[1] for event in events],
        [event[2] for event in events],
        [dumps(event[3]).decode() for event in events],
    )


def select(
    uow: UnitOfWork,
    *,
    type_name: str | None,
    subject_id: str | None,
    limit: int,
    before: str | None,
) -> list[Row]:
    query = sql.SQL(
        "select event_id, type, version, subject_id, occurred_at, is_live, data::text,"
        " metadata::text from events.event where institution_id = %(institution)s"
    )
    parts: list[sql.Composable] = [query]
    if type_name is not None:
        parts.append(sql.SQL(" and type = %(type)s"))
    if subject_id is not None:
        parts.append(sql.SQL(" and subject_id = %(subject)s"))
    if before is not None:
        parts.append(sql.SQL(" and event_id < %(before)s"))
    parts.append(sql.SQL(" order by event_id desc limit %(limit)s"))
    return uow.composed(
        sql.Composed(parts),
        {
            "institution": uow.institution_id,
            "type": type_name,
            "subject": subject_id,
            "before": before,
            "limit": limit,
        },
    )
