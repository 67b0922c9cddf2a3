"""The outbox: an event exists exactly if the unit of work that caused it was committed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sanduq.events import store
from sanduq.kit.db import UnitOfWork
from sanduq.kit.errors import NotFound
from sanduq.kit.ids import new_id
from sanduq.kit.pages import Page, PageRequest

VERSION = "1.0"


@dataclass(frozen=True, slots=True)
class EventType:
    """A declared event: its name, when it happens, and the OpenAPI component its data has."""

    name: str
    description: str
    payload: str


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to `subject_id`; `data` is the object as the API renders it."""

    type: str
    subject_id: str
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """An event as it lies in the outbox; `data` and `metadata` are JSON text."""

    event_id: str
    type: str
    version: str
    subject_id: str
    occurred_at: datetime
    is_live: bool
    data: Any
    metadata: Any


Handler = Callable[[UnitOfWork, Sequence[Event]], None]

_register: dict[str, EventType] = {}
_handlers: dict[str, list[Handler]] = {}


def declare(*types: EventType) -> None:
    """Adds event types to the register; called once by each domain's `events.py`."""
    for declared in types:
        if _register.setdefault(declared.name, declared) != declared:
            raise ValueError(f"{declared.name} is declared twice, differently")


def declared_types() -> list[EventType]:
    """Every declared type, by name."""
    return sorted(_register.values(), key=lambda declared: declared.name)


def subscribe(type_name: str, handler: Handler) -> None:
    """Runs `handler` in the unit of work of every event of that type (wired at assembly)."""
    _handlers.setdefault(type_name, []).append(handler)


def record(uow: UnitOfWork, events: Sequence[Event]) -> None:
    """Writes events to the outbox in one statement and runs their handlers.

    Refuses (`ValueError`) a type nobody declared: the register is the contract.
    """
    if not events:
        return
    for event in events:
        if event.type not in _register:
            raise ValueError(f"{event.type} is not a declared event")
    store.insert(
        uow, [(new_id("evt"), event.type, event.subject_id, event.data) for event in events]
    )
    for type_name in sorted({event.type for event in events} & _handlers.keys()):
        concerned = [event for event in events if event.type == type_name]
        for handler in _handlers[type_name]:
            handler(uow, concerned)


def list_events(
    uow: UnitOfWork, *, type_name: str | None, subject_id: str | None, request: PageRequest
) -> Page[StoredEvent]:
    """Events of the institution, newest first."""
    rows, total = store.select(uow, type_name=type_name, subject_id=subject_id, request=request)
    found = [StoredEvent(*row) for row in rows]
    return Page.of(found, request, lambda event: (event.occurred_at, event.event_id), total)


def get_event(uow: UnitOfWork, event_id: str) -> StoredEvent:
    """One event. Refuses NOT_FOUND."""
    row = store.get(uow, event_id)
    if row is None:
        raise NotFound
    return StoredEvent(*row)
