"""SQL of lending groups."""

from __future__ import annotations

from collections.abc import Collection

from sanduq.kit.db import UnitOfWork


def insert(uow: UnitOfWork, group_id: str, name: str, type_name: str) -> None:
    uow.execute(
        "insert into microfinance.lending_group (institution_id, group_id, name, type, created_at)"
        " values (%s, %s, %s, %s, %s)",
        uow.institution_id,
        group_id,
        name,
        type_name,
        uow.now,
    )


def exists(uow: UnitOfWork, group_id: str) -> bool:
    row = uow.one(
        "select 1 from microfinance.lending_group where institution_id = %s and group_id = %s",
        uow.institution_id,
        group_id,
    )
    return row is not None


def known(uow: UnitOfWork, group_ids: Collection[str]) -> set[str]:
    rows = uow.all(
        "select group_id from microfinance.lending_group"
        " where institution_id = %s and group_id = any(%s)",
        uow.institution_id,
        list(group_ids),
    )
    return {row[0] for row in rows}
