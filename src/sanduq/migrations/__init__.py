"""Brings a database to the current shape: versioned tables first, then re-applied functions."""

from __future__ import annotations

from importlib import resources
from importlib.resources.abc import Traversable

import psycopg
import sqlalchemy
from alembic import command
from alembic.config import Config
from procrastinate.schema import SchemaManager

MIGRATION_LOCK = 0x53414E445551  # "SANDUQ": one migrating process at a time


def migrate(owner_url: str) -> None:
    """Upgrades tables (alembic), re-creates functions, re-applies rights and the job tables.

    Safe to run again and from several processes at once: they wait for one another.
    """
    engine = sqlalchemy.create_engine(
        owner_url.replace("postgresql://", "postgresql+psycopg://", 1),
        poolclass=sqlalchemy.pool.NullPool,
    )
    with psycopg.connect(owner_url, autocommit=True) as guard:
        guard.execute("select pg_advisory_lock(%s)", (MIGRATION_LOCK,))
        with engine.connect() as connection:
            connection.exec_driver_sql("set lock_timeout = '20s'")
            connection.commit()
            config = Config()
            config.set_main_option("script_location", "sanduq:migrations")
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            connection.commit()
        with psycopg.connect(owner_url) as connection_for_functions:
            for text in _functions():
                connection_for_functions.execute(text.encode())
            _install_jobs(connection_for_functions)
            connection_for_functions.execute(
                resources.files(__name__).joinpath("sql", "rights.sql").read_text().encode()
            )


def _install_jobs(connection: psycopg.Connection) -> None:
    """The job tables, in a schema of their own. Theirs are not ours to version: once is enough."""
    row = connection.execute("select to_regclass('procrastinate.procrastinate_jobs')").fetchone()
    if row is not None and row[0] is not None:
        return
    connection.execute("create schema if not exists procrastinate")
    connection.execute("set local search_path to procrastinate")
    connection.execute(SchemaManager.get_schema().encode())
    connection.execute("reset search_path")


def _functions() -> list[str]:
    """Every `sql/*.sql` of a domain that creates a function, by path."""
    found: list[tuple[str, str]] = []
    root = resources.files("sanduq")
    for domain in root.iterdir():
        if domain.is_dir() and domain.name != "migrations":
            found += _function_files(domain)
    return [
        text for _, text in sorted(found, key=lambda item: (_checked_when_run(item[1]), item[0]))
    ]


def _function_files(domain: Traversable) -> list[tuple[str, str]]:
    folder = domain.joinpath("sql")
    if not folder.is_dir():
        return []
    texts = [(f"{domain.name}/{file.name}", file.read_text()) for file in folder.iterdir()]
    return [(name, text) for name, text in texts if "create or replace function" in text]


def _checked_when_run(text: str) -> int:
    """plpgsql bodies are checked when first run, SQL bodies at once: the latter come first."""
    return 1 if "language plpgsql" in text else 0
