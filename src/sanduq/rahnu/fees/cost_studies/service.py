"""Custody cost studies: recorded by one, agreed to by finance and by the Shariah board."""

from __future__ import annotations

from dataclasses import fields
from datetime import date

from sanduq.access import service as access
from sanduq.audit import service as audit
from sanduq.events import service as outbox
from sanduq.kit.db import UnitOfWork
from sanduq.kit.errors import ValidationFailed
from sanduq.kit.ids import new_id
from sanduq.kit.money import Asset
from sanduq.kit.pages import Page, PageRequest
from sanduq.qard.cost_studies.model import Capacity
from sanduq.rahnu.fees.cost_studies import events, store
from sanduq.rahnu.fees.cost_studies.errors import (
    CustodyCostStudyChanged,
    OneOfficeEach,
    UnknownCustodyCostStudy,
)
from sanduq.rahnu.fees.cost_studies.model import (
    CustodyCostKind,
    CustodyCostStudy,
    NewCustodyCostStudy,
    action_of,
)


def create_study(uow: UnitOfWork, new: NewCustodyCostStudy) -> CustodyCostStudy:
    """Records a study and asks finance and the Shariah board to agree to it.

    Refuses VALIDATION_ERROR a day ahead, a period that ends before it begins or after the day of
    the study, a cost that keeping does not cause and that is not declared indirect (a salary of
    those who lend, a profit, a guarantee: AAOIFI SS 57 5/4/2); CONFLICT an external_id in use.
    """
    _check_days(uow, new)
    for place, line in enumerate(new.lines):
        if not line.is_custody_cost and not line.is_indirect:
            raise ValidationFailed.field(
                f"lines.{place}.kind",
                "not_a_custody_cost",
                f"{line.kind} is not a cost of keeping; declare it indirect, and it will not count"
                f" (costs of keeping: {', '.join(CustodyCostKind)})",
            )
    record = CustodyCostStudy(
        **{each.name: getattr(new, each.name) for each in fields(NewCustodyCostStudy)},
        custody_cost_study_id=new_id("ccs"),
        created_at=uow.now,
        created_by=uow.actor.user_id,
    )
    store.insert(uow, record)
    for capacity in Capacity:
        access.request_approvals(uow, action_of(capacity), [(record.custody_cost_study_id, None)])
    audit.record(uow, [audit.Deed("custody_cost.create", record.custody_cost_study_id)])
    outbox.record(uow, [events.created(record)])
    return record


def approve_study(
    uow: UnitOfWork,
    study_id: str,
    capacity: Capacity,
    *,
    reason: str | None = None,
    if_match: str | None = None,
) -> CustodyCostStudy:
    """Agrees to a study in one office; with both, custody fees may rest on it.

    Refuses NOT_FOUND; CONFLICT when that office has agreed already, the study changed since it
    was read, or the same person agreed in the other office; FORBIDDEN the maker and roles
    without that office.
    """
    record = store.get(uow, study_id, is_locked=True)
    if record is None:
        raise UnknownCustodyCostStudy
    if if_match is not None and record.etag not in [tag.strip() for tag in if_match.split(",")]:
        raise CustodyCostStudyChanged
    action = action_of(capacity)
    access.decide(uow, action, study_id, is_approved=True, reason=reason)
    other = record.shariah if capacity is Capacity.FINANCE else record.finance
    if other is not None and other.user_id == uow.actor.user_id:
        raise OneOfficeEach
    store.set_agreement(uow, study_id, capacity)
    record = get_study(uow, study_id)
    audit.record(uow, [audit.Deed(action, study_id, reason)])
    if record.is_approved:
        outbox.record(uow, [events.approved(record)])
    return record


def get_study(uow: UnitOfWork, study_id: str) -> CustodyCostStudy:
    """One study on record. Refuses NOT_FOUND."""
    record = store.get(uow, study_id)
    if record is None:
        raise UnknownCustodyCostStudy
    return record


def list_studies(
    uow: UnitOfWork,
    request: PageRequest,
    *,
    asset: Asset | None = None,
    external_id: str | None = None,
) -> Page[CustodyCostStudy]:
    """Studies, newest first."""
    filters = {"asset": str(asset) if asset is not None else None, "external_id": external_id}
    return store.select_page(uow, request, filters)


def latest_approved(uow: UnitOfWork, asset: Asset, on: date) -> CustodyCostStudy | None:
    """The study a fee may rest on that day: agreed to by both, at most twelve months old."""
    record = store.latest_approved(uow, asset, on)
    return record if record is not None and record.is_current(on) else None


def _check_days(uow: UnitOfWork, new: NewCustodyCostStudy) -> None:
    if new.study_on > uow.today:
        raise ValidationFailed.field("study_date", "in_the_future", "that day has not come yet")
    if new.period_to_on > new.study_on:
        raise ValidationFailed.field(
            "period_to", "after_the_study", "a study tells of days that are over when it is made"
        )
    if new.period_from_on > new.period_to_on:
        raise ValidationFailed.field(
            "period_from", "after_end", "a period begins on or before the day it ends"
        )
