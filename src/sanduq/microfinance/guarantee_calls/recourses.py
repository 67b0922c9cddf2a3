"""Recourse: the debtor gives back to the one who paid for him, to the unit; and what happens to
it when the payment itself is taken back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from sanduq.audit import service as audit
from sanduq.audit.service import Deed
from sanduq.events import service as outbox
from sanduq.events.service import Event
from sanduq.kit.db import UnitOfWork
from sanduq.kit.errors import ValidationFailed
from sanduq.kit.ids import new_id
from sanduq.kit.money import Money
from sanduq.kit.pages import Page, PageRequest
from sanduq.microfinance.groups import service as groups
from sanduq.microfinance.groups.guarantees import service as guarantees
from sanduq.microfinance.groups.guarantees.facts import Action, KafalahFacts, RecourseFacts
from sanduq.microfinance.groups.guarantees.rules import evaluate
from sanduq.microfinance.guarantee_calls import events, store, store_recourse
from sanduq.microfinance.guarantee_calls.errors import (
    RecourseClosed,
    RecourseInUse,
    RecourseNotFound,
)
from sanduq.microfinance.guarantee_calls.model import (
    Call,
    CallStatus,
    Recourse,
    RecourseStatus,
    Recovery,
    paid,
    recovered,
)
from sanduq.microfinance.guarantee_calls.store import PaidShare
from sanduq.shariah import service as shariah
from sanduq.shariah.model import ShariahProfile


def open_recourse(uow: UnitOfWork, call: Call, payment: PaidShare) -> Recourse:
    """Writes that the debtor owes the payer what was paid for him, and nothing more."""
    recourse = Recourse(
        recourse_id=new_id("rcs"),
        group_id=call.group_id,
        call_id=call.call_id,
        payment_id=payment.payment_id,
        creditor_id=payment.payer_id,
        debtor_id=call.debtor_id,
        asset=call.asset,
        amount_minor=payment.amount_minor,
        recovered_minor=0,
        status=RecourseStatus.OPEN,
        created_at=uow.now,
        created_by=uow.actor.user_id,
        version=1,
    )
    store_recourse.insert(uow, recourse)
    outbox.record(uow, [events.told_recourse(events.RECOURSE_CREATED, recourse)])
    return recourse


def recover(
    uow: UnitOfWork,
    recourse_id: str,
    amount: Money,
    *,
    on: date | None = None,
    note: str | None = None,
    charge_minor: int = 0,
) -> Recourse:
    """Writes down what the debtor gave back to the payer; no account of ours is touched.

    Refuses NOT_FOUND; CONFLICT when nothing is owed; VALIDATION_ERROR another currency, a day
    ahead; SHARIAH_VIOLATION more than is owed, or a charge on top (KFL-06).
    """
    recourse = store_recourse.get(uow, recourse_id, is_locked=True)
    if recourse is None:
        raise RecourseNotFound
    if recourse.status is not RecourseStatus.OPEN:
        raise RecourseClosed
    if amount.asset != recourse.asset or amount.amount_minor <= 0:
        message = f"an amount above zero in {recourse.asset.code}"
        raise ValidationFailed.field("amount", "not_positive", message)
    day = on or uow.today
    if day > uow.today:
        raise ValidationFailed.field("on", "in_the_future", "that day has not come yet")
    facts = KafalahFacts(
        on=uow.today,
        asset=recourse.asset,
        profile=ShariahProfile(uow.shariah_profile),
        recourse=RecourseFacts(
            recourse.amount_minor,
            recourse.amount_minor,
            recourse.recovered_minor + amount.amount_minor,
            charge_minor,
        ),
    )
    evaluations = evaluate(facts, Action.RECOVER)
    shariah.enforce(finding for each in evaluations for finding in each.findings)
    recovery = Recovery(new_id("rcv"), amount.amount_minor, day, note)
    after = recovered(recourse, recovery)
    store_recourse.insert_recovery(uow, recourse_id, recovery)
    store_recourse.update(uow, after)
    shariah.store_evaluations(uow, recourse_id, Action.RECOVER.value, evaluations, facts)
    audit.record(uow, [Deed("recourse.recover", recourse_id, note)])
    outbox.record(uow, [events.told_recourse(events.RECOURSE_RECOVERED, after)])
    return after


def get_recourse(uow: UnitOfWork, recourse_id: str) -> Recourse:
    """One recourse with what was given back. Refuses NOT_FOUND."""
    found = store_recourse.get(uow, recourse_id)
    if found is None:
        raise RecourseNotFound
    return found


def list_recourses(
    uow: UnitOfWork, group_id: str, status: RecourseStatus | None, request: PageRequest
) -> Page[Recourse]:
    """Who owes whom in a group, newest first. Refuses NOT_FOUND."""
    groups.get_group(uow, group_id)
    return store_recourse.select_page(uow, group_id, status, request)


def follow_reversals(uow: UnitOfWork, reversals: Sequence[Event]) -> None:
    """Takes payments on calls back with the repayments they were: share, call and recourse.

    Subscribed to the loans' reversals. Refuses CONFLICT when the debtor gave a part back
    already, or another call is open for the loan by now.
    """
    by_repayment = {str(event.data["reverses"]): str(event.data["id"]) for event in reversals}
    found = store.payments_by_repayment(uow, list(by_repayment))
    for repayment_id, payment in sorted(found.items()):
        _take_back(uow, payment, by_repayment[repayment_id])


def _take_back(uow: UnitOfWork, payment: PaidShare, reversal_id: str) -> None:
    recourse = store_recourse.of_payment(uow, payment.payment_id)
    if recourse is not None:
        if recourse.recovered_minor:
            raise RecourseInUse
        store_recourse.update(
            uow,
            replace(recourse, status=RecourseStatus.CANCELLED, version=recourse.version + 1),
        )
    call = store.get(uow, payment.call_id, is_locked=True)
    assert call is not None
    after = paid(call, payment.payer_id, -payment.amount_minor, uow.now)
    store.insert_payment(
        uow,
        PaidShare(
            new_id("gpy"), payment.call_id, payment.payer_id, -payment.amount_minor, reversal_id,
            payment.payment_id, uow.today,
        ),
    )  # fmt: skip
    store.update(uow, after)
    share = call.share_of(payment.payer_id)
    if call.status is CallStatus.CANCELLED and share is not None and share.guarantee_id:
        guarantees.take(uow, [(share.guarantee_id, -payment.amount_minor)])
    audit.record(uow, [Deed("guarantee.payment_reverse", payment.call_id)])
    outbox.record(uow, [events.told(events.PAYMENT_REVERSED, after)])
