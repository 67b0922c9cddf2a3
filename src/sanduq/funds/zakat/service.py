"""Zakat: taken into its own fund, paid to the eight classes, never waived, lent or delayed."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, timedelta

from sanduq.access import service as access
from sanduq.audit import service as audit
from sanduq.events import service as outbox
from sanduq.funds.zakat import events, postings, rules, store
from sanduq.funds.zakat.errors import ZakatPaymentUnknown, ZakatReceiptUnknown
from sanduq.funds.zakat.facts import (
    Action,
    AdministratorsShare,
    DebtRepaid,
    ZakatFacts,
    ZakatGrant,
)
from sanduq.funds.zakat.model import (
    AdministratorsCap,
    Asnaf,
    NewZakatPayment,
    NewZakatReceipt,
    Standing,
    ZakatPayment,
    ZakatReceipt,
    earliest_repayment_on,
)
from sanduq.kit.db import UnitOfWork
from sanduq.kit.errors import ValidationFailed
from sanduq.kit.ids import new_id
from sanduq.kit.money import Asset, Money
from sanduq.kit.pages import Page, PageRequest
from sanduq.ledger import service as ledger
from sanduq.ledger.model import Entry, Journal
from sanduq.shariah import service as shariah
from sanduq.shariah.model import Finding, ShariahProfile

PAY = "zakat.pay"
CAP_RULE = "ZKT-08"
# Longer than any run of days off, so that no payment that matters is missed.
_LOOK_BACK = timedelta(days=31)


def receive(uow: UnitOfWork, new: NewZakatReceipt) -> ZakatReceipt:
    """Takes zakat in for distribution: Dr 1000 Cr 3300, in the zakat fund.

    Refuses VALIDATION_ERROR an unknown payer or a day ahead; CONFLICT an external id already
    used or a closed period.
    """
    on = new.received_on or uow.today
    if on > uow.today:
        raise ValidationFailed.field("received_date", "in_the_future", "that day has not come yet")
    receipt_id = new_id("zkr")
    journal = postings.received(new.amount, on, receipt_id)
    receipt = ZakatReceipt(
        receipt_id=receipt_id,
        external_id=new.external_id,
        payer_id=new.payer_id,
        amount=new.amount,
        received_on=on,
        reference=new.reference,
        journal_id=journal.journal_id,
        metadata=new.metadata,
        created_at=uow.now,
        created_by=uow.actor.user_id,
    )
    _check(uow, receipt_id, Action.RECEIVE, _facts(uow, new.amount.asset, entries=journal.entries))
    store.insert_receipt(uow, receipt)
    audit.record(uow, [audit.Deed("zakat.receive", receipt_id)])
    outbox.record(uow, [events.received(receipt)])
    _post(uow, journal, new.amount.asset)
    return receipt


def pay(uow: UnitOfWork, new: NewZakatPayment) -> ZakatPayment:
    """Pays zakat to one of the eight classes, into the recipient's own account, unconditionally.

    Refuses FORBIDDEN or LIMIT_EXCEEDED without the authority `zakat.pay`; VALIDATION_ERROR an
    unknown recipient; SHARIAH_VIOLATION another class or no definition in force (ZKT-01), a
    condition (ZKT-05), a debtor without evidence or a creditor paid in his stead without a
    ruling (ZKT-06), administrators beyond the board's share (ZKT-08); FUNDS_INSUFFICIENT.
    """
    access.require_authority(uow, PAY, new.amount)
    definition = shariah.load_resolutions(uow, [new.resolution_id]).get(new.resolution_id)
    payment_id = new_id("zkp")
    journal = postings.paid(new.amount, uow.today, payment_id)
    grant = ZakatGrant(
        new.asnaf_code,
        definition.as_resolution if definition is not None else None,
        new.payee,
        new.condition,
        new.evidence,
    )
    share = _administrators(uow, new.amount) if new.asnaf_code == Asnaf.AMILIN else None
    facts = _facts(
        uow, new.amount.asset, entries=journal.entries, grant=grant, administrators=share
    )
    _check(uow, payment_id, Action.PAY, facts)
    payment = ZakatPayment(
        payment_id=payment_id,
        external_id=new.external_id,
        recipient_id=new.recipient_id,
        amount=new.amount,
        asnaf=Asnaf(new.asnaf_code),
        resolution_id=new.resolution_id,
        payee=new.payee,
        paid_to=new.paid_to,
        evidence=new.evidence,
        paid_on=uow.today,
        reference=new.reference,
        journal_id=journal.journal_id,
        metadata=new.metadata,
        created_at=uow.now,
        created_by=uow.actor.user_id,
    )
    store.insert_payment(uow, payment)
    audit.record(uow, [audit.Deed(PAY, payment_id, details={"recipient": new.recipient_id})])
    outbox.record(uow, [events.paid(payment)])
    _post(uow, journal, new.amount.asset)
    return payment


def _post(uow: UnitOfWork, journal: Journal, asset: Asset) -> None:
    ledger.open_accounts(uow, postings.places(asset))
    ledger.post(uow, [journal])


def _administrators(uow: UnitOfWork, amount: Money) -> AdministratorsShare:
    """What administrators will have had, this payment included; others like it wait."""
    cap = store.latest_cap(uow, is_locked=True)
    stands = store.standing(uow, amount.asset, uow.today)
    return AdministratorsShare(
        stands.administered_minor + amount.amount_minor,
        stands.received_minor,
        cap.share_bp if cap is not None else None,
    )


def set_cap(uow: UnitOfWork, share_bp: int, resolution_id: str) -> AdministratorsCap:
    """Sets the share of zakat received that its administrators may be paid.

    Refuses FORBIDDEN without the authority `zakat.pay`; VALIDATION_ERROR a resolution that is
    unknown, not in force, or does not name ZKT-08.
    """
    access.require_authority(uow, PAY, None)
    found = shariah.load_resolutions(uow, [resolution_id]).get(resolution_id)
    if (
        found is None
        or CAP_RULE not in found.scope
        or not found.as_resolution.is_in_force(uow.today)
    ):
        message = f"name a resolution in force whose scope holds {CAP_RULE}"
        raise ValidationFailed.field("resolution_id", "no_such_ruling", message)
    cap = AdministratorsCap(new_id("zkc"), share_bp, resolution_id, uow.now, uow.actor.user_id)
    store.insert_cap(uow, cap)
    audit.record(uow, [audit.Deed("zakat.set_cap", cap.cap_id, details={"share_bp": share_bp})])
    outbox.record(uow, [events.cap_set(cap)])
    return cap


def get_cap(uow: UnitOfWork) -> AdministratorsCap | None:
    """The administrators' share as set last, if it was."""
    return store.latest_cap(uow)


