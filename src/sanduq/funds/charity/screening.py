"""Whether a name is the institution's own or one of its staff's (rule CHR-02)."""

from __future__ import annotations

from sanduq.access import service as access
from sanduq.kit.db import UnitOfWork
from sanduq.kit.pages import LIMIT_MAX, PageRequest, read_cursor


def is_own_name(uow: UnitOfWork, name: str) -> bool:
    """Whether the institution itself is called so; case and spaces do not count."""
    institution = access.get_institution(uow)
    return _plain(name) in {_plain(institution.name), _plain(institution.id)}


def is_staff_name(uow: UnitOfWork, name: str) -> bool:
    """Whether a member of the staff, past or present, is called so."""
    wanted = _plain(name)
    page = access.list_users(uow, PageRequest(limit=LIMIT_MAX))
    while True:
        if any(_plain(user.name) == wanted for user in page.items):
            return True
        if page.next_cursor is None:
            return False
        request = PageRequest(limit=LIMIT_MAX, cursor=read_cursor(page.next_cursor))
        page = access.list_users(uow, request)


def _plain(name: str) -> str:
    return " ".join(name.casefold().split())
