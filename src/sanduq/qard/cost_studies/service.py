"""Cost studies: recorded by one, agreed to by finance and by the Shariah board."""

from __future__ import annotations

from collections.abc import Collection
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
from sanduq.qard import rules
from sanduq.qard.cost_studies import events, store
from sanduq.qard.cost_studies.errors import CostStudyChanged, UnknownCostStudy
from sanduq.qard.cost_studies.model import (
    PRODUCT_TYPES,
    Capacity,
    NewCostStudy,
    RecordedCostStudy,
)
from sanduq.qard.facts import QardFacts
from sanduq.qard.model import CostStudy, is_study_current
from sanduq.shariah import service as shariah
from sanduq.shariah.model import Evaluation, ShariahProfile, settled

STUDY_RULES = ("QRD-04", "QRD-06")


def create_cost_study(uow: UnitOfWork, new: NewCostStudy) -> RecordedCostStudy:
    """Records a study and asks finance and the Shariah board to agree to it.

    Refuses VALIDATION_ERROR a contract whose fee needs no study, a date ahead, an unknown
    resolution; SHARIAH_VIOLATION a cost that is not direct and not declared indirect (QRD-04,
    AAOIFI SS 19 9/2), or the pool method without a resolution in force for it (QRD-06, 9/1);
    CONFLICT an external_id already used.
    """
    if new.product_type not in PRODUCT_TYPES:
        raise ValidationFailed.field(
            "product_type", "not_offered", f"a cost study is for {', '.join(PRODUCT_TYPES)}"
        )
    if new.study_on > uow.today:
        raise ValidationFailed.field("study_date", "in_the_future", "that day has not come yet")
    record = RecordedCostStudy(
        **{each.name: getattr(new, each.name) for each in fields(NewCostStudy)},
        cost_study_id=new_id("cst"),
        created_at=uow.now,
        created_by=uow.actor.user_id,
    )
    _check(uow, record, "cost_study.create")
    store.insert(uow, record)
    for capacity in Capacity:
        access.request_approvals(uow, capacity.action, [(record.cost_study_id, None)])
    audit.record(uow, [audit.Deed("cost_study.create", record.cost_study_id)])
    outbox.record(uow, [events.created(record)])
    return record


def approve_cost_study(
    uow: UnitOfWork,
    cost_study_id: str,
    capacity: Capacity,
    *,
    reason: str | None = None,
    if_match: str | None = None,
) -> RecordedCostStudy:
    """Agrees to a study in one office; with both, fees may rest on it.

    Refuses NOT_FOUND; CONFLICT when that office has agreed already or the study changed since
    it was read; FORBIDDEN the maker and roles without that office; SHARIAH_VIOLATION when a
    rule no longer holds, as when the resolution on the pool method has lapsed.
    """
    record = store.get(uow, cost_study_id, is_locked=True)
    if record is None:
        raise UnknownCostStudy
    if if_match is not None and record.etag not in [tag.strip() for tag in if_match.split(",")]:
        raise CostStudyChanged
    access.decide(uow, capacity.action, cost_study_id, is_approved=True, reason=reason)
    _check(uow, record, capacity.action)
    store.set_agreement(uow, cost_study_id, capacity)
    record = get_cost_study(uow, cost_study_id)
    audit.record(uow, [audit.Deed(capacity.action, cost_study_id, reason)])
    if record.is_approved:
        outbox.record(uow, [events.approved(record)])
    return record


def get_cost_study(uow: UnitOfWork, cost_study_id: str) -> RecordedCostStudy:
    """One study on record. Refuses NOT_FOUND."""
    record = store.get(uow, cost_study_id)
    if record is None:
        raise UnknownCostStudy
    return record


def list_cost_studies(
    uow: UnitOfWork,
    request: PageRequest,
    *,
    product_type: str | None = None,
    asset: Asset | None = None,
    external_id: str | None = None,
) -> Page[RecordedCostStudy]:
    """Studies, newest first."""
    filters = {
        "product_type": product_type,
        "asset": str(asset) if asset is not None else None,
        "external_id": external_id,
    }
    return store.select_page(uow, request, filters)


def latest_approved(uow: UnitOfWork, product_type: str, asset: Asset, on: date) -> CostStudy | None:
    """The study a fee may rest on that day: agreed by both, at most twelve months old (QRD-09).

    Its `product_id` is the product type, since one study serves all products of a type.
    """
    record = store.latest_approved(uow, product_type, asset, on)
    if record is None or not is_study_current(record.study, on):
        return None
    return record.study


def load_studies(uow: UnitOfWork, ids: Collection[str]) -> dict[str, CostStudy]:
    """The studies of these ids, agreed to or not; ids nobody knows are left out."""
    return {r.cost_study_id: r.study for r in store.load(uow, ids)} if ids else {}


def _check(uow: UnitOfWork, record: RecordedCostStudy, action: str) -> None:
    """Runs the rules a study must keep by itself, writes them down, refuses what they stop.

    The pool's method is settled only by the resolution the study names. What fees the pool may
    bear is asked when there are fees; at this point there are none.
    """
    named = [record.resolution_id] if record.resolution_id is not None else []
    resolutions = shariah.load_resolutions(uow, named)
    if len(resolutions) < len(named):
        raise ValidationFailed.field(
            "resolution_id", "unknown_resolution", "there is no such resolution"
        )
    facts = QardFacts(
        on=uow.today,
        asset=record.asset,
        profile=ShariahProfile(uow.shariah_profile),
        resolutions=tuple(found.as_resolution for found in resolutions.values()),
        product_id=record.product_type,
        cost_study=record.study,
        pool_fee_minor_total=0,
    )
    evaluations = [
        Evaluation(
            rule_id,
            tuple(settled(f, facts.resolutions, facts.on) for f in rules.CHECKS[rule_id](facts)),
        )
        for rule_id in STUDY_RULES
    ]
    shariah.enforce(finding for each in evaluations for finding in each.findings)
    shariah.store_evaluations(uow, record.cost_study_id, action, evaluations, facts)
