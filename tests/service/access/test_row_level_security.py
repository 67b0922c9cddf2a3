"""No query crosses institutions: the database itself sees to it."""

from __future__ import annotations

import psycopg
import pytest
from psycopg import sql

from sanduq.kit.db import APP_ROLE

TABLES = (
    "select n.nspname, c.relname, c.relrowsecurity from pg_class c"
    " join pg_namespace n on n.oid = c.relnamespace"
    " join pg_attribute a on a.attrelid = c.oid and a.attname = 'institution_id'"
    " where c.relkind = 'r' and n.nspname not in ('pg_catalog', 'information_schema')"
    " order by 1, 2"
)


def test_every_table_of_an_institution_is_guarded(owner_url: str) -> None:
    with psycopg.connect(owner_url) as connection:
        tables = connection.execute(TABLES).fetchall()
    assert len(tables) > 25
    assert [f"{schema}.{name}" for schema, name, is_guarded in tables if not is_guarded] == []


def test_every_key_of_a_guarded_table_begins_with_the_institution(owner_url: str) -> None:
    query = (
        "select n.nspname || '.' || c.relname || ': ' || i.relname from pg_index x"
        " join pg_class c on c.oid = x.indrelid join pg_class i on i.oid = x.indexrelid"
        " join pg_namespace n on n.oid = c.relnamespace"
        " join pg_attribute g on g.attrelid = c.oid and g.attname = 'institution_id'"
        " where x.indisunique and x.indkey[0] <> g.attnum"
        # A key is found before its institution is known; the id and the hash say which it is.
        " and i.relname not in ('api_key_hash', 'institution_id_key') and c.relkind = 'r'"
    )
    with psycopg.connect(owner_url) as connection:
        assert connection.execute(query).fetchall() == []


@pytest.mark.parametrize("setting", ["", "2"])
def test_the_application_sees_no_row_of_another_institution(owner_url: str, setting: str) -> None:
    with psycopg.connect(owner_url, options=f"-c role={APP_ROLE}") as connection:
        connection.execute("select set_config('sanduq.institution_id', %s, true)", (setting,))
        for schema, name, _ in connection.execute(TABLES).fetchall():
            query = sql.SQL("select count(*) from {} where institution_id = 1").format(
                sql.Identifier(schema, name)
            )
            assert connection.execute(query).fetchone() == (0,), name


def test_the_application_cannot_write_into_another_institution(owner_url: str) -> None:
    with psycopg.connect(owner_url, options=f"-c role={APP_ROLE}") as connection:
        connection.execute("select set_config('sanduq.institution_id', '2', true)")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(
                "insert into access.branch values (1, 'brn_intruder', 'x', false, now())"
            )
