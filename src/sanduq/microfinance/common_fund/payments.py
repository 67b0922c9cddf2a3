"""Payments out of a common fund: asked for, signed by two officers of the group, then paid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sanduq.access import service as access
from sanduq.audit import service as audit
from sanduq.audit.service import Deed
from sanduq.events import service as outbox
from sanduq.kit.db import UnitOfWork
from sanduq.kit.ids import new_id
from sanduq.kit.pages import Page, PageRequest
from sanduq.ledger import service as ledger
from sanduq.microfinance.common_fund import events, postings, service, store, store_payments
from sanduq.microfinance.common_fund.errors import (
    FundChangedMeanwhile,
    FundPaymentChangedMeanwhile,
    FundPaymentNotFound,
    FundPaymentStateRefuses,
    NotAnOfficer,
    SignedAlready,
)
from sanduq.microfinance.common_fund.facts import Action
from sanduq.microfinance.common_fund.model import (
    OFFICES,
    Fund,
    Holdings,
    Nature,
    NewPayment,
    Payment,
    PaymentStatus,
    Signature,
    Use,
    is_signed,
    signed,
)
from sanduq.microfinance.common_fund.payment_terms import (
    facts_of,
    nature_of,
    owners_of,
    terms_of,
)
from sanduq.microfinance.groups.members.model import Membership
from sanduq.microfinance.guarantee_calls import service as calls
from sanduq.microfinance.guarantee_calls.model import COMMON_FUND
from sanduq.microfinance.loans import service as loans
from sanduq.microfinance.loans.model import LoanAction
from sanduq.shariah import service as shariah

PAY = "common_fund.pay"


def ask(uow: UnitOfWork, group_id: str, new: NewPayment) -> Payment:
    """Writes down a payment that is asked for; it is paid when two officers have signed.

    Refuses NOT_FOUND; CONFLICT a closed fund, a member who did not leave, other payments in the
    way of winding up; VALIDATION_ERROR a use without what it needs or with what it has not;
    SHARIAH_VIOLATION by CMF-02, CMF-04, CMF-05, CMF-06 and CMF-07.
    """
    fund = service.locked_fund(uow, group_id)
    held = store.holdings(uow, fund)
    stays = store.stays(uow, [group_id])
    amount, beneficiary_id, shares = terms_of(uow, fund, held, stays, new)
    payment = Payment(
        payment_id=new_id("cfp"),
        group_id=group_id,
        status=PaymentStatus.ASKED,
        use=new.use,
        nature=nature_of(fund, new),
        mode=new.mode,
        amount=amount,
        beneficiary_id=beneficiary_id,
        call_id=new.call_id,
        fund_loan_id=new.fund_loan_id,
        reason=new.reason,
        cancel_reason=None,
        repayment_id=None,
        journal_id=None,
        paid_on=None,
        created_at=uow.now,
        created_by=uow.actor.user_id,
        version=1,
        shares=shares,
    )
    facts = facts_of(uow, fund, held, stays, payment)
    evaluations = service.judged(facts, Action.ASK)
    store_payments.insert(uow, payment)
    shariah.store_evaluations(uow, payment.payment_id, str(Action.ASK), evaluations, facts)
    return _tell(uow, events.PAYMENT_ASKED, "common_fund.ask", payment, new.reason)


def approve(
    uow: UnitOfWork,
    group_id: str,
    payment_id: str,
    *,
    officer_id: str,
    signature: str,
    if_match: str | None = None,
) -> Payment:
    """Records an officer's signature; with the second one the payment is made.

    Refuses FORBIDDEN or LIMIT_EXCEEDED without `common_fund.pay`; NOT_FOUND; CONFLICT by state,
    a person without office, one who signed; SHARIAH_VIOLATION by the rules at the day of paying
    (CMF-02, CMF-04 to CMF-07, CMF-09); FUNDS_INSUFFICIENT; and what a covered call refuses.
    """
    _lock_debt(uow, get(uow, group_id, payment_id))
    fund = service.locked_fund(uow, group_id)
    payment = _asked(uow, group_id, payment_id, if_match)
    access.require_authority(uow, PAY, payment.amount)
    stays = store.stays(uow, [group_id])
    roles = {one.party_id: one.role for one in stays if one.left_on is None}
    role = roles.get(officer_id)
    if role is None or role not in OFFICES:
        raise NotAnOfficer(f"{officer_id} is no chair, treasurer or secretary of {group_id}")
    if any(one.officer_id == officer_id for one in payment.signatures):
        raise SignedAlready(f"{officer_id} signed {payment_id} already: another officer must")
    one = Signature(officer_id, role, signature, uow.now, uow.actor.user_id)
    payment = signed(payment, one)
    store_payments.insert_signature(uow, payment_id, one)
    details = {"payment_id": payment_id, "officer_id": officer_id}
    audit.record(uow, [Deed("common_fund.sign", group_id, None, details)])
    if not is_signed(payment):
        store_payments.update(uow, payment)
        outbox.record(uow, [events.told_payment(events.PAYMENT_SIGNED, payment)])
        return payment
    return _pay(uow, fund, payment, stays)


def cancel(
    uow: UnitOfWork, group_id: str, payment_id: str, *, reason: str, if_match: str | None = None
) -> Payment:
    """Asks for a payment no longer. Refuses NOT_FOUND, CONFLICT by state."""
    service.locked_fund(uow, group_id)
    payment = _asked(uow, group_id, payment_id, if_match)
    after = replace(
        payment,
        status=PaymentStatus.CANCELLED,
        cancel_reason=reason,
        version=payment.version + 1,
    )
    store_payments.update(uow, after)
    return _tell(uow, events.PAYMENT_CANCELLED, "common_fund.cancel", after, reason)


def get(uow: UnitOfWork, group_id: str, payment_id: str) -> Payment:
    """One payment. Refuses NOT_FOUND."""
    found = store_payments.get(uow, payment_id)
    if found is None or found.group_id != group_id:
        raise FundPaymentNotFound
    return found


def list_payments(
    uow: UnitOfWork, group_id: str, status: PaymentStatus | None, request: PageRequest
) -> Page[Payment]:
    """Payments of a fund, newest first. Refuses NOT_FOUND."""
    service.get_fund(uow, group_id)
    return store_payments.select_page(uow, group_id, status, request)


def _lock_debt(uow: UnitOfWork, payment: Payment) -> None:
    # Debts are locked before purses everywhere: a repayment taken back locks in that order too.
    if payment.call_id is not None and payment.status is PaymentStatus.ASKED:
        loan_id = calls.get(uow, payment.call_id).loan_id
        loans.locked(uow, loan_id, LoanAction.REPAY, None)


def _pay(uow: UnitOfWork, fund: Fund, payment: Payment, stays: Sequence[Membership]) -> Payment:
    held = store.holdings(uow, fund)
    if payment.use is Use.WINDING_UP:
        _require_unchanged(uow, fund, held, payment)
    facts = facts_of(uow, fund, held, stays, payment)
    evaluations = service.judged(facts, Action.PAY)
    journal = postings.paid(fund, payment, held, uow.today)
    after = replace(
        payment, status=PaymentStatus.PAID, journal_id=journal.journal_id, paid_on=uow.today
    )
    if payment.use is Use.REPAY_LOAN and payment.fund_loan_id is not None:
        store_payments.repay_loan(uow, payment.fund_loan_id, payment.amount.amount_minor)
    if payment.use is Use.COVER_CALL and payment.call_id is not None:
        made = calls.pay_share(
            uow, payment.call_id, COMMON_FUND, payment.amount, cash_entries=[journal],
            is_recourse_kept=payment.nature is Nature.QARD,
        )  # fmt: skip
        after = replace(after, repayment_id=made.repayment_id)
    store_payments.update(uow, after)
    shariah.store_evaluations(uow, after.payment_id, str(Action.PAY), evaluations, facts)
    _tell(uow, events.PAYMENT_MADE, PAY, after, payment.reason)
    if payment.use is Use.WINDING_UP:
        service.set_closed(uow, fund.group_id)
    if payment.use is not Use.COVER_CALL:
        ledger.post(uow, [journal])
    return after


def _require_unchanged(uow: UnitOfWork, fund: Fund, held: Holdings, payment: Payment) -> None:
    is_whole = payment.amount.amount_minor == held.cash_minor
    has_same_owners = not fund.basis.is_owned or payment.shares == owners_of(held)
    is_alone = store_payments.count_asked(uow, fund.group_id) == 1
    if not (is_whole and has_same_owners and is_alone):
        raise FundChangedMeanwhile


def _asked(uow: UnitOfWork, group_id: str, payment_id: str, if_match: str | None) -> Payment:
    payment = get(uow, group_id, payment_id)
    if if_match is not None and payment.etag not in [tag.strip() for tag in if_match.split(",")]:
        raise FundPaymentChangedMeanwhile
    if payment.status is not PaymentStatus.ASKED:
        raise FundPaymentStateRefuses.of(payment)
    return payment


def _tell(uow: UnitOfWork, event: str, deed: str, payment: Payment, reason: str | None) -> Payment:
    audit.record(uow, [Deed(deed, payment.group_id, reason, {"payment_id": payment.payment_id})])
    outbox.record(uow, [events.told_payment(event, payment)])
    return payment
