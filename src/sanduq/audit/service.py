"""Who did what, when and why. Append-only; written in the unit of work it tells about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sanduq.audit import store
from sanduq.kit.db import UnitOfWork
from sanduq.kit.pages import Page, PageRequest


@dataclass(frozen=True, slots=True)
class Deed:
    """One act on one subject."""

    action: str
    subject_id: str
    reason: str | None = None
    details: Mapping[str, Any] = field(default_factory=dict)
    request_id: str | None = None  # None: the unit of work's own request


@dataclass(frozen=True, slots=True)
class AuditRecord:
    """A deed as it was written down; `details` is JSON text."""

    record_id: str
    at: datetime
    user_id: str
    credential_id: str
    request_id: str
    action: str
    subject_id: str
    reason: str | None
    details: Any


def record(uow: UnitOfWork, deeds: Sequence[Deed]) -> None:
    """Writes down what the actor of this unit of work did, in one statement."""
    if deeds:
        store.insert(
            uow, [(d.action, d.subject_id, d.reason, d.details, d.request_id) for d in deeds]
        )


def list_records(
    uow: UnitOfWork,
    *,
    subject_id: str | None,
    user_id: str | None,
    action: str | None,
    request: PageRequest,
) -> Page[AuditRecord]:
    """Audit records, newest first."""
    rows, total = store.select(
        uow, {"subject_id": subject_id, "user_id": user_id, "action": action}, request
    )
    found = [AuditRecord(*row) for row in rows]
    return Page.of(found, request, lambda one: (one.at, one.record_id), total)
