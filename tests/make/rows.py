"""What is stored, counted with the owner's rights: nothing can hide behind the application's."""

from __future__ import annotations

from typing import Any

import psycopg


def counted(owner_url: str, statement: str, *parameters: Any) -> int:
    """The one number a statement answers."""
    with psycopg.connect(owner_url) as connection:
        row = connection.execute(statement.encode(), parameters or None).fetchone()
    assert row is not None
    return int(row[0])


def journals(owner_url: str) -> int:
    """How many journals there are."""
    return counted(owner_url, "select count(*) from ledger.journal")


def run_as_owner(owner_url: str, statement: str) -> None:
    """Carries out one or several statements and commits."""
    with psycopg.connect(owner_url) as connection:
        connection.execute(statement.encode())
