"""Microfinance loans: applied for, decided, paid out, repaid, ended."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sanduq.access import service as access
from sanduq.audit import service as audit
from sanduq.audit.service import Deed
from sanduq.events import service as events
from sanduq.events.service import Event
from sanduq.kit.clock import local_date
from sanduq.kit.db import UnitOfWork
from sanduq.kit.ids import new_id
from sanduq.kit.pages import Page, PageRequest
from sanduq.microfinance.loans import events as names
from sanduq.microfinance.loans import store
from sanduq.microfinance.loans.agreed import Agreed
from sanduq.microfinance.loans.concluding import concluded
from sanduq.microfinance.loans.disclosure import VERSION as DISCLOSURE_VERSION
from sanduq.microfinance.loans.errors import (
    ApproverMayNotDisburse,
    LoanChangedMeanwhile,
    LoanNotFound,
    LoanStateRefuses,
)
from sanduq.microfinance.loans.funding import program_for, program_of
from sanduq.microfinance.loans.intake import Basis, admit
from sanduq.microfinance.loans.kinds import KINDS
from sanduq.microfinance.loans.model import Application, Loan, LoanAction, LoanStatus, is_allowed
from sanduq.microfinance.loans.protection import protect
from sanduq.microfinance.loans.qard_hasan.application import Offer, weigh
from sanduq.microfinance.loans.qard_hasan.service import as_application
from sanduq.microfinance.loans.schemas import loan_out
from sanduq.microfinance.programs import service as programs
from sanduq.shariah import service as shariah

APPROVE = "loan.approve"
DISBURSE = "loan.disburse"


def preview(uow: UnitOfWork, application: Application) -> Offer:
    """What the application would come to; nothing is written. Refuses what `create` refuses."""
    offer = weigh(uow, application, admit(uow, application), program_for(uow, application))
    shariah.enforce([f for item in offer.evaluations for f in item.findings])
    return offer


def preview_trade(uow: UnitOfWork, application: Application) -> tuple[Agreed, Basis]:
    """What a murabaha, salam or ijarah would come to; nothing is written. Refuses what `create`
    refuses."""
    weigh_trade = KINDS[application.type].offer
    assert weigh_trade is not None
    basis = admit(uow, application)
    return weigh_trade(uow, application, basis), basis


def create(uow: UnitOfWork, application: Application) -> Loan:
    """Writes an application that waits for another user's approval.

    Refuses NOT_FOUND (borrower, group, product), VALIDATION_ERROR or LIMIT_EXCEEDED (terms of
    the product, exposure of the KYC tier), SHARIAH_VIOLATION (every finding), CONFLICT (external
    id taken).
    """
    basis = admit(uow, application)
    loan_id = new_id("mfl")
    protect(uow, loan_id, application)
    agreed = KINDS[application.type].agree(uow, loan_id, application, basis)
    loan = Loan(
        loan_id=loan_id,
        external_id=application.external_id,
        type=application.type,
        status=LoanStatus.PENDING_APPROVAL,
        contract_id=agreed.contract_id,
        product_id=basis.product.product_id,
        borrower_id=application.borrower_id,
        group_id=application.group_id,
        branch_id=basis.branch_id,
        asset=application.amount.asset,
        amount_minor=application.amount.amount_minor,
        service_fee_minor=agreed.fee_minor,
        purpose=application.purpose,
        purpose_description=application.purpose_description,
        terms=application.terms,
        instalment_minor=agreed.instalment_minor,
        planned_first_due_on=agreed.first_due_on,
        metadata=application.metadata or {},
        reason=None,
        created_at=uow.now,
        created_by=uow.actor.user_id,
        approved_at=None,
        approved_by=None,
        disbursed_at=None,
        disbursed_by=None,
        closed_at=None,
        version=1,
        officer_id=application.officer_id or uow.actor.user_id,
        repayable_minor=agreed.repayable_minor,
        stage=agreed.stage,
        particulars=agreed.particulars,
    )
    store.insert(uow, [loan])
    if application.program_id is not None:
        programs.enrol_loans(uow, application.program_id, [loan_id])
    access.request_approvals(uow, APPROVE, [(loan_id, loan.amount)])
    shariah.store_evaluations(uow, loan_id, "create", agreed.evaluations, agreed.summary)
    _tell(uow, loan, names.CREATED, "loan.created", None)
    return loan


def get(uow: UnitOfWork, loan_id: str) -> Loan:
    """One loan with its balance. Refuses NOT_FOUND."""
    found = store.load(uow, [loan_id])
    if loan_id not in found:
        raise LoanNotFound
    return found[loan_id]


def currencies_of(uow: UnitOfWork, loan_ids: Sequence[str]) -> dict[str, str]:
    """The currencies of loans, which a repayment may leave unsaid; unknown ids are left out."""
    return store.currencies(uow, loan_ids)


def ids_by_external_id(uow: UnitOfWork, external_ids: Sequence[str]) -> dict[str, str]:
    """The ids of the loans with these external ids; ids nobody knows are left out."""
    return store.known_external_ids(uow, external_ids) if external_ids else {}


def search(uow: UnitOfWork, filters: dict[str, object], page: PageRequest) -> Page[Loan]:
    """Loans that match every filter, newest first."""
    loans, total = store.search(uow, filters, page)  # type: ignore[arg-type]
    return Page.of(loans, page, lambda loan: (loan.created_at, loan.loan_id), total)


def locked(uow: UnitOfWork, loan_id: str, action: LoanAction, expected_etag: str | None) -> Loan:
    """The loan, locked, in a state that allows `action`.

    Refuses NOT_FOUND; CONFLICT when it changed since the caller's copy or its state refuses.
    """
    if loan_id not in store.load_locked(uow, [loan_id]):
        raise LoanNotFound
    loan = get(uow, loan_id)
    if expected_etag is not None and expected_etag != loan.etag:
        raise LoanChangedMeanwhile
    if not is_allowed(action, loan.status):
        raise LoanStateRefuses.of(loan_id, loan.status, action)
    return loan


def approve(
    uow: UnitOfWork, loan_id: str, *, reason: str | None = None, etag: str | None = None
) -> Loan:
    """Approves an application. Refuses its maker, roles without authority or limit, a broken rule
    (the rules run again: prices, studies and resolutions age)."""
    loan = locked(uow, loan_id, LoanAction.APPROVE, etag)
    access.decide(uow, APPROVE, loan_id, is_approved=True, reason=reason)
    basis = admit(uow, as_application(loan), is_renewed=True)
    evaluations = [*concluded(uow, loan), *KINDS[loan.type].recheck(uow, loan, basis)]
    shariah.enforce([f for item in evaluations for f in item.findings])
    inputs = {"product_id": loan.product_id, "amount_minor": loan.amount_minor}
    shariah.store_evaluations(uow, loan_id, "approve", evaluations, inputs)
    store.set_approved(uow, loan_id)
    approved = get(uow, loan_id)
    _tell(uow, approved, names.APPROVED, "loan.approved", reason)
    return approved


def reject(uow: UnitOfWork, loan_id: str, *, reason: str, etag: str | None = None) -> Loan:
    """Refuses an application; its maker cannot, another user with authority can."""
    locked(uow, loan_id, LoanAction.REJECT, etag)
    access.decide(uow, APPROVE, loan_id, is_approved=False, reason=reason)
    return _end(uow, loan_id, LoanStatus.REJECTED, names.REJECTED, "loan.rejected", reason)


def cancel(uow: UnitOfWork, loan_id: str, *, reason: str, etag: str | None = None) -> Loan:
    """Withdraws an application before money moved; anyone who may write loans can."""
    locked(uow, loan_id, LoanAction.CANCEL, etag)
    access.withdraw(uow, APPROVE, loan_id, reason)
    return _end(uow, loan_id, LoanStatus.CANCELLED, names.CANCELLED, "loan.cancelled", reason)


def _end(
    uow: UnitOfWork, loan_id: str, status: LoanStatus, event: str, deed: str, reason: str
) -> Loan:
    loan = get(uow, loan_id)
    KINDS[loan.type].cancel(uow, loan)
    store.set_ended(uow, loan_id, status, reason)
    ended = get(uow, loan_id)
    _tell(uow, ended, event, deed, reason)
    return ended


def disburse(
    uow: UnitOfWork,
    loan_id: str,
    *,
    is_disclosure_acknowledged: bool,
    etag: str | None = None,
) -> Loan:
    """Pays an approved loan out; the debt and its schedule begin with possession.

    Refuses who approved it, roles without authority, SHARIAH_VIOLATION (among it the missing
    acknowledgement of the disclosure, QRD-23), FUNDS_INSUFFICIENT; CONFLICT where the kind of
    loan has another step first, naming it.
    """
    loan = locked(uow, loan_id, LoanAction.DISBURSE, etag)
    if uow.actor.user_id == loan.approved_by:
        raise ApproverMayNotDisburse
    access.require_authority(uow, DISBURSE, loan.amount)
    basis = admit(uow, as_application(loan), is_renewed=True)
    KINDS[loan.type].disburse(uow, loan, basis, is_disclosure_acknowledged)
    disbursed = get(uow, loan_id)
    details = {
        "disclosure_version": DISCLOSURE_VERSION,
        "disclosure": "acknowledged" if is_disclosure_acknowledged else "attested",
    }
    _tell(uow, disbursed, names.DISBURSED, "loan.disbursed", None, details)
    return disbursed


def planned(uow: UnitOfWork, loan: Loan) -> Offer:
    """The offer of a loan that is not paid out yet: its planned schedule and disclosure."""
    anchored_on: date = local_date(loan.created_at, uow.time_zone)
    application = as_application(loan)
    return weigh(
        uow, application, admit(uow, application, is_renewed=True), program_of(uow, loan),
        anchored_on=anchored_on,
    )  # fmt: skip


def _tell(
    uow: UnitOfWork,
    loan: Loan,
    event: str,
    deed: str,
    reason: str | None,
    details: dict[str, str] | None = None,
) -> None:
    audit.record(uow, [Deed(deed, loan.loan_id, reason, details or {})])
    events.record(uow, [Event(event, loan.loan_id, loan_out(loan))])
