"""Lending groups: entered under their own ids, so that loans can name them."""

from __future__ import annotations

from collections.abc import Collection

from sanduq.kit.db import UnitOfWork
from sanduq.kit.ids import own_id
from sanduq.microfinance.groups import store


def create_group(uow: UnitOfWork, group_id: str, name: str, type_name: str) -> None:
    """Enters a group under the id it brings. Refuses VALIDATION_ERROR another kind of id."""
    store.insert(uow, own_id(group_id, "grp", "group_id"), name, type_name)


def group_exists(uow: UnitOfWork, group_id: str) -> bool:
    """Whether the institution has such a group."""
    return store.exists(uow, group_id)


def known_groups(uow: UnitOfWork, group_ids: Collection[str]) -> set[str]:
    """Those of the ids that are groups of the institution, in one query."""
    return store.known(uow, group_ids) if group_ids else set()
