"""What every step of a lease does alike: the way in, the rules, and what is written at the end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sanduq.audit import service as audit
from sanduq.audit.service import Deed
from sanduq.events import service as outbox
from sanduq.events.service import Event
from sanduq.kit.db import UnitOfWork
from sanduq.kit.errors import ValidationFailed
from sanduq.kit.ids import new_id
from sanduq.ledger import service as ledger
from sanduq.ledger.model import Journal
from sanduq.microfinance.loans import events as loan_events
from sanduq.microfinance.loans import service as loans
from sanduq.microfinance.loans import store as loans_store
from sanduq.microfinance.loans.errors import LoanChangedMeanwhile, LoanNotFound, StepOutOfOrder
from sanduq.microfinance.loans.ijarah import postings, store
from sanduq.microfinance.loans.ijarah.errors import LeaseNotFound, LeaseStateRefuses
from sanduq.microfinance.loans.ijarah.facts import Action, IjarahFacts
from sanduq.microfinance.loans.ijarah.model import BEFORE, Lease, Step, StepFact, is_allowed
from sanduq.microfinance.loans.ijarah.reading import LeaseView, lease_of, view
from sanduq.microfinance.loans.ijarah.rules import evaluate
from sanduq.microfinance.loans.ijarah.schemas_out import ijarah_out
from sanduq.microfinance.loans.ijarah.service import refuse_double_let
from sanduq.microfinance.loans.model import Loan, LoanStatus, LoanType
from sanduq.microfinance.loans.schemas import loan_out
from sanduq.obligations.model import ObligationStatus
from sanduq.obligations.service import Obligation
from sanduq.shariah import service as shariah
from sanduq.shariah.model import ShariahProfile

STEP = "trade.step"


def lease_loan(uow: UnitOfWork, loan_id: str) -> Loan:
    """The loan of a lease. Refuses NOT_FOUND a loan of another kind."""
    loan = loans.get(uow, loan_id)
    if loan.type is not LoanType.SERVICE_IJARAH:
        raise LeaseNotFound(f"{loan_id} is a {loan.type}: there is no lease behind it")
    return loan


def enter(uow: UnitOfWork, loan_id: str, step: Step, etag: str | None) -> tuple[Loan, Lease]:
    """Loan and lease, locked, in states that allow `step`.

    Refuses NOT_FOUND; CONFLICT when the loan changed since the caller's copy, is not approved,
    or when another step comes first, which is named with its rule.
    """
    loan, lease = locked(uow, loan_id, etag)
    if loan.status is LoanStatus.PENDING_APPROVAL:
        raise StepOutOfOrder.of(loan_id, step, missing="approve", rule_id="GEN-02")
    if not is_allowed(step, lease.status):
        if lease.status in BEFORE and step is not Step.ACQUIRE:
            missing, rule_id = BEFORE[lease.status]
            raise StepOutOfOrder.of(loan_id, step, missing=missing, rule_id=rule_id)
        raise LeaseStateRefuses.of(loan_id, str(lease.status), step)
    return loan, lease


def locked(uow: UnitOfWork, loan_id: str, etag: str | None) -> tuple[Loan, Lease]:
    """Loan and lease, locked, whatever their states. Refuses NOT_FOUND, CONFLICT a stale copy."""
    if loan_id not in loans_store.load_locked(uow, [loan_id]):
        raise LoanNotFound
    loan = lease_loan(uow, loan_id)
    if etag is not None and etag != loan.etag:
        raise LoanChangedMeanwhile
    return loan, lease_of(uow, loan.contract_id, is_locked=True)


def step_day(uow: UnitOfWork, on: date | None, not_before: date | None, field: str = "on") -> date:
    """The day of a step, today by default. Refuses VALIDATION_ERROR one ahead or too early."""
    day = on or uow.today
    if day > uow.today:
        raise ValidationFailed.field(field, "in_the_future", "that day has not come yet")
    if not_before is not None and day < not_before:
        raise ValidationFailed.field(
            field, "too_early", f"{field} must be {not_before} or later for this lease"
        )
    return day


def step_facts(uow: UnitOfWork, lease: Lease, **more: Any) -> IjarahFacts:
    """What the rules look at in a step of a lease."""
    return IjarahFacts(
        on=uow.today,
        asset=lease.asset,
        profile=ShariahProfile(uow.shariah_profile),
        resolutions=shariah.live_resolutions(uow, uow.today),
        clauses=lease.clauses,
        terms=lease.terms,
        **more,
    )


def check(
    uow: UnitOfWork, lease: Lease, action: Action, facts: IjarahFacts, inputs: object
) -> None:
    """Runs the rules of a step: refuses SHARIAH_VIOLATION, or writes down what they found."""
    evaluations = evaluate(facts, action)
    shariah.enforce([f for item in evaluations for f in item.findings])
    shariah.store_evaluations(uow, lease.loan_id, f"ijarah.{action}", evaluations, inputs)


def fact_of(
    uow: UnitOfWork,
    lease: Lease,
    step: str,
    on: date,
    *,
    document: str | None = None,
    amount_minor: int | None = None,
    journal: Journal | None = None,
    details: Mapping[str, Any] | None = None,
) -> StepFact:
    """A step as it goes on record."""
    return StepFact(
        new_id("stp"), lease.ijarah_id, step, on, document, amount_minor,
        journal.journal_id if journal is not None else None, details or {}, uow.now,
        uow.actor.user_id,
    )  # fmt: skip


def finish(
    uow: UnitOfWork,
    lease: Lease,
    fact: StepFact,
    event: str,
    journals: Sequence[Journal | None] = (),
    *,
    status: LoanStatus | None = None,
    debt: Obligation | None = None,
) -> LeaseView:
    """Writes the lease, the step and the loan's stage, tells of it, and posts last.

    A lease that is over completes its loan once the debt is settled.
    """
    if not store.save(uow, [lease]):
        refuse_double_let(lease.asset_reference)
    store.insert_steps(uow, [fact])
    if lease.is_over and debt is not None and debt.status is ObligationStatus.SETTLED:
        status = LoanStatus.COMPLETED
    loans_store.set_stage(
        uow, lease.loan_id, str(lease.status), status=status,
        repayable_minor=debt.debt.schedule.total_minor if debt is not None else None,
    )  # fmt: skip
    loan = loans.get(uow, lease.loan_id)
    found = view(uow, loan)
    audit.record(uow, [Deed(f"ijarah.{fact.kind}", loan.loan_id, None, {"step_id": fact.step_id})])
    news = [Event(event, loan.loan_id, ijarah_out(found))]
    told = {
        LoanStatus.DISBURSED: loan_events.DISBURSED,
        LoanStatus.COMPLETED: loan_events.COMPLETED,
        LoanStatus.CANCELLED: loan_events.CANCELLED,
    }
    if status in told:
        news.append(Event(told[status], loan.loan_id, loan_out(loan)))
    outbox.record(uow, news)
    said = [journal for journal in journals if journal is not None]
    if said:
        ledger.open_accounts(uow, postings.places(lease))
        ledger.post(uow, said)
    return found
