"""A database to work on: the server the settings name, or the embedded one."""

from __future__ import annotations

from dataclasses import dataclass, replace

import psycopg

from sanduq.access import founding
from sanduq.access import service as access
from sanduq.access.founding import NewInstitution
from sanduq.kit.db import Database
from sanduq.kit.embedded import EmbeddedServer, start_embedded
from sanduq.kit.ids import new_id
from sanduq.kit.money import currency
from sanduq.migrations import migrate as bring_up_to_date
from sanduq.parties import service as parties
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


def found(running: RunningDatabase, new: NewInstitution) -> None:
    """Founds an institution under the next number, with its first user and its KYC tiers.

    Refuses CONFLICT an id that is taken, `AmountError` an unknown currency.
    """
    with psycopg.connect(running.owner_url) as owner:
        owner.execute("lock table access.institution in share row exclusive mode")
        row = owner.execute("select coalesce(max(institution_id), 0) + 1 from access.institution")
        number = int(row.fetchall()[0][0])
        founding.found_institution(owner, replace(new, institution_id=number))
        founding.add_user(owner, number, "user_admin", "Administrator", ["administrator"])
    running.db.open()
    with access.work_as(running.db, new.id, "user_admin", new_id("req")) as uow:
        parties.install_tiers(uow, [currency(new.currency)])


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
