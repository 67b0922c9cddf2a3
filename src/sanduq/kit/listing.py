"""Newest-first lists: one statement for a page by cursor, a second for the total by page number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from psycopg import sql

from sanduq.kit.db import Row, UnitOfWork
from sanduq.kit.pages import PageRequest


def newest_first(
    uow: UnitOfWork,
    query: sql.Composable,
    parameters: Mapping[str, Any],
    request: PageRequest,
    *,
    order: Sequence[str],
) -> tuple[list[Row], int | None]:
    """Rows of `query`, one more than asked when more follow, and the total of numbered pages.

    `query` ends in its where clause; `order` names the columns of a unique key: an id alone, or
    an instant and an id, as the cursor holds them.
    """
    columns = sql.SQL(", ").join(sql.Identifier(name) for name in order)
    backwards = sql.SQL(", ").join(sql.Identifier(name) + sql.SQL(" desc") for name in order)
    bound = {**parameters, "limit_rows": request.limit + 1, "offset_rows": request.offset}
    parts: list[sql.Composable] = [query]
    if request.cursor is not None:
        marks = ["cursor_at", "cursor_id"][-len(order) :]
        bound.update(cursor_at=request.cursor[0], cursor_id=request.cursor[1])
        places = sql.SQL(", ").join(sql.Placeholder(mark) for mark in marks)
        parts.append(sql.SQL(" and ({}) < ({})").format(columns, places))
    parts.append(sql.SQL(" order by {}").format(backwards))
    parts.append(sql.SQL(" limit %(limit_rows)s offset %(offset_rows)s"))
    rows = uow.composed(sql.Composed(parts), bound)
    if request.page is None:
        return rows, None
    counted = uow.composed(
        sql.SQL("select count(*) from ({}) counted").format(query), dict(parameters)
    )
    return rows, int(counted[0][0])
