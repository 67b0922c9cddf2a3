"""What every step of a murabaha does: lock, ask the rules, write it down, tell, post."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sanduq.audit import service as audit
from sanduq.audit.service import Deed
from sanduq.events import service as events
from sanduq.events.service import Event
from sanduq.kit.clock import local_date
from sanduq.kit.db import UnitOfWork
from sanduq.kit.errors import ValidationFailed
from sanduq.kit.ids import new_id
from sanduq.ledger import service as ledger
from sanduq.ledger.model import Journal
from sanduq.microfinance.loans import store as loans
from sanduq.microfinance.loans.errors import (
    ApproverMayNotDisburse,
    LoanChangedMeanwhile,
    LoanNotFound,
    StepOutOfOrder,
)
from sanduq.microfinance.loans.intake import admit, common_facts
from sanduq.microfinance.loans.model import Loan, LoanStatus
from sanduq.microfinance.loans.murabaha import postings, store
from sanduq.microfinance.loans.murabaha.errors import MurabahaNotFound, StepRefused
from sanduq.microfinance.loans.murabaha.events import NAMES
from sanduq.microfinance.loans.murabaha.facts import Action, Agent, MurabahaFacts, Purchase
from sanduq.microfinance.loans.murabaha.model import (
    NEXT,
    Murabaha,
    Stage,
    Step,
    StepFact,
    is_allowed,
)
from sanduq.microfinance.loans.murabaha.render import murabaha_out
from sanduq.microfinance.loans.murabaha.rules import evaluate, late_charges_of
from sanduq.microfinance.loans.qard_hasan.service import as_application
from sanduq.obligations import service as obligations
from sanduq.shariah import service as shariah

AUTHORITY = "trade.step"
REBATE_AUTHORITY = "loan.rebate"
_PURCHASE = Step.PURCHASE

_S = LoanStatus
_BEFORE_SALE = frozenset({_S.APPROVED})
_AFTER_SALE = frozenset({_S.DISBURSED, _S.REPAYING, _S.DEFAULTED})
STATUSES: Mapping[Step, frozenset[LoanStatus]] = {
    Step.PROMISE: _BEFORE_SALE,
    Step.PURCHASE: _BEFORE_SALE,
    Step.POSSESS: _BEFORE_SALE,
    Step.SELL: _BEFORE_SALE,
    Step.DECLINE: _BEFORE_SALE,
    Step.RESELL: frozenset({_S.CANCELLED}),
    Step.DISCOUNT: _BEFORE_SALE | _AFTER_SALE | {_S.COMPLETED},
    Step.REBATE: frozenset({_S.DISBURSED, _S.REPAYING}),
    Step.DEFECT: _AFTER_SALE | {_S.COMPLETED},
}


def opened(
    uow: UnitOfWork, loan_id: str, step: Step, etag: str | None = None
) -> tuple[Loan, Murabaha]:
    """The loan and its contract, locked in that order, where `step` is possible.

    Refuses NOT_FOUND; CONFLICT when the loan changed since the caller's copy, when its state or
    the stage refuses, or when another step comes first, naming it and its rule.
    """
    if loan_id not in loans.load_locked(uow, [loan_id]):
        raise LoanNotFound
    loan = loans.load(uow, [loan_id])[loan_id]
    contract = store.get(uow, loan_id, is_locked=True)
    if contract is None:
        raise MurabahaNotFound(f"{loan_id} is no murabaha")
    if etag is not None and etag != loan.etag:
        raise LoanChangedMeanwhile
    _check_order(loan, contract, step)
    return loan, contract


def _check_order(loan: Loan, contract: Murabaha, step: Step) -> None:
    if loan.status is LoanStatus.PENDING_APPROVAL:
        raise StepOutOfOrder.of(loan.loan_id, step, missing="approve", rule_id="MUR-01")
    if step is Step.SELL and contract.stage in (Stage.REQUESTED, Stage.PROMISED, Stage.PURCHASED):
        return  # the rule itself refuses it (MUR-01)
    if is_allowed(step, contract.stage):
        if loan.status not in STATUSES[step]:
            raise StepRefused.in_status(loan.loan_id, step, loan.status)
        return
    upcoming = NEXT.get(contract.stage)
    if step is Step.RESELL and upcoming is not None:
        raise StepOutOfOrder.of(loan.loan_id, step, missing=Step.DECLINE, rule_id="MUR-15")
    is_later = upcoming is not None and _ORDER.index(step) > _ORDER.index(upcoming[0])
    if upcoming is None or not is_later:
        raise StepRefused.at_stage(loan.loan_id, step, contract.stage)
    raise StepOutOfOrder.of(loan.loan_id, step, missing=upcoming[0], rule_id=upcoming[1])


_ORDER = (
    Step.CANCEL, Step.DECLINE, Step.PROMISE, Step.PURCHASE, Step.POSSESS, Step.SELL,
    Step.DISCOUNT, Step.REBATE, Step.DEFECT, Step.RESELL,
)  # fmt: skip


def require_other_than_approver(uow: UnitOfWork, loan: Loan) -> None:
    """Refuses FORBIDDEN who approved the loan: another user pays out and sells."""
    if uow.actor.user_id == loan.approved_by:
        raise ApproverMayNotDisburse


def happened(uow: UnitOfWork, at: datetime | None, field: str) -> datetime:
    """The moment said, or now. Refuses VALIDATION_ERROR one that has not come yet."""
    if at is None:
        return uow.now
    if at > uow.now:
        raise ValidationFailed.field(field, "in_the_future", f"{field} lies after now, {uow.now}")
    return at.astimezone(UTC)


def facts_of(uow: UnitOfWork, loan: Loan, contract: Murabaha, **more: Any) -> MurabahaFacts:
    """What the rules look at in this contract, and what the step adds."""
    application = as_application(loan)
    basis = admit(uow, application, is_renewed=True)
    clauses = contract.clauses
    return MurabahaFacts(
        **{
            **common_facts(uow, application, basis),
            "clauses": clauses,
            "late_charges": late_charges_of(clauses),
            "borrower_id": contract.borrower_id,
            "requested_on": local_date(contract.created_at, uow.time_zone),
            "asset_category": contract.terms.asset_category,
            "cost_minor": contract.cost_minor,
            "profit_minor": contract.profit_minor,
            **more,
        }
    )


def weigh(uow: UnitOfWork, contract: Murabaha, facts: MurabahaFacts, action: Action) -> None:
    """Asks the rules of a step and writes down what they found. Refuses SHARIAH_VIOLATION."""
    evaluations = evaluate(facts, action)
    shariah.enforce([finding for item in evaluations for finding in item.findings])
    inputs = {"murabaha_id": contract.murabaha_id, "facts": facts}
    shariah.store_evaluations(uow, contract.loan_id, str(action), evaluations, inputs)


def purchase_of(uow: UnitOfWork, contract: Murabaha) -> Purchase | None:
    """The purchase as it was made, for rules that look back at it; None before it."""
    taken = [each for each in store.steps_of(uow, contract.murabaha_id) if each.kind is _PURCHASE]
    if not taken or contract.supplier_id is None or contract.invoice_on is None:
        return None
    details = taken[-1].details
    return Purchase(
        supplier_id=contract.supplier_id,
        invoice_on=contract.invoice_on,
        is_addressed_to_institution=True,
        payee_id=contract.supplier_id,
        cost_items=(),
        agent=Agent(details["agent"]),
        agency_reason=details["agency_reason"],
    )


def take(
    uow: UnitOfWork, contract: Murabaha, journals: Sequence[Journal], *, step: Step,
    at: datetime | None = None, document: str | None = None, amount_minor: int | None = None,
    details: Mapping[str, Any] | None = None, reason: str | None = None,
    is_stage_set: bool = False,
) -> None:  # fmt: skip
    """Writes the contract after a step and the step itself, tells of them, and posts.

    Posting comes last, for it takes the head of the chain. Refuses FUNDS_INSUFFICIENT and closed
    periods.
    """
    taken = StepFact(
        step_id=new_id("mst"),
        murabaha_id=contract.murabaha_id,
        kind=step,
        taken_at=at or uow.now,
        document=document,
        amount_minor=amount_minor,
        journal_ids=tuple(journal.journal_id for journal in journals),
        details=details or {},
        recorded_at=uow.now,
        recorded_by=uow.actor.user_id,
    )
    store.save(uow, contract)
    store.insert_step(uow, taken)
    if not is_stage_set:
        loans.set_stage(uow, contract.loan_id, contract.stage)
    about = {"step_id": taken.step_id, "document": document}
    audit.record(uow, [Deed(f"murabaha.{step}", contract.loan_id, reason, about)])
    events.record(uow, [Event(NAMES[step], contract.loan_id, rendered_of(uow, contract))])
    if journals:
        ledger.open_accounts(uow, postings.places(journals))
        ledger.post(uow, journals)


def rendered_of(uow: UnitOfWork, contract: Murabaha) -> dict[str, Any]:
    """The contract as the API writes it, with its steps and what was paid."""
    steps = store.steps_of(uow, contract.murabaha_id)
    if contract.sold_at is None:
        return murabaha_out(contract, steps)
    schedule = obligations.schedules_of(uow, contract.murabaha_id)[0].schedule
    owed = obligations.get(uow, contract.murabaha_id)
    return murabaha_out(contract, steps, schedule, owed.debt, owed.started_on)
