"""Pledges: recorded, fulfilled by donations received, withdrawn at will. No debt arises."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sanduq.audit import service as audit
from sanduq.events import service as outbox
from sanduq.funds.pledges import events, store
from sanduq.funds.pledges.errors import PledgeNotActive, PledgeUnknown
from sanduq.funds.pledges.model import NewPledge, Pledge, PledgeStatus, due_dates
from sanduq.funds.purposes import service as purposes
from sanduq.kit.db import UnitOfWork
from sanduq.kit.errors import ValidationFailed
from sanduq.kit.ids import new_id
from sanduq.kit.money import Asset
from sanduq.kit.pages import Page, PageRequest


def create_pledge(uow: UnitOfWork, new: NewPledge) -> Pledge:
    """Records what a donor means to give. It binds nobody, and nothing enters the books.

    Refuses VALIDATION_ERROR an unknown donor or category and a first day that has passed;
    CONFLICT an external id already used.
    """
    starts_on = new.starts_on or uow.today
    if starts_on < uow.today:
        raise ValidationFailed.field("start_date", "in_the_past", "a pledge looks ahead")
    purpose = purposes.purpose_for(uow, new.category, project_id=new.project_id)
    pledge = Pledge(
        pledge_id=new_id("plg"),
        external_id=new.external_id,
        donor_id=new.donor_id,
        asset=new.amount.asset,
        amount_minor=new.amount.amount_minor,
        frequency=new.frequency,
        project_id=new.project_id,
        category=new.category,
        purpose=purpose.code,
        duration_months=new.duration_months,
        starts_on=starts_on,
        instalment_count=len(due_dates(starts_on, new.frequency, new.duration_months)),
        received_minor=0,
        status=PledgeStatus.ACTIVE,
        metadata=new.metadata,
        created_at=uow.now,
        created_by=uow.actor.user_id,
        version=1,
    )
    store.insert(uow, pledge)
    audit.record(uow, [audit.Deed("sadaqah.pledge.create", pledge.pledge_id)])
    outbox.record(uow, [events.about(events.CREATED, pledge, uow.today)])
    return pledge


def cancel_pledge(uow: UnitOfWork, pledge_id: str, *, reason: str | None = None) -> Pledge:
    """Withdraws a pledge; what was given under it stays given.

    Refuses NOT_FOUND, and CONFLICT when it is not active.
    """
    pledge = store.load(uow, [pledge_id], is_locked=True).get(pledge_id)
    if pledge is None:
        raise PledgeUnknown
    if pledge.status is not PledgeStatus.ACTIVE:
        raise PledgeNotActive(f"the pledge is {pledge.status}; only an ACTIVE one is withdrawn")
    store.set_cancelled(uow, pledge_id)
    pledge = get_pledge(uow, pledge_id)
    audit.record(uow, [audit.Deed("sadaqah.pledge.cancel", pledge_id, reason)])
    outbox.record(uow, [events.about(events.CANCELLED, pledge, uow.today)])
    return pledge


def count_received(uow: UnitOfWork, received_minor: Mapping[str, int]) -> None:
    """Counts donations received toward their pledges, and tells which are fulfilled."""
    if not received_minor:
        return
    before = store.load(uow, received_minor, is_locked=True)
    store.add_received(uow, received_minor)
    after = store.load(uow, received_minor)
    outbox.record(
        uow,
        [
            events.about(events.FULFILLED, pledge, uow.today)
            for pledge_id, pledge in after.items()
            if pledge.status is PledgeStatus.FULFILLED
            and before[pledge_id].status is not PledgeStatus.FULFILLED
        ],
    )


def load_pledges(uow: UnitOfWork, pledge_ids: Collection[str]) -> dict[str, Pledge]:
    """The pledges of those ids, in one query. Refuses NOT_FOUND when one does not exist."""
    found = store.load(uow, pledge_ids) if pledge_ids else {}
    if len(found) < len(set(pledge_ids)):
        raise PledgeUnknown
    return found


def get_pledge(uow: UnitOfWork, pledge_id: str) -> Pledge:
    """One pledge. Refuses NOT_FOUND."""
    return load_pledges(uow, [pledge_id])[pledge_id]


def list_pledges(
    uow: UnitOfWork,
    request: PageRequest,
    *,
    status: PledgeStatus | None = None,
    donor_id: str | None = None,
    project_id: str | None = None,
    asset: Asset | None = None,
    external_id: str | None = None,
) -> Page[Pledge]:
    """Pledges, newest first."""
    filters = {
        "status": str(status) if status is not None else None,
        "donor_id": donor_id,
        "project_id": project_id,
        "asset": str(asset) if asset is not None else None,
        "external_id": external_id,
    }
    return store.select_page(uow, request, filters)
