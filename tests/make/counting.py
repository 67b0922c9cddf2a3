"""Databases that count the statements sent to them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg
from psycopg_pool import ConnectionPool

from sanduq.kit.db import Database


class CountedCursor(psycopg.Cursor[Any]):
    """Counts the statements sent through it, whatever connection it is of."""

    count = 0

    def execute(self, *arguments: Any, **named: Any) -> Any:
        CountedCursor.count += 1
        return super().execute(*arguments, **named)


class CountedDatabase(Database):
    """A database whose connections count their statements."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self._pool = ConnectionPool(
            url,
            min_size=1,
            max_size=4,
            open=False,
            kwargs={**self._pool.kwargs, "cursor_factory": CountedCursor},
        )


def statements(call: Callable[[], Any]) -> int:
    """How many statements a call sends."""
    before = CountedCursor.count
    call()
    return CountedCursor.count - before
