"""Surpluses: recorded on the day of the sale, looked after, paid by two people, never income."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from sanduq.access import service as access
from sanduq.audit import service as audit
from sanduq.audit.service import Deed
from sanduq.events import service as outbox
from sanduq.events.service import Event
from sanduq.kit.db import UnitOfWork
from sanduq.kit.errors import ValidationFailed
from sanduq.kit.ids import new_id
from sanduq.kit.money import Asset, Money
from sanduq.kit.pages import Page, PageRequest
from sanduq.rahnu.contracts import service as contracts
from sanduq.rahnu.contracts.facts import gathered
from sanduq.rahnu.contracts.liquidation.notices.model import NoticeKind
from sanduq.rahnu.contracts.liquidation.service import keep_rules
from sanduq.rahnu.contracts.liquidation.surplus import events, store
from sanduq.rahnu.contracts.liquidation.surplus.errors import SurplusGone, SurplusUnknown
from sanduq.rahnu.contracts.liquidation.surplus.model import (
    AgeBucket,
    Capacity,
    Payout,
    PayoutKind,
    PayoutStatus,
    Policy,
    Surplus,
    SurplusStatus,
    Trace,
    TraceMethod,
    TraceOutcome,
    bucket_of,
)
from sanduq.rahnu.contracts.liquidation.surplus.schemas import surplus_out
from sanduq.rahnu.facts import RahnAction
from sanduq.rahnu.facts_sale import SurplusFact, Unclaimed, UnclaimedFate

PAY, TRANSFER = "surplus.pay", "surplus.transfer"


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOver:
    """What a sale left for the owner. `paid_journal_id`: it was paid in the same act."""

    surplus_id: str
    contract_id: str
    sale_id: str
    pledgor_id: str
    branch_id: str
    amount: Money
    days: int
    statement_notice_id: str
    paid_journal_id: str | None
    asked_by: str


def record(uow: UnitOfWork, left: LeftOver) -> Surplus:
    """Writes down, on the day of a sale, what is owed to the owner; the caller posts it.

    A surplus paid at once, as when the creditor buys of the owner (RHN-21), is recorded as paid.
    """
    is_paid = left.paid_journal_id is not None
    surplus = Surplus(
        surplus_id=left.surplus_id,
        contract_id=left.contract_id,
        sale_id=left.sale_id,
        pledgor_id=left.pledgor_id,
        branch_id=left.branch_id,
        asset=left.amount.asset,
        status=SurplusStatus.PAID if is_paid else SurplusStatus.RECORDED,
        amount_minor=left.amount.amount_minor,
        sold_on=uow.today,
        pay_by_on=uow.today + timedelta(days=left.days),
        statement_notice_id=left.statement_notice_id,
        statement_on=None,
        settled_on=uow.today if is_paid else None,
        created_at=uow.now,
        created_by=uow.actor.user_id,
        version=1,
    )
    store.insert(uow, surplus)
    if is_paid:
        store.insert_payout(uow, _paid_at_once(uow, surplus, left))
    return told(uow, left.surplus_id, events.RECORDED, "surplus.record")


def _paid_at_once(uow: UnitOfWork, surplus: Surplus, left: LeftOver) -> Payout:
    return Payout(
        payout_id=new_id("spy"),
        surplus_id=surplus.surplus_id,
        kind=PayoutKind.PAYMENT,
        status=PayoutStatus.DONE,
        asset=surplus.asset,
        amount_minor=surplus.amount_minor,
        recipient_id=surplus.pledgor_id,
        capacity=Capacity.OWNER,
        mandate_id=None,
        proof=None,
        method="cash",
        reference=left.sale_id,
        resolution_id=None,
        reason=None,
        requested_at=uow.now,
        requested_by=left.asked_by,
        decided_at=uow.now,
        decided_by=uow.actor.user_id,
        done_on=uow.today,
        journal_id=left.paid_journal_id,
    )


def trace(
    uow: UnitOfWork,
    surplus_id: str,
    *,
    tried_on: date,
    method: TraceMethod,
    outcome: TraceOutcome,
    note: str,
) -> Surplus:
    """Adds an attempt to find the owner; what was tried before stays.

    Refuses NOT_FOUND, FORBIDDEN without `surplus.pay`, CONFLICT a surplus that left,
    VALIDATION_ERROR a day before the sale or ahead.
    """
    surplus = locked(uow, surplus_id)
    access.require_authority(uow, PAY, None)
    if not surplus.sold_on <= tried_on <= uow.today:
        raise ValidationFailed.field(
            "tried_on", "impossible_date",
            f"tried_on must lie between {surplus.sold_on} and {uow.today}",
        )  # fmt: skip
    made = Trace(
        len(surplus.traces) + 1, tried_on, method, outcome, note, uow.now, uow.actor.user_id
    )
    store.insert_trace(uow, surplus_id, made)
    return told(uow, surplus_id, events.TRACED, "surplus.trace", note)


def follow_statements(uow: UnitOfWork, happened: Sequence[Event]) -> None:
    """Keeps the day on which the statement of a sale was sent, when its notice is."""
    for event in happened:
        if event.data.get("kind") != str(NoticeKind.SALE_STATEMENT):
            continue
        surplus_id = store.of_notice(uow, event.data["id"])
        if surplus_id is not None:
            store.update(uow, surplus_id, statement_on=event.data["sent_on"])


def get(uow: UnitOfWork, surplus_id: str) -> Surplus:
    """One surplus. Refuses NOT_FOUND."""
    found = store.get(uow, surplus_id)
    if found is None:
        raise SurplusUnknown
    return found


def locked(uow: UnitOfWork, surplus_id: str) -> Surplus:
    """A surplus that still waits, locked. Refuses NOT_FOUND, CONFLICT one that left."""
    found = store.get(uow, surplus_id, is_locked=True)
    if found is None:
        raise SurplusUnknown
    if found.status is not SurplusStatus.RECORDED:
        raise SurplusGone(
            f"{surplus_id} is {found.status} since {found.settled_on}; nothing is left to pay here"
        )
    return found


def search(uow: UnitOfWork, filters: Mapping[str, Any], request: PageRequest) -> Page[Surplus]:
    """Surpluses that match every filter, newest first."""
    return store.search(uow, filters, request)


def ageing(uow: UnitOfWork, asset: Asset) -> dict[AgeBucket, tuple[int, int]]:
    """What waits for its owners by age: how many and how much, each bucket named."""
    found = dict.fromkeys(AgeBucket, (0, 0))
    for days, count, minor in store.ageing(uow, asset, uow.today):
        bucket = bucket_of(days)
        before = found[bucket]
        found[bucket] = (before[0] + count, before[1] + minor)
    return found


def policy(uow: UnitOfWork) -> Policy:
    """How long surpluses are kept for their owners."""
    return store.policy(uow)


def set_policy(uow: UnitOfWork, new: Policy) -> Policy:
    """Sets how long surpluses are kept. Refuses FORBIDDEN without `surplus.transfer`."""
    access.require_authority(uow, TRANSFER, None)
    store.insert_policy(uow, replace(new, set_at=uow.now, set_by=uow.actor.user_id))
    details = {"unclaimed_days": new.unclaimed_days, "traces_min": new.traces_min}
    audit.record(uow, [Deed("surplus.policy", uow.actor.institution, new.legal_basis, details)])
    return store.policy(uow)


def rules_of_leaving(uow: UnitOfWork, surplus: Surplus, unclaimed: Unclaimed | None) -> None:
    """Asks the rules of a surplus that is about to leave. Refuses SHARIAH_VIOLATION."""
    contract = contracts.get(uow, surplus.contract_id)
    facts = replace(
        gathered(uow, contract).facts,
        surplus=SurplusFact(
            amount_minor=surplus.amount_minor,
            sold_on=surplus.sold_on,
            recorded_on=surplus.sold_on,
            statement_on=surplus.statement_on,
            pay_by_on=surplus.pay_by_on,
            paid_on=uow.today if unclaimed is None else None,
        ),
        unclaimed=unclaimed or Unclaimed(surplus.amount_minor, UnclaimedFate.OWNER),
    )
    keep_rules(uow, surplus.surplus_id, RahnAction.SURPLUS, facts)


def told(
    uow: UnitOfWork, surplus_id: str, event: str, deed: str, reason: str | None = None
) -> Surplus:
    """The surplus after a change, told to the audit log and to the outside."""
    surplus = get(uow, surplus_id)
    audit.record(uow, [Deed(deed, surplus_id, reason, {"contract_id": surplus.contract_id})])
    outbox.record(uow, [Event(event, surplus_id, surplus_out(surplus, uow.today))])
    return surplus
