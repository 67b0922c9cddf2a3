"""Leases at the points where all loans do the same: agreed, checked again, cancelled, paid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from sanduq.kit.db import UnitOfWork
from sanduq.kit.errors import ValidationFailed
from sanduq.kit.ids import new_id
from sanduq.ledger.model import Entry, Journal
from sanduq.microfinance.loans import store as loans_store
from sanduq.microfinance.loans.agreed import Agreed
from sanduq.microfinance.loans.errors import StepOutOfOrder
from sanduq.microfinance.loans.ijarah import postings, store
from sanduq.microfinance.loans.ijarah.errors import AssetStillHeld, LeaseStateRefuses
from sanduq.microfinance.loans.ijarah.facts import Action, IjarahFacts, Let
from sanduq.microfinance.loans.ijarah.model import (
    BEFORE,
    Clauses,
    IjarahTerms,
    Lease,
    LeaseStatus,
    Step,
    is_allowed,
)
from sanduq.microfinance.loans.ijarah.model_rents import (
    Rent,
    debt_schedule,
    owed_minor,
    plan_rents,
)
from sanduq.microfinance.loans.ijarah.reading import lease_of, view
from sanduq.microfinance.loans.ijarah.rules import evaluate
from sanduq.microfinance.loans.ijarah.schemas_out import ijarah_out
from sanduq.microfinance.loans.intake import Basis, common_facts
from sanduq.microfinance.loans.model import Application, Loan, LoanType
from sanduq.microfinance.loans.owing import Owing
from sanduq.obligations import service as obligations
from sanduq.obligations.model import Debt
from sanduq.obligations.receipts.model import Parts, PayDebt, Repayment
from sanduq.obligations.receipts.service import JournalOf
from sanduq.obligations.schedule import Schedule
from sanduq.obligations.service import Obligation
from sanduq.shariah import service as shariah
from sanduq.shariah.model import Evaluation
from sanduq.shariah.rulebook import found


def agree(uow: UnitOfWork, loan_id: str, application: Application, basis: Basis) -> Agreed:
    """Weighs an application for a lease and writes the contract.

    Refuses VALIDATION_ERROR without lease terms, SHARIAH_VIOLATION (rent unknown IJR-03, risk
    shifted IJR-05, asset let already IJR-16, no lawful way of transfer IJR-12, …).
    """
    lease, agreed = _weighed(uow, loan_id, application, basis)
    if not store.insert(uow, lease):
        refuse_double_let(lease.asset_reference)
    return agreed


def offer(uow: UnitOfWork, application: Application, basis: Basis) -> Agreed:
    """The rents of a lease delivered today; nothing is written. Refuses what `agree` refuses."""
    return _weighed(uow, "preview", application, basis)[1]


def _weighed(
    uow: UnitOfWork, loan_id: str, application: Application, basis: Basis
) -> tuple[Lease, Agreed]:
    terms = application.trade
    if not isinstance(terms, IjarahTerms):
        raise ValidationFailed.field("lease_type", "missing_field", "a lease needs lease_type")
    clauses = Clauses.read(basis.product.clauses)
    ijarah_id = new_id("ijr")
    rents = planned_rents(uow, terms, clauses, basis)
    facts = application_facts(uow, ijarah_id, application, basis, terms, clauses)
    evaluations = evaluate(facts, Action.CREATE)
    shariah.enforce([f for item in evaluations for f in item.findings])
    lease = _new_lease(uow, ijarah_id, loan_id, application, basis, terms, clauses)
    return lease, Agreed(
        contract_id=ijarah_id,
        fee_minor=0,
        repayable_minor=terms.rental_total_minor,
        instalment_minor=terms.rental_minor,
        first_due_on=rents[0].due_on,
        stage=str(lease.status),
        particulars=terms.particulars(),
        evaluations=evaluations,
        summary=_summary(application, terms),
        schedule=debt_schedule(1, rents, 0),
    )


def _summary(application: Application, terms: IjarahTerms) -> dict[str, Any]:
    return {"borrower_id": application.borrower_id, "purpose": application.purpose} | (
        terms.as_mapping()
    )


def _new_lease(
    uow: UnitOfWork,
    ijarah_id: str,
    loan_id: str,
    application: Application,
    basis: Basis,
    terms: IjarahTerms,
    clauses: Clauses,
) -> Lease:
    return Lease(
        ijarah_id=ijarah_id,
        loan_id=loan_id,
        lessee_id=application.borrower_id,
        branch_id=basis.branch_id,
        asset=application.amount.asset,
        status=LeaseStatus.AGREED,
        terms=terms,
        clauses=clauses,
        asset_reference=terms.asset_reference,
        supplier_id=None,
        cost_minor=0,
        acquired_on=None,
        delivered_on=None,
        ends_on=None,
        lease_document=None,
        gift_document=None,
        earned_minor=0,
        refunded_minor=0,
        cleared_minor=0,
        depreciated_minor=0,
        depreciable_minor=0,
        depreciation_months=0,
        months_depreciated=0,
        next_depreciation_on=None,
        deposit_minor=0,
        closed_on=None,
        created_at=uow.now,
        created_by=uow.actor.user_id,
        version=1,
    )


def refuse_double_let(asset_reference: str | None) -> None:
    """Refuses SHARIAH_VIOLATION (IJR-16) an asset that another live lease holds."""
    message = "this asset is held by another lease"
    shariah.enforce([found("IJR-16", "asset_reference", message, observed=asset_reference)])


def planned_rents(
    uow: UnitOfWork, terms: IjarahTerms, clauses: Clauses, basis: Basis
) -> tuple[Rent, ...]:
    """The rents of a lease that would be delivered today."""
    rule = basis.rule
    return plan_rents(
        terms, clauses, uow.today, working_days=rule.working_days, calendar=rule.calendar
    )


def application_facts(
    uow: UnitOfWork,
    ijarah_id: str,
    application: Application,
    basis: Basis,
    terms: IjarahTerms,
    clauses: Clauses,
) -> IjarahFacts:
    """What the rules look at in an application for a lease."""
    rents = planned_rents(uow, terms, clauses, basis)
    reference = terms.asset_reference
    return IjarahFacts(
        **common_facts(uow, application, basis),
        asset_use_code=terms.asset_use,
        instalment_total_minor=owed_minor(rents),
        contract_amount_minor=terms.rental_total_minor,
        clauses=clauses,
        terms=terms,
        planned=Let(ijarah_id, uow.today, rents[-1].ends_on) if reference else None,
        other_lets=tuple(store.other_lets(uow, reference, ijarah_id)) if reference else (),
    )


def as_application(loan: Loan, terms: IjarahTerms) -> Application:
    """The lease as it was asked for, to be weighed again."""
    return Application(
        type=LoanType.SERVICE_IJARAH,
        borrower_id=loan.borrower_id,
        amount=loan.amount,
        purpose=loan.purpose,
        terms=loan.terms,
        purpose_description=loan.purpose_description,
        group_id=loan.group_id,
        product_id=loan.product_id,
        branch_id=loan.branch_id,
        trade=terms,
    )


def recheck(uow: UnitOfWork, loan: Loan, basis: Basis) -> list[Evaluation]:
    """The rules of approval: products, resolutions and assets change meanwhile."""
    lease = lease_of(uow, loan.contract_id)
    terms = replace(lease.terms, asset_reference=lease.asset_reference)
    facts = application_facts(
        uow, lease.ijarah_id, as_application(loan, terms), basis, terms, lease.clauses
    )
    return evaluate(facts, Action.APPROVE)


def cancel(uow: UnitOfWork, loan: Loan) -> None:
    """Ends an agreement under which nothing was bought. Refuses CONFLICT once it was."""
    lease = lease_of(uow, loan.contract_id, is_locked=True)
    if lease.status is LeaseStatus.ACQUIRED:
        raise AssetStillHeld
    if not is_allowed(Step.CANCEL, lease.status):
        raise LeaseStateRefuses.of(loan.loan_id, str(lease.status), Step.CANCEL)
    store.save(uow, [lease.after(status=LeaseStatus.CANCELLED, closed_on=uow.today)])
    loans_store.set_stage(uow, loan.loan_id, str(LeaseStatus.CANCELLED))


def disburse(uow: UnitOfWork, loan: Loan, _basis: Basis, _is_acknowledged: bool) -> None:
    """A lease pays nothing to the lessee. Refuses CONFLICT with the step that comes next."""
    lease = lease_of(uow, loan.contract_id)
    step, rule_id = BEFORE[lease.status]
    raise StepOutOfOrder.of(loan.loan_id, "disburse", missing=step, rule_id=rule_id)


def contract_of(uow: UnitOfWork, loan: Loan) -> dict[str, Any]:
    """The lease behind a loan, as the API renders it."""
    return ijarah_out(view(uow, loan))


def owing(uow: UnitOfWork, loan: Loan, _started_on: date) -> list[Owing]:
    """The rents on the days they fall due, what fell away of them, and what was given back.

    A statement to a day says what the use had by then came to.
    """
    lease = lease_of(uow, loan.contract_id)
    lines = []
    for rent in store.rents_of(uow, [lease.ijarah_id]).get(lease.ijarah_id, ()):
        name = f"rent {rent.number}"
        lines.append(Owing(rent.due_on, "rent", name, rent.rent_minor))
        if rent.credited_minor:
            lines.append(Owing(rent.due_on, "rent_credit", name, 0, rent.credited_minor))
    if lease.refunded_minor:
        given_back_on = lease.closed_on or uow.today
        lines.append(Owing(given_back_on, "given_back", loan.contract_id, lease.refunded_minor))
    return lines


def journals_of(uow: UnitOfWork, ijarah_ids: Sequence[str]) -> JournalOf:
    """What payments on these leases do to the accounts; the leases stay locked meanwhile, so
    that no rent is billed between."""
    leases = store.load(uow, sorted(ijarah_ids), is_locked=True)

    def journal_of(command: PayDebt, debt: Obligation, parts: Parts) -> Journal:
        lease = leases[command.obligation_id]
        return postings.receipt(command, parts, lease, debt.debt.paid_minor)

    return journal_of


def taken_back(uow: UnitOfWork, original: Repayment, journal: Journal) -> list[Journal]:
    """What is posted beside the reversal of a receipt: rent it paid ahead may be billed since."""
    lease = lease_of(uow, original.obligation_id, is_locked=True)
    debt = obligations.get(uow, original.obligation_id, is_locked=True)
    beside = postings.taken_back(journal, lease, debt.debt.paid_minor, original.principal_minor)
    return [] if beside is None else [beside]


def clear(
    uow: UnitOfWork, debt: Obligation, principal_minor: int, fee_minor: int
) -> tuple[Entry, ...]:
    """The entries that take rent off the books that is forgiven or written off; there is no fee.

    From now on the lease counts it as no longer owed.
    """
    lease = lease_of(uow, debt.debt.obligation_id, is_locked=True)
    after = lease.after(cleared_minor=lease.cleared_minor + principal_minor + fee_minor)
    store.save(uow, [after])
    paid_minor = debt.debt.paid_minor
    return postings.cleared(lease, lease.position(paid_minor), after.position(paid_minor))


def rules_of_schedule(
    uow: UnitOfWork, loan: Loan, basis: Basis, debt: Debt, schedule: Schedule
) -> list[Evaluation]:
    """The rules of agreeing the days of rents anew: nothing is added (IJR-09, DEF-09)."""
    lease = lease_of(uow, loan.contract_id)
    facts = application_facts(
        uow, lease.ijarah_id, as_application(loan, lease.terms), basis, lease.terms, lease.clauses
    )
    facts = replace(
        facts,
        instalment_total_minor=schedule.total_minor - debt.paid_minor,
        contract_amount_minor=debt.outstanding_minor,
        outstanding_minor=debt.outstanding_minor,
    )
    return evaluate(facts, Action.RESCHEDULE)


def still_running(uow: UnitOfWork, ijarah_ids: Sequence[str]) -> frozenset[str]:
    """Of these leases those that go on although every rent is paid: the asset is still let."""
    leases = store.load(uow, ijarah_ids)
    return frozenset(one.ijarah_id for one in leases.values() if not one.is_over)
