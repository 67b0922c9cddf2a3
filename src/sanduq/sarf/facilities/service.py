"""Facilities as they stand: found, held, changed, told."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from sanduq.audit import service as audit
from sanduq.events import service as outbox
from sanduq.kit.db import UnitOfWork
from sanduq.kit.pages import Page, PageRequest
from sanduq.sarf.facilities import events, store
from sanduq.sarf.facilities.errors import FacilityChanged, FacilityState, UnknownFacility
from sanduq.sarf.facilities.model import Facility, FacilityAction, FacilityFilters, may


def get(uow: UnitOfWork, facility_id: str) -> Facility:
    """One facility. Refuses NOT_FOUND."""
    found = store.load(uow, [facility_id]).get(facility_id)
    if found is None:
        raise UnknownFacility
    return found


def search(uow: UnitOfWork, filters: FacilityFilters, request: PageRequest) -> Page[Facility]:
    """Facilities, newest first."""
    return store.select_page(uow, filters, request)


def held(uow: UnitOfWork, facility_id: str) -> Facility:
    """A facility, held against others, whatever its state. Refuses NOT_FOUND."""
    found = held_all(uow, [facility_id])
    if not found:
        raise UnknownFacility
    return found[0]


def held_all(uow: UnitOfWork, facility_ids: Collection[str]) -> list[Facility]:
    """Facilities, held against others, in the order of their ids; those unknown are left out."""
    if not store.load(uow, facility_ids, is_locked=True):
        return []
    # Their promises and purchases may have changed while the locks were waited for.
    return list(store.load(uow, facility_ids).values())


def locked(
    uow: UnitOfWork, facility_id: str, action: FacilityAction, etag: str | None = None
) -> Facility:
    """The same for a verb. Refuses NOT_FOUND, CONFLICT (state, or read before it changed)."""
    found = held(uow, facility_id)
    if etag is not None and etag != found.etag:
        raise FacilityChanged
    if not may(action, found.status):
        raise FacilityState.of(facility_id, action, found.status)
    return found


def changed(
    uow: UnitOfWork,
    facility_id: str,
    event: str,
    deed: str,
    *,
    reason: str | None = None,
    details: Mapping[str, Any] | None = None,
) -> Facility:
    """The facility as it stands now, written down and told."""
    changed_all(uow, [facility_id], event, deed, reason=reason, details=details)
    return get(uow, facility_id)


def changed_all(
    uow: UnitOfWork,
    facility_ids: Collection[str],
    event: str,
    deed: str,
    *,
    reason: str | None = None,
    details: Mapping[str, Any] | None = None,
) -> None:
    """Several facilities as they stand now, written down and told."""
    if not facility_ids:
        return
    facilities = store.load(uow, facility_ids).values()
    told = dict(details or {})
    audit.record(uow, [audit.Deed(deed, one.facility_id, reason, told) for one in facilities])
    outbox.record(uow, [events.event(event, one) for one in facilities])