def standing(uow: UnitOfWork, asset: Asset) -> tuple[Standing, list[Finding]]:
    """Where the zakat of a currency stands, and ZAKAT_OVERDUE if any has lain too long."""
    stands = store.standing(uow, asset, uow.today)
    return stands, rules.rule_zkt_03(_standing_facts(uow, stands))


def require_distributed(uow: UnitOfWork, starts_on: date, ends_on: date) -> None:
    """Refuses SHARIAH_VIOLATION to close days while zakat has lain for over a lunar year (ZKT-03).

    Registered with the ledger as a closing check.
    """
    for asset in store.assets(uow):
        facts = _standing_facts(uow, store.standing(uow, asset, uow.today))
        _check(uow, f"{starts_on}/{ends_on}", Action.CLOSE_PERIOD, facts)


def _standing_facts(uow: UnitOfWork, stands: Standing) -> ZakatFacts:
    return ZakatFacts(
        on=uow.today,
        asset=stands.asset,
        profile=ShariahProfile(uow.shariah_profile),
        overdue_minor=stands.overdue_minor,
        oldest_undistributed_on=stands.oldest_undistributed_on,
    )


def require_lending(uow: UnitOfWork, pool_id: str, asset: Asset) -> None:
    """Refuses SHARIAH_VIOLATION a pool that would lend zakat without a ruling (ZKT-07)."""
    _check(uow, pool_id, Action.LEND, _facts(uow, asset, is_lent=True))


