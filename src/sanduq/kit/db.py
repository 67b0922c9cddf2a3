"""The database: one pool, one unit of work per request, and the only place that commits."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, LiteralString, TypeVar

import psycopg
from opentelemetry import trace
from psycopg import sql
from psycopg_pool import ConnectionPool

from sanduq.kit import arrays
from sanduq.kit.clock import Clock, local_date

_T = TypeVar("_T")
Row = tuple[Any, ...]
Connection = psycopg.Connection[Row]

APP_ROLE = "sanduq_app"
RETRIES_MAX = 4

_tracer = trace.get_tracer("sanduq.db")


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, where, and what the credential allows. `limits` is by (action, asset)."""

    institution_id: int
    institution: str
    user_id: str
    credential_id: str
    scopes: frozenset[str]
    roles: frozenset[str]
    is_live: bool
    rate_limit_per_minute: int = 600


@dataclass(slots=True)
class UnitOfWork:
    """One transaction on one institution's data. Services use it; none of them commits."""

    connection: Connection
    actor: Actor
    clock: Clock
    time_zone: str
    shariah_profile: str
    request_id: str
    after_commit: list[Callable[[], None]] = field(default_factory=list)

    @property
    def institution_id(self) -> int:
        return self.actor.institution_id

    @property
    def now(self) -> datetime:
        return self.clock.now()

    @property
    def today(self) -> date:
        """The institution's calendar day."""
        return local_date(self.clock.now(), self.time_zone)

    def all(self, query: LiteralString, *parameters: Any) -> list[Row]:
        """Every row of one statement."""
        return self.connection.execute(query, _bound(parameters)).fetchall()

    def one(self, query: LiteralString, *parameters: Any) -> Row | None:
        """The first row of one statement, or nothing."""
        return self.connection.execute(query, _bound(parameters)).fetchone()

    def execute(self, query: LiteralString, *parameters: Any) -> int:
        """Runs one statement; the number of rows it touched."""
        return self.connection.execute(query, _bound(parameters)).rowcount

    def composed(self, query: sql.SQL | sql.Composed, parameters: dict[str, Any]) -> list[Row]:
        """Every row of a statement built with `psycopg.sql`."""
        return self.connection.execute(query, parameters).fetchall()

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """What happens inside is undone alone if it raises."""
        with self.connection.transaction():
            yield


def _bound(parameters: tuple[Any, ...]) -> Any:
    """Positional parameters as they are; a single mapping binds by name."""
    if len(parameters) == 1 and isinstance(parameters[0], dict):
        return parameters[0]
    return parameters or None


class Database:
    """A pool of connections in the application's role."""

    def __init__(self, url: str, *, pool_max: int = 16, statement_timeout_s: int = 30) -> None:
        self.url = url
        self._pool = ConnectionPool(
            url,
            min_size=1,
            max_size=pool_max,
            open=False,
            configure=arrays.install,
            kwargs={
                "application_name": "sanduq",
                "options": (
                    f"-c role={APP_ROLE} -c statement_timeout={statement_timeout_s}s"
                    " -c plan_cache_mode=force_generic_plan -c lock_timeout=8s"
                    " -c idle_in_transaction_session_timeout=15s"
                ),
            },
        )

    def open(self) -> None:
        """Connects; raises when the server cannot be reached within ten seconds."""
        self._pool.open(wait=True, timeout=10)

    def close(self) -> None:
        """Gives the connections back."""
        self._pool.close()

    def __enter__(self) -> Database:
        self.open()
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """One transaction: committed when the block ends, undone when it raises."""
        with self._pool.connection() as connection, _tracer.start_as_current_span("unit_of_work"):
            try:
                yield connection
                connection.commit()
            except BaseException:
                if not connection.closed:
                    connection.rollback()
                raise


def retrying(work: Callable[[], _T], *, attempts: int = RETRIES_MAX) -> _T:
    """Runs `work` again when the database chose it as the victim of a deadlock or conflict.

    `work` must open and commit its own unit of work, so that nothing of a failed try remains.
    """
    for attempt in range(1, attempts + 1):
        try:
            return work()
        except (psycopg.errors.DeadlockDetected, psycopg.errors.SerializationFailure):
            if attempt == attempts:
                raise
            time.sleep(random.uniform(0.005, 0.03) * attempt)  # noqa: S311 - jitter, not a secret
    raise AssertionError("unreachable")
