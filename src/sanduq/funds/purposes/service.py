"""Purposes of sadaqah: written once, never widened, and asked before money leaves."""

from __future__ import annotations

from collections.abc import Collection

from sanduq.access import service as access
from sanduq.audit import service as audit
from sanduq.events import service as outbox
from sanduq.funds.purposes import events, store
from sanduq.funds.purposes.errors import PurposeTaken, PurposeUnknown
from sanduq.funds.purposes.model import STANDARD_PURPOSES, NewPurpose, Purpose, earmarked
from sanduq.kit.db import UnitOfWork
from sanduq.kit.errors import ValidationFailed
from sanduq.kit.pages import Page, PageRequest

AUTHORITY = "fund.spend"


def create_purpose(uow: UnitOfWork, new: NewPurpose) -> Purpose:
    """Writes a purpose donors may give for, with the uses it allows for good.

    Refuses FORBIDDEN without the authority `fund.spend`, CONFLICT a code that is in use.
    """
    access.require_authority(uow, AUTHORITY, None)
    install_purposes(uow)
    if not store.insert_missing(uow, [new], is_standard=False):
        raise PurposeTaken
    purpose = get_purpose(uow, new.code)
    audit.record(
        uow,
        [audit.Deed("fund.purpose.create", purpose.fund, details={"uses": sorted(new.uses)})],
    )
    outbox.record(uow, [events.created(purpose)])
    return purpose


def install_purposes(uow: UnitOfWork) -> None:
    """Gives an institution the standard purposes. Safe to run again."""
    store.insert_missing(uow, STANDARD_PURPOSES, is_standard=True)


def get_purpose(uow: UnitOfWork, code: str) -> Purpose:
    """One purpose. Refuses NOT_FOUND."""
    found = store.load(uow, [code])
    if code not in found:
        raise PurposeUnknown(f"there is no purpose {code}; GET /v1/funds/purposes lists them")
    return found[code]


def load_purposes(uow: UnitOfWork, codes: Collection[str]) -> dict[str, Purpose]:
    """The purposes of these codes, in one query; codes nobody knows are left out."""
    return store.load(uow, codes) if codes else {}


def purpose_for(
    uow: UnitOfWork,
    category: str,
    *,
    project_id: str | None = None,
    recipient_id: str | None = None,
) -> Purpose:
    """The purpose a gift of that category goes to; one of its own where the donor named more.

    A recipient counts before a project. Refuses VALIDATION_ERROR a category nobody defined.
    """
    purposes = store.load(uow, [category])
    if category not in purposes:
        install_purposes(uow)
        purposes = store.load(uow, [category])
    if category not in purposes or purposes[category].earmarked_for is not None:
        raise ValidationFailed.field(
            "category",
            "unknown_category",
            f"no purpose is called {category}; POST /v1/funds/purposes adds one to the standard"
            f" ones ({', '.join(sorted(each.code for each in STANDARD_PURPOSES))})",
        )
    target = recipient_id or project_id
    if target is None:
        return purposes[category]
    narrower = earmarked(purposes[category], target, is_organisation=recipient_id is not None)
    store.insert_missing(uow, [narrower], is_standard=False)
    return get_purpose(uow, narrower.code)


def list_purposes(uow: UnitOfWork, request: PageRequest) -> Page[Purpose]:
    """Purposes, newest first."""
    return store.select_page(uow, request)
