"""Charity: set aside on receipt, asked for by one, signed off by the Shariah reviewer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sanduq.access import service as access
from sanduq.audit import service as audit
from sanduq.events import service as outbox
from sanduq.funds.charity import events, postings, rules, store
from sanduq.funds.charity.errors import (
    CharityPaymentNotPending,
    CharityPaymentUnknown,
    CharityReceiptUnknown,
)
from sanduq.funds.charity.facts import INSTITUTION, Action, CharityFacts, CharityGift
from sanduq.funds.charity.model import (
    CharityPayment,
    CharityReceipt,
    CharitySource,
    NewCharityPayment,
    NewCharityReceipt,
    PaymentStatus,
    YearReport,
)
from sanduq.funds.charity.screening import is_own_name, is_staff_name
from sanduq.kit.db import UnitOfWork
from sanduq.kit.errors import ValidationFailed
from sanduq.kit.ids import new_id
from sanduq.kit.money import Asset
from sanduq.kit.pages import Page, PageRequest
from sanduq.ledger import service as ledger
from sanduq.ledger.errors import AccountUnknown
from sanduq.ledger.model import CHART, AccountClass, AccountPlace, Entry
from sanduq.parties import service as parties
from sanduq.shariah import service as shariah
from sanduq.shariah.model import ShariahProfile

SPEND = "charity.spend"
CORRECT_INCOME = "fund.spend"


@dataclass(frozen=True, slots=True)
class SetAside:
    """A receipt on record, and the entries its caller puts into a journal and posts."""

    receipt: CharityReceipt
    entries: tuple[Entry, ...]
    places: tuple[AccountPlace, ...]


def receive_entries(
    uow: UnitOfWork, news: Sequence[NewCharityReceipt], journal_id: str
) -> list[SetAside]:
    """Records charity money that comes in with a journal of the caller's: Dr origin, Cr 2100.

    The caller opens the places, puts the entries into that journal and posts it; authority is
    the caller's too. Refuses VALIDATION_ERROR an account that is not of income, or none where
    one is needed; SHARIAH_VIOLATION what would credit income (CHR-01); CONFLICT an external id
    already used.
    """
    found = []
    for new in news:
        _check_origin(uow, new)
        entries = postings.receipt_entries(new, new.branch_id or access.default_branch(uow))
        receipt = CharityReceipt(
            receipt_id=new_id("chr"),
            external_id=new.external_id,
            source=new.source,
            came_from=new.came_from,
            amount=new.amount,
            received_on=uow.today,
            journal_id=journal_id,
            metadata=new.metadata,
            created_at=uow.now,
            created_by=uow.actor.user_id,
        )
        facts = CharityFacts(
            on=uow.today,
            asset=new.amount.asset,
            profile=ShariahProfile(uow.shariah_profile),
            entries=entries,
            amount_minor=new.amount.amount_minor,
        )
        _check(uow, receipt.receipt_id, Action.RECEIVE, facts)
        found.append(SetAside(receipt, entries, tuple(entry.place for entry in entries)))
    if found:
        store.insert_receipts(uow, [each.receipt for each in found])
        deeds = [audit.Deed("charity.receive", each.receipt.receipt_id) for each in found]
        audit.record(uow, deeds)
        outbox.record(uow, [events.received(each.receipt) for each in found])
    return found


def _check_origin(uow: UnitOfWork, new: NewCharityReceipt) -> None:
    code = new.income_code
    if new.source in (CharitySource.LATE_PLEDGE, CharitySource.UNCLAIMED_SURPLUS):
        if code is not None:
            message = f"a {new.source} never passes through income"
            raise ValidationFailed.field("income_account", "not_income", message)
        if new.branch_id is not None and not access.known_branches(uow, [new.branch_id]):
            raise ValidationFailed.field("branch_id", "unknown_branch", "there is no such branch")
    elif code is None:
        message = "name the income account that holds the money"
        raise ValidationFailed.field("income_account", "missing_field", message)
    elif code not in CHART or CHART[code].account_class is not AccountClass.INCOME:
        message = f"{code} is not an income account of the chart"
        raise ValidationFailed.field("income_account", "not_income", message)


def receive(uow: UnitOfWork, new: NewCharityReceipt) -> CharityReceipt:
    """Sets charity money aside in a journal of its own.

    Income is corrected only with the authority `fund.spend`. Refuses as `receive_entries`.
    """
    if new.source is CharitySource.UNCLAIMED_SURPLUS:
        message = "an unclaimed surplus comes by its own transfer, at the surplus itself"
        raise ValidationFailed.field("source", "not_by_hand", message)
    if new.source is not CharitySource.LATE_PLEDGE:
        access.require_authority(uow, CORRECT_INCOME, new.amount)
    journal_id = new_id("jrn")
    aside = receive_entries(uow, [new], journal_id)[0]
    ledger.open_accounts(uow, aside.places)
    ledger.post(uow, [postings.received(journal_id, aside.entries, new, uow.today)])
    return aside.receipt


def request_payment(uow: UnitOfWork, new: NewCharityPayment) -> CharityPayment:
    """Asks for a payment; the Shariah reviewer decides on it, and no money moves before.

    Refuses NOT_FOUND an unknown beneficiary; SHARIAH_VIOLATION one who is the institution or of
    its staff, or a use that serves the institution (CHR-02), and a debt owed to the institution
    (CHR-03); CONFLICT an external id already used.
    """
    payment = CharityPayment(
        payment_id=new_id("chp"),
        external_id=new.external_id,
        beneficiary_id=new.beneficiary_id,
        amount=new.amount,
        use=new.use,
        description=new.description,
        status=PaymentStatus.PENDING_APPROVAL,
        paid_on=None,
        journal_id=None,
        metadata=new.metadata,
        created_at=uow.now,
        created_by=uow.actor.user_id,
        version=1,
    )
    creditor = new.settles_debt_of
    if creditor is not None and (
        creditor in (INSTITUTION, uow.actor.institution) or is_own_name(uow, creditor)
    ):
        creditor = INSTITUTION
    gift = _screened(
        uow, payment, is_declared=new.is_staff_or_kin, is_signed_off=None, creditor=creditor
    )
    _check(uow, payment.payment_id, Action.REQUEST, _gift_facts(uow, payment, gift))
    store.insert_payment(uow, payment)
    access.request_approvals(uow, SPEND, [(payment.payment_id, payment.amount)])
    audit.record(uow, [audit.Deed("charity.request", payment.payment_id, new.description)])
    outbox.record(uow, [events.about(events.REQUESTED, payment)])
    return payment


def approve_payment(
    uow: UnitOfWork, payment_id: str, *, reason: str | None = None
) -> CharityPayment:
    """Signs a payment off and pays it: Dr 2100 Cr 1000.

    Refuses NOT_FOUND; CONFLICT one decided already; FORBIDDEN who asked for it and roles
    without the authority `charity.spend`; SHARIAH_VIOLATION when the screening finds now what
    it did not then; FUNDS_INSUFFICIENT more than is owed to charity.
    """
    payment = _pending(uow, payment_id)
    access.decide(uow, SPEND, payment_id, is_approved=True, reason=reason)
    gift = _screened(uow, payment, is_declared=False, is_signed_off=True)
    _check(uow, payment_id, Action.PAY, _gift_facts(uow, payment, gift))
    branch_id = access.default_branch(uow)
    journal = postings.paid(payment, branch_id, uow.today)
    store.set_status(
        uow, payment_id, PaymentStatus.PAID, paid_on=uow.today, journal_id=journal.journal_id
    )
    payment = get_payment(uow, payment_id)
    audit.record(uow, [audit.Deed(SPEND, payment_id, reason)])
    outbox.record(uow, [events.about(events.PAID, payment)])
    ledger.open_accounts(uow, [entry.place for entry in journal.entries])
    ledger.post(uow, [journal])
    return payment


def reject_payment(
    uow: UnitOfWork, payment_id: str, *, reason: str | None = None
) -> CharityPayment:
    """Refuses a payment that was asked for; no money moves. Refuses as `approve_payment`."""
    _pending(uow, payment_id)
    access.decide(uow, SPEND, payment_id, is_approved=False, reason=reason)
    store.set_status(uow, payment_id, PaymentStatus.REJECTED)
    payment = get_payment(uow, payment_id)
    audit.record(uow, [audit.Deed("charity.reject", payment_id, reason)])
    outbox.record(uow, [events.about(events.REJECTED, payment)])
    return payment


def _pending(uow: UnitOfWork, payment_id: str) -> CharityPayment:
    payment = store.load_payment(uow, payment_id, is_locked=True)
    if payment is None:
        raise CharityPaymentUnknown
    if payment.status is not PaymentStatus.PENDING_APPROVAL:
        raise CharityPaymentNotPending(
            f"this payment is {payment.status}; only a PENDING_APPROVAL one is decided"
        )
    return payment


def _screened(
    uow: UnitOfWork,
    payment: CharityPayment,
    *,
    is_declared: bool,
    is_signed_off: bool | None,
    creditor: str | None = None,
) -> CharityGift:
    """What is known of the beneficiary: by name, and by what the asker declared."""
    name = parties.get_party(uow, payment.beneficiary_id).name
    return CharityGift(
        use=payment.use,
        is_institution=is_own_name(uow, name),
        is_staff=is_declared or is_staff_name(uow, name),
        is_signed_off=is_signed_off,
        creditor=creditor,
    )


def _gift_facts(uow: UnitOfWork, payment: CharityPayment, gift: CharityGift) -> CharityFacts:
    return CharityFacts(
        on=uow.today,
        asset=payment.amount.asset,
        profile=ShariahProfile(uow.shariah_profile),
        gift=gift,
    )


def _check(uow: UnitOfWork, subject_id: str, action: Action, facts: CharityFacts) -> None:
    evaluations = rules.evaluate(facts, action)
    shariah.enforce(finding for each in evaluations for finding in each.findings)
    shariah.store_evaluations(uow, subject_id, action, evaluations, facts)


def year_report(uow: UnitOfWork, year: int, asset: Asset) -> YearReport:
    """Sources and uses of a calendar year, and what is left (CHR-04)."""
    starts_on, ends_on = date(year, 1, 1), date(year, 12, 31)
    return YearReport(
        year,
        asset,
        _owed_on(uow, asset, starts_on - timedelta(days=1)),
        _owed_on(uow, asset, ends_on),
        store.sources_between(uow, asset, starts_on, ends_on),
        store.uses_between(uow, asset, starts_on, ends_on),
    )


def _owed_on(uow: UnitOfWork, asset: Asset, day: date) -> int:
    try:
        account_id = postings.charity_place(asset).account_id
        return ledger.balance_on(uow, account_id, day).normal.amount_minor
    except AccountUnknown:
        return 0


def get_receipt(uow: UnitOfWork, receipt_id: str) -> CharityReceipt:
    """One receipt. Refuses NOT_FOUND."""
    found = store.load_receipt(uow, receipt_id)
    if found is None:
        raise CharityReceiptUnknown
    return found


def get_payment(uow: UnitOfWork, payment_id: str) -> CharityPayment:
    """One payment. Refuses NOT_FOUND."""
    found = store.load_payment(uow, payment_id)
    if found is None:
        raise CharityPaymentUnknown
    return found


def list_receipts(
    uow: UnitOfWork,
    request: PageRequest,
    *,
    source: CharitySource | None = None,
    came_from: str | None = None,
    asset: Asset | None = None,
    external_id: str | None = None,
) -> Page[CharityReceipt]:
    """Sources, newest first."""
    filters = {
        "source": str(source) if source is not None else None,
        "came_from": came_from,
        "asset": str(asset) if asset is not None else None,
        "external_id": external_id,
    }
    return store.list_receipts(uow, request, filters)


def list_payments(
    uow: UnitOfWork,
    request: PageRequest,
    *,
    status: PaymentStatus | None = None,
    beneficiary_id: str | None = None,
    asset: Asset | None = None,
    external_id: str | None = None,
) -> Page[CharityPayment]:
    """Uses, newest first."""
    filters = {
        "status": str(status) if status is not None else None,
        "beneficiary_id": beneficiary_id,
        "asset": str(asset) if asset is not None else None,
        "external_id": external_id,
    }
    return store.list_payments(uow, request, filters)
