"""Indicators: the catalogue everyone has, and what an institution adds to it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import UTC, datetime

from sanduq.audit import service as audit
from sanduq.events import service as outbox
from sanduq.kit.db import UnitOfWork
from sanduq.kit.errors import ValidationFailed
from sanduq.kit.pages import Page, PageRequest
from sanduq.microfinance.programs.indicators import events, store
from sanduq.microfinance.programs.indicators.catalogue import iris_version, load_catalogue
from sanduq.microfinance.programs.indicators.errors import IndicatorCodeTaken, UnknownIndicator
from sanduq.microfinance.programs.indicators.model import Category, Indicator, check_new

_START = datetime(1970, 1, 1, tzinfo=UTC)


def create_indicator(uow: UnitOfWork, new: Indicator) -> Indicator:
    """Adds an indicator of the institution's own; what it means is never changed afterwards.

    Refuses VALIDATION_ERROR a code of the catalogue, a figure the books know, and a way to put
    answers together that does not fit their unit; CONFLICT a code already used.
    """
    check_new(new, load_catalogue())
    version = iris_version() if new.iris_code is not None else None
    indicator = replace(new, iris_version=version, created_at=uow.now, created_by=uow.actor.user_id)
    if not store.insert(uow, indicator):
        raise IndicatorCodeTaken
    audit.record(uow, [audit.Deed("indicator.create", indicator.code)])
    outbox.record(uow, [events.created(indicator)])
    return indicator


def get_indicator(uow: UnitOfWork, code: str) -> Indicator:
    """One indicator, of the catalogue or the institution's own. Refuses NOT_FOUND."""
    found = load_indicators(uow, [code])
    if code not in found:
        raise UnknownIndicator
    return found[code]


def load_indicators(uow: UnitOfWork, codes: Collection[str]) -> Mapping[str, Indicator]:
    """The indicators of these codes, in at most one query; codes nobody knows are left out."""
    catalogue = load_catalogue()
    own = [code for code in codes if code not in catalogue]
    added = store.load(uow, own) if own else []
    found = {code: catalogue[code] for code in codes if code in catalogue}
    return found | {indicator.code: indicator for indicator in added}


def require_known(uow: UnitOfWork, fields_by_code: Mapping[str, str]) -> Mapping[str, Indicator]:
    """The indicators named; refuses VALIDATION_ERROR with the field of each one unknown."""
    found = load_indicators(uow, list(fields_by_code))
    missing = [code for code in fields_by_code if code not in found]
    if missing:
        details = [
            {
                "field": fields_by_code[code],
                "code": "unknown_indicator",
                "message": f"there is no indicator {code!r}; list /indicators or define it first",
            }
            for code in missing
        ]
        raise ValidationFailed(details[0]["message"], details=details)
    return found


def list_indicators(
    uow: UnitOfWork, request: PageRequest, *, category: Category | None = None
) -> Page[Indicator]:
    """The institution's own indicators, newest first."""
    return store.select_page(uow, request, category)


def list_catalogue(request: PageRequest, *, category: Category | None = None) -> Page[Indicator]:
    """The catalogue in its order. Refuses VALIDATION_ERROR a cursor that marks no indicator."""
    every = [each for each in load_catalogue().values() if category in (None, each.category)]
    start = request.offset
    if request.cursor is not None:
        places = {each.code: place for place, each in enumerate(every, start=1)}
        if request.cursor[1] not in places:
            raise ValidationFailed.field(
                "cursor", "unknown_cursor", "that cursor marks no indicator"
            )
        start = places[request.cursor[1]]
    found = every[start : start + request.limit + 1]
    total = len(every) if request.page is not None else None
    return Page.of(found, request, lambda each: (_START, each.code), total)
