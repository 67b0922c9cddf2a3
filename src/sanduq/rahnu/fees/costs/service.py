"""Custody costs: booked by receipt, taken back by a counter entry, never changed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from sanduq.access import service as access
from sanduq.audit import service as audit
from sanduq.audit.service import Deed
from sanduq.events import service as outbox
from sanduq.events.service import Event
from sanduq.kit.db import UnitOfWork
from sanduq.kit.errors import NotFound, ValidationFailed
from sanduq.kit.ids import new_id
from sanduq.kit.pages import Page, PageRequest
from sanduq.ledger import service as ledger
from sanduq.rahnu.fees.costs import events, postings, store
from sanduq.rahnu.fees.costs.errors import CounterEntry, CustodyCostReversed, UnknownCustodyCost
from sanduq.rahnu.fees.costs.model import CustodyCost, CustodyCostFilters, NewCustodyCost
from sanduq.rahnu.fees.costs.schemas import custody_cost_out

RECORD = "cost.record"


def record_cost(uow: UnitOfWork, new: NewCustodyCost) -> CustodyCost:
    """Books what keeping cost, Dr 5800 Cr 1000, on its receipt.

    Fees are held against these receipts when days are closed (RHN-10). Refuses FORBIDDEN or
    LIMIT_EXCEEDED without authority for `cost.record`, NOT_FOUND a branch, VALIDATION_ERROR a day
    ahead, CONFLICT an external_id in use or closed days, FUNDS_INSUFFICIENT.
    """
    access.require_authority(uow, RECORD, new.amount)
    branch_id = new.branch_id or access.default_branch(uow)
    if not access.known_branches(uow, [branch_id]):
        raise NotFound(f"there is no branch {branch_id}")
    if new.incurred_on > uow.today:
        raise ValidationFailed.field(
            "incurred_on", "in_the_future", f"incurred_on must be {uow.today} or earlier"
        )
    cost_id = new_id("cuc")
    journal = postings.incurred(new, cost_id, branch_id)
    cost = CustodyCost(
        custody_cost_id=cost_id,
        external_id=new.external_id,
        kind=new.kind,
        amount=new.amount,
        branch_id=branch_id,
        incurred_on=new.incurred_on,
        receipt_reference=new.receipt_reference,
        reverses=None,
        reason=None,
        journal_id=journal.journal_id,
        metadata=new.metadata,
        created_at=uow.now,
        created_by=uow.actor.user_id,
    )
    store.insert(uow, cost)
    audit.record(uow, [Deed("custody_cost.record", cost_id, new.receipt_reference)])
    outbox.record(uow, [Event(events.RECORDED, cost_id, custody_cost_out(cost))])
    ledger.open_accounts(uow, {entry.place for entry in journal.entries})
    ledger.post(uow, [journal])
    return cost


def reverse_cost(
    uow: UnitOfWork, cost_id: str, *, reason: str, effective_on: date | None = None
) -> CustodyCost:
    """Takes a cost back by a counter entry, by default of today; the counter entry.

    Refuses FORBIDDEN or LIMIT_EXCEEDED without authority for `cost.record`, NOT_FOUND, CONFLICT
    what was taken back already, a counter entry or closed days, VALIDATION_ERROR a day before the
    cost or ahead.
    """
    cost = get_cost(uow, cost_id)
    access.require_authority(uow, RECORD, cost.amount)
    if cost.reverses is not None:
        raise CounterEntry
    if cost.reversed_by is not None:
        raise CustodyCostReversed
    on = effective_on or uow.today
    if not cost.incurred_on <= on <= uow.today:
        message = f"effective_on must lie between {cost.incurred_on} and {uow.today}"
        raise ValidationFailed.field("effective_on", "impossible_date", message)
    (journal,) = ledger.reversal_of(uow, [cost.journal_id], effective_on=on, memo=reason)
    counter = replace(
        cost,
        custody_cost_id=new_id("cuc"),
        external_id=None,
        amount=-cost.amount,
        incurred_on=on,
        reverses=cost_id,
        reason=reason,
        journal_id=journal.journal_id,
        created_at=uow.now,
        created_by=uow.actor.user_id,
    )
    store.insert(uow, counter)
    audit.record(uow, [Deed("custody_cost.reverse", cost_id, reason)])
    told = Event(events.REVERSED, counter.custody_cost_id, custody_cost_out(counter))
    outbox.record(uow, [told])
    ledger.post(uow, [journal])
    return counter


def get_cost(uow: UnitOfWork, cost_id: str) -> CustodyCost:
    """One cost or counter entry. Refuses NOT_FOUND."""
    found = store.get(uow, cost_id)
    if found is None:
        raise UnknownCustodyCost
    return found


def list_costs(
    uow: UnitOfWork, filters: CustodyCostFilters, request: PageRequest
) -> Page[CustodyCost]:
    """Costs and counter entries, newest first."""
    return store.select_page(uow, filters, request)
