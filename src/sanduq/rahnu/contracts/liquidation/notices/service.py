"""Notices of a pledge: given or made when due, sent, and shown to have arrived."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from sanduq.access import service as access
from sanduq.audit import service as audit
from sanduq.audit.service import Deed
from sanduq.events import service as outbox
from sanduq.events.service import Event
from sanduq.kit.db import UnitOfWork
from sanduq.kit.errors import ValidationFailed
from sanduq.kit.ids import new_id
from sanduq.kit.pages import Page, PageRequest
from sanduq.rahnu.contracts import service as contracts
from sanduq.rahnu.contracts.facts import Gathered
from sanduq.rahnu.contracts.liquidation.market import market_of
from sanduq.rahnu.contracts.liquidation.model import reserve_minor
from sanduq.rahnu.contracts.liquidation.notices import events, store
from sanduq.rahnu.contracts.liquidation.notices.errors import (
    NoticeChanged,
    NoticeIncomplete,
    NoticeNotPending,
    NoticeNotSent,
    NoticeUnknown,
)
from sanduq.rahnu.contracts.liquidation.notices.model import (
    Delivery,
    DeliveryOutcome,
    NewNotice,
    Notice,
    NoticeChannel,
    NoticeKind,
    NoticeStatus,
    due_on,
)
from sanduq.rahnu.contracts.liquidation.notices.schemas import notice_out
from sanduq.rahnu.contracts.liquidation.service import claims_of, keep_rules, known_of, pledged
from sanduq.rahnu.contracts.model import Contract, PledgeAction
from sanduq.rahnu.facts import RahnAction

CHANGE = "pledge.change"
_ACTIONS = {
    NoticeKind.DEFAULT: RahnAction.DEFAULT_NOTICE,
    NoticeKind.AUCTION: RahnAction.AUCTION_NOTICE,
}


def give(uow: UnitOfWork, new: NewNotice) -> Notice:
    """Records a notice given to the pledgor; the payoff figure is that of today.

    A notice of a sale names its day and place, and the reserve, from today's market where none is
    given. Refuses NOT_FOUND, CONFLICT (state), FORBIDDEN without `pledge.change`,
    VALIDATION_ERROR a day ahead, a sale without day or place; SHARIAH_VIOLATION a step of the
    ladder that is out of order or too early (ARN-02) or rests on no lateness.
    """
    action = PledgeAction.NOTICE
    if new.kind is NoticeKind.SALE_STATEMENT:
        contract = contracts.get(uow, new.contract_id)
    else:
        contract = contracts.locked(uow, new.contract_id, action)
    access.require_authority(uow, CHANGE, None)
    _check_shape(new, uow.today)
    known = known_of(uow, contract)
    notice = _notice(uow, known, new)
    if new.kind in _ACTIONS:
        earlier = of_contract(uow, new.contract_id)
        facts = replace(
            known.facts,
            notice=notice.as_fact,
            notices=tuple(fact for each in earlier if (fact := each.as_fact) is not None),
        )
        keep_rules(uow, contract.contract_id, _ACTIONS[new.kind], facts)
    store.insert(uow, notice)
    return _told(uow, notice.notice_id, events.SENT, "pledge.notice")


def _check_shape(new: NewNotice, today: date) -> None:
    if new.sent_on > today:
        raise ValidationFailed.field("sent_on", "in_the_future", "that day has not come yet")
    if new.kind is NoticeKind.AUCTION and (new.sale_on is None or new.place is None):
        field = "sale_on" if new.sale_on is None else "place"
        raise NoticeIncomplete.field(
            field, "missing_field", f"a notice of a sale names its {field} (rule ARN-02)"
        )


def _notice(uow: UnitOfWork, known: Gathered, new: NewNotice) -> Notice:
    contract = known.contract
    claims = claims_of(uow, contract, known.debt)
    reserve = new.reserve_minor
    if new.kind is NoticeKind.AUCTION and reserve is None:
        market = market_of(uow, contract, pledged(contract))
        reserve = reserve_minor(market.total_minor, known.template.terms.reserve_bp)
    matures_on = _due_day(known) or new.sent_on
    return Notice(
        notice_id=new_id("ntc"),
        contract_id=contract.contract_id,
        kind=new.kind,
        status=NoticeStatus.SENT,
        recipient_id=contract.pledgor_id,
        branch_id=contract.branch_id,
        due_on=due_on(new.kind, matures_on, known.template.terms),
        channel=new.channel,
        address=new.address,
        sent_on=new.sent_on,
        proof_reference=new.proof_reference,
        sale_on=new.sale_on,
        place=new.place,
        asset=contract.asset,
        reserve_minor=reserve,
        payoff_minor=claims.payoff_minor,
        note=new.note,
        metadata=new.metadata,
        created_at=uow.now,
        created_by=uow.actor.user_id,
        sent_by=uow.actor.user_id,
        version=1,
    )


def _due_day(known: Gathered) -> date | None:
    if known.contract.matures_on is not None:
        return known.contract.matures_on
    return None if known.debt is None else known.debt.last_due_on


def mark_sent(
    uow: UnitOfWork,
    notice_id: str,
    *,
    channel: NoticeChannel,
    sent_on: date,
    address: str | None,
    proof_reference: str | None,
    etag: str | None = None,
) -> Notice:
    """Says of a notice that waited how it was sent, with the payoff figure of today.

    Refuses NOT_FOUND, CONFLICT one that does not wait, FORBIDDEN, VALIDATION_ERROR a day ahead.
    """
    notice = _locked(uow, notice_id, etag)
    access.require_authority(uow, CHANGE, None)
    if notice.status is not NoticeStatus.PENDING:
        raise NoticeNotPending(f"{notice_id} is {notice.status}; only PENDING can be sent")
    if sent_on > uow.today:
        raise ValidationFailed.field("sent_on", "in_the_future", "that day has not come yet")
    if notice.kind is NoticeKind.SALE_STATEMENT:
        contract = contracts.get(uow, notice.contract_id)
    else:
        contract = contracts.locked(uow, notice.contract_id, PledgeAction.NOTICE)
    known = known_of(uow, contract)
    store.update(
        uow, notice_id, status=NoticeStatus.SENT, channel=channel, address=address,
        sent_on=sent_on, proof_reference=proof_reference, sent_by=uow.actor.user_id,
        payoff_minor=claims_of(uow, contract, known.debt).payoff_minor,
    )  # fmt: skip
    return _told(uow, notice_id, events.SENT, "pledge.notice")


def record_delivery(
    uow: UnitOfWork,
    notice_id: str,
    *,
    outcome: DeliveryOutcome,
    delivered_on: date,
    proof: str,
) -> Notice:
    """Adds what came of a notice; what was written before stays.

    Refuses NOT_FOUND, FORBIDDEN, CONFLICT a notice not sent, VALIDATION_ERROR a day before it
    was sent or ahead.
    """
    notice = _locked(uow, notice_id, None)
    access.require_authority(uow, CHANGE, None)
    if notice.sent_on is None:
        raise NoticeNotSent
    if not notice.sent_on <= delivered_on <= uow.today:
        raise ValidationFailed.field(
            "delivered_on", "impossible_date",
            f"delivered_on must lie between {notice.sent_on} and {uow.today}",
        )  # fmt: skip
    delivery = Delivery(
        len(notice.deliveries) + 1, outcome, delivered_on, proof, uow.now, uow.actor.user_id
    )
    store.insert_delivery(uow, notice_id, delivery)
    return _told(uow, notice_id, events.DELIVERY_RECORDED, "pledge.notice.delivery")


def of_contract(uow: UnitOfWork, contract_id: str) -> list[Notice]:
    """Every notice of a pledge, oldest first."""
    return store.of_contract(uow, contract_id)


def list_notices(uow: UnitOfWork, filters: Mapping[str, Any], request: PageRequest) -> Page[Notice]:
    """Notices that match every filter, newest first."""
    return store.search(uow, filters, request)


def get(uow: UnitOfWork, notice_id: str) -> Notice:
    """One notice. Refuses NOT_FOUND."""
    found = store.get(uow, notice_id)
    if found is None:
        raise NoticeUnknown
    return found


def withdraw_waiting(uow: UnitOfWork, contract_ids: Sequence[str]) -> int:
    """Takes back reminders that wait for pledges which ended; how many."""
    return store.withdraw_pending(uow, contract_ids)


def withdraw_pending(uow: UnitOfWork, happened: Sequence[Event]) -> None:
    """As `withdraw_waiting`, for pledges that were released in this unit of work."""
    withdraw_waiting(uow, [event.subject_id for event in happened])


def _locked(uow: UnitOfWork, notice_id: str, etag: str | None) -> Notice:
    found = store.get(uow, notice_id, is_locked=True)
    if found is None:
        raise NoticeUnknown
    if etag is not None and found.etag not in [tag.strip() for tag in etag.split(",")]:
        raise NoticeChanged
    return found


def _told(uow: UnitOfWork, notice_id: str, event: str, deed: str) -> Notice:
    notice = get(uow, notice_id)
    audit.record(uow, [Deed(deed, notice.contract_id, None, {"notice_id": notice_id})])
    outbox.record(uow, [Event(event, notice.contract_id, notice_out(notice))])
    return notice


def announce(uow: UnitOfWork, contract: Contract, note: str, payoff_minor: int) -> Notice:
    """Makes the statement of a sale as a notice that waits to be sent to the owner."""
    notice = Notice(
        notice_id=new_id("ntc"),
        contract_id=contract.contract_id,
        kind=NoticeKind.SALE_STATEMENT,
        status=NoticeStatus.PENDING,
        recipient_id=contract.pledgor_id,
        branch_id=contract.branch_id,
        due_on=uow.today,
        channel=None,
        address=None,
        sent_on=None,
        proof_reference=None,
        sale_on=uow.today,
        place=None,
        asset=contract.asset,
        reserve_minor=None,
        payoff_minor=payoff_minor,
        note=note,
        metadata={},
        created_at=uow.now,
        created_by=uow.actor.user_id,
        sent_by=None,
        version=1,
    )
    store.insert(uow, notice)
    return notice
