"""SQL of the outbox."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from psycopg import sql

from sanduq.kit.db import Row, UnitOfWork
from sanduq.kit.json import dumps
from sanduq.kit.listing import newest_first
from sanduq.kit.pages import PageRequest

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


_EVENT = sql.SQL(
    "select event_id, type, version, subject_id, occurred_at, is_live, data::text, metadata::text"
    " from events.event where institution_id = %(institution)s"
)


def select(
    uow: UnitOfWork, *, type_name: str | None, subject_id: str | None, request: PageRequest
) -> tuple[list[Row], int | None]:
    query: sql.Composable = _EVENT
    parameters: dict[str, Any] = {"institution": uow.institution_id}
    if type_name is not None:
        query = query + sql.SQL(" and type = %(type)s")
        parameters["type"] = type_name
    if subject_id is not None:
        query = query + sql.SQL(" and subject_id = %(subject)s")
        parameters["subject"] = subject_id
    return newest_first(uow, query, parameters, request, order=("event_id",))


def get(uow: UnitOfWork, event_id: str) -> Row | None:
    rows = uow.composed(
        _EVENT + sql.SQL(" and event_id = %(event)s"),
        {"institution": uow.institution_id, "event": event_id},
    )
    return rows[0] if rows else None
