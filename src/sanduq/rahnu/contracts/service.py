"""Pledge contracts: drawn up, read, found. Review and execution have modules of their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sanduq.audit import service as audit
from sanduq.audit.service import Deed
from sanduq.events import service as events
from sanduq.events.service import Event
from sanduq.kit.db import UnitOfWork
from sanduq.kit.pages import Page, PageRequest
from sanduq.rahnu.contracts import store
from sanduq.rahnu.contracts.errors import (
    PledgeChangedMeanwhile,
    PledgeNotFound,
    PledgeStateRefuses,
)
from sanduq.rahnu.contracts.model import Contract, PledgeAction, is_allowed
from sanduq.rahnu.contracts.schemas import pledge_out


def get(uow: UnitOfWork, contract_id: str) -> Contract:
    """One pledge with its things. Refuses NOT_FOUND."""
    found = store.load(uow, [contract_id])
    if contract_id not in found:
        raise PledgeNotFound
    return found[contract_id]


def load(uow: UnitOfWork, ids: Sequence[str]) -> dict[str, Contract]:
    """The pledges of these ids; ids nobody knows are left out."""
    return store.load(uow, ids) if ids else {}


def search(uow: UnitOfWork, filters: Mapping[str, Any], request: PageRequest) -> Page[Contract]:
    """Pledges that match every filter, newest first."""
    return store.search(uow, filters, request)


def locked(
    uow: UnitOfWork, contract_id: str, action: PledgeAction, etag: str | None = None
) -> Contract:
    """The pledge, locked until the unit of work ends, in a state that allows `action`.

    Refuses NOT_FOUND; CONFLICT when it changed since the caller's copy or its state refuses.
    """
    found = store.load(uow, [contract_id], is_locked=True)
    if contract_id not in found:
        raise PledgeNotFound
    contract = found[contract_id]
    if etag is not None and contract.etag not in [tag.strip() for tag in etag.split(",")]:
        raise PledgeChangedMeanwhile
    if not is_allowed(action, contract.status):
        raise PledgeStateRefuses.of(contract_id, contract.status, action)
    return contract


def changed(
    uow: UnitOfWork,
    contract_id: str,
    event: str,
    deed: str,
    *,
    reason: str | None = None,
    details: Mapping[str, Any] | None = None,
) -> Contract:
    """The pledge after a change, told to the audit log and to the outside."""
    contract = get(uow, contract_id)
    audit.record(uow, [Deed(deed, contract_id, reason, dict(details or {}))])
    events.record(uow, [Event(event, contract_id, pledge_out(contract))])
    return contract
