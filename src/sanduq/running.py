"""A database to work on: the server the settings name, or the embedded one."""

from __future__ import annotations

from dataclasses import dataclass

import psycopg

from sanduq.kit.db import Database
from sanduq.kit.embedded import EmbeddedServer, start_embedded
from sanduq.migrations import migrate as bring_up_to_date
from sanduq.settings import Settings


@dataclass(frozen=True, slots=True)
class RunningDatabase:
    """`db` is not connected yet: who uses it opens it. `embedded` is ours to stop."""

    owner_url: str
    db: Database
    embedded: EmbeddedServer | None

    def close(self) -> None:
        """Gives up the connections, and the embedded server once nobody else holds it."""
        self.db.close()
        if self.embedded is not None:
            self.embedded.stop()

    def __enter__(self) -> RunningDatabase:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


def open_database(settings: Settings, *, migrate: bool = False) -> RunningDatabase:
    """Finds the database of `settings`, starting the embedded server when none is named.

    With `migrate` its tables and functions are brought to this version first. Refuses
    (`EmbeddedServerError`, `psycopg.OperationalError`) a server that cannot be reached.
    """
    embedded = None if settings.database_url else start_embedded(settings.data)
    owner_url = embedded.owner_url if embedded is not None else str(settings.database_url)
    try:
        if migrate:
            bring_up_to_date(owner_url)
        else:
            psycopg.connect(owner_url, connect_timeout=10).close()
    except BaseException:
        if embedded is not None:
            embedded.stop()
        raise
    app_url = settings.app_database_url or owner_url
    return RunningDatabase(owner_url, Database(app_url, pool_max=settings.pool_max), embedded)