def require_no_waiver(
    uow: UnitOfWork, subject_id: str, asset: Asset, entries: Sequence[Entry]
) -> None:
    """Refuses SHARIAH_VIOLATION a journal that meets a receivable out of zakat (ZKT-04)."""
    _check(uow, subject_id, Action.POST, _facts(uow, asset, entries=tuple(entries)))


def recent_payments(uow: UnitOfWork, party_ids: Collection[str], since: date) -> list[ZakatPayment]:
    """Zakat paid to these parties on `since` or later, newest first."""
    return store.recent_payments(uow, party_ids, since) if party_ids else []


def repayment_findings(
    uow: UnitOfWork, paid: Sequence[tuple[str, Asset, date]]
) -> list[list[Finding]]:
    """What ZKT-05 says of debts that are paid: by whom, in which asset, on which day.

    One list for each, empty where it may be; the room that takes the payments decides. One
    statement asks for all, a second for the calendar where somebody did receive zakat.
    """
    if not paid:
        return []
    since = min(on for _, _, on in paid) - _LOOK_BACK
    received = recent_payments(uow, {party_id for party_id, _, _ in paid}, since)
    if not received:
        return [[] for _ in paid]
    institution = access.get_institution(uow)
    findings: list[list[Finding]] = []
    for party_id, asset, on in paid:
        found: list[Finding] = []
        for payment in received:
            if payment.recipient_id != party_id or payment.paid_on > on:
                continue
            earliest_on = earliest_repayment_on(
                payment.paid_on, institution.weekend, institution.holidays
            )
            repaid = DebtRepaid(payment.paid_on, on, earliest_on)
            found += rules.rule_zkt_05(_facts(uow, asset, repaid=repaid))
        findings.append(found)
    return findings


def _facts(
    uow: UnitOfWork,
    asset: Asset,
    *,
    entries: tuple[Entry, ...] = (),
    grant: ZakatGrant | None = None,
    administrators: AdministratorsShare | None = None,
    repaid: DebtRepaid | None = None,
    is_lent: bool = False,
) -> ZakatFacts:
    return ZakatFacts(
        on=uow.today,
        asset=asset,
        profile=ShariahProfile(uow.shariah_profile),
        resolutions=shariah.live_resolutions(uow, uow.today),
        entries=entries,
        grant=grant,
        administrators=administrators,
        repaid=repaid,
        is_lent=is_lent,
    )


def _check(uow: UnitOfWork, subject_id: str, action: Action, facts: ZakatFacts) -> None:
    evaluations = rules.evaluate(facts, action)
    shariah.enforce(finding for each in evaluations for finding in each.findings)
    shariah.store_evaluations(uow, subject_id, action, evaluations, facts)


def get_receipt(uow: UnitOfWork, receipt_id: str) -> ZakatReceipt:
    """One receipt. Refuses NOT_FOUND."""
    found = store.load_receipt(uow, receipt_id)
    if found is None:
        raise ZakatReceiptUnknown
    return found


def get_payment(uow: UnitOfWork, payment_id: str) -> ZakatPayment:
    """One payment. Refuses NOT_FOUND."""
    found = store.load_payment(uow, payment_id)
    if found is None:
        raise ZakatPaymentUnknown
    return found


def list_receipts(
    uow: UnitOfWork,
    request: PageRequest,
    *,
    asset: Asset | None = None,
    payer_id: str | None = None,
    external_id: str | None = None,
) -> Page[ZakatReceipt]:
    """Receipts, newest first."""
    text = str(asset) if asset is not None else None
    filters = {"asset": text, "payer_id": payer_id, "external_id": external_id}
    return store.list_receipts(uow, request, filters)


def list_payments(
    uow: UnitOfWork,
    request: PageRequest,
    *,
    asset: Asset | None = None,
    asnaf: Asnaf | None = None,
    recipient_id: str | None = None,
    external_id: str | None = None,
) -> Page[ZakatPayment]:
    """Payments, newest first."""
    filters = {
        "asset": str(asset) if asset is not None else None,
        "asnaf_code": str(asnaf) if asnaf is not None else None,
        "recipient_id": recipient_id,
        "external_id": external_id,
    }
    return store.list_payments(uow, request, filters)
