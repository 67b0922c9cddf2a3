"""What every step after the price has in common: the contract locked and open, the loan's state
and the seller's debt brought in line, and the telling of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from sanduq.audit import service as audit
from sanduq.audit.service import Deed
from sanduq.events import service as events
from sanduq.events.service import Event
from sanduq.kit.db import UnitOfWork
from sanduq.kit.errors import ValidationFailed
from sanduq.kit.money import Money
from sanduq.microfinance.loans import events as loan_events
from sanduq.microfinance.loans import store as loans
from sanduq.microfinance.loans.errors import LoanStateRefuses, StepOutOfOrder
from sanduq.microfinance.loans.model import Loan, LoanAction, LoanStatus, is_allowed
from sanduq.microfinance.loans.salam import store
from sanduq.microfinance.loans.salam.errors import MoreThanUndelivered, NothingUndelivered
from sanduq.microfinance.loans.salam.facts import Action, SalamFacts
from sanduq.microfinance.loans.salam.gathering import summary
from sanduq.microfinance.loans.salam.model import (
    Salam,
    Step,
    StepFact,
    loan_status,
    missing_step,
)
from sanduq.microfinance.loans.salam.model import (
    is_allowed as stage_allows,
)
from sanduq.microfinance.loans.salam.model_terms import quantity_number
from sanduq.microfinance.loans.salam.rules import evaluate
from sanduq.microfinance.loans.salam.service import (
    check_etag,
    contract,
    contract_of,
    loan_of,
)
from sanduq.microfinance.loans.schemas import loan_out
from sanduq.obligations import service as obligations
from sanduq.obligations.model import Debt
from sanduq.obligations.schedule import Schedule
from sanduq.obligations.service import NewDebt
from sanduq.shariah import service as shariah


def opened(uow: UnitOfWork, loan_id: str, step: Step, etag: str | None) -> tuple[Loan, Salam]:
    """The loan and its contract, locked, at a stage that allows `step`.

    Refuses NOT_FOUND; CONFLICT when it changed since the caller's copy, when the price is not
    paid yet (rule SLM-01), and when no goods are owed any more.
    """
    loan = loan_of(uow, loan_id)
    salam = contract(uow, loan.contract_id, is_locked=True)
    check_etag(salam, etag)
    missing = missing_step(salam.stage)
    is_live = loan.status in (LoanStatus.PENDING_APPROVAL, LoanStatus.APPROVED)
    if missing is not None and is_live:
        first = "approve" if loan.status is LoanStatus.PENDING_APPROVAL else str(missing)
        raise StepOutOfOrder.of(loan_id, str(step), missing=first, rule_id="SLM-01")
    if not is_allowed(LoanAction.REPAY, loan.status) and loan.status is not LoanStatus.COMPLETED:
        raise LoanStateRefuses.of(loan_id, loan.status, LoanAction.REPAY)
    if not stage_allows(step, salam.stage):
        raise NothingUndelivered
    return loan, salam


def check_day(uow: UnitOfWork, salam: Salam, on: date) -> None:
    """Refuses VALIDATION_ERROR a day before the contract or after today."""
    assert salam.contracted_on is not None
    if not salam.contracted_on <= on <= uow.today:
        message = f"on must lie between {salam.contracted_on} and {uow.today}"
        raise ValidationFailed.field("on", "impossible_date", message)


def check_quantity(salam: Salam, quantity_milli: int, field: str = "quantity") -> None:
    """Refuses VALIDATION_ERROR more than is undelivered, and nothing at all."""
    if not 0 < quantity_milli <= salam.undelivered_milli:
        left = quantity_number(salam.undelivered_milli)
        message = f"{left:f} {salam.quantity_unit} are still to be delivered"
        raise MoreThanUndelivered.field(field, "exceeds_undelivered", message)


def judged(uow: UnitOfWork, salam: Salam, facts: SalamFacts, action: Action) -> None:
    """Runs the rules of a step: refuses SHARIAH_VIOLATION, or writes down what they found."""
    evaluations = evaluate(facts, action)
    shariah.enforce([finding for item in evaluations for finding in item.findings])
    shariah.store_evaluations(uow, salam.loan_id, action, evaluations, summary(salam))


def claim(
    uow: UnitOfWork, salam: Salam, amount_minor: int, *, on: date, due_on: date, reason: str
) -> Salam:
    """Opens or widens the money debt of a seller: capital of goods not had, or a discount.

    Each claim is for goods that did not come as sold; nothing is added for time (rule GEN-08).
    """
    existing = obligations.load_locked(uow, [salam.contract_id]).get(salam.contract_id)
    if existing is None:
        schedule = Schedule(1, (due_on,), (amount_minor,), (0,))
        debt = Debt(salam.contract_id, salam.asset, schedule)
        new = NewDebt(debt, salam.seller_id, salam.branch_id, on)
        obligations.open_debts(uow, [new], reason=reason)
    else:
        lines = dict(zip(existing.debt.schedule.due_on, existing.debt.schedule.principal_minor,
                         strict=True))  # fmt: skip
        lines[due_on] = lines.get(due_on, 0) + amount_minor
        days = tuple(sorted(lines))
        schedule = Schedule(
            existing.debt.schedule.version + 1, days, tuple(lines[day] for day in days),
            (0,) * len(days),
        )  # fmt: skip
        obligations.restate(uow, existing, schedule, reason=reason)
    return replace(salam, refundable_minor=salam.refundable_minor + amount_minor)


def written(
    uow: UnitOfWork,
    loan: Loan,
    salam: Salam,
    steps: Sequence[StepFact],
    event: str,
    *,
    reason: str | None = None,
    details: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Writes the contract as the step left it, the loan's state that follows, and tells of both.

    Returns the contract as the API renders it; the journal is for the caller to post, last.
    """
    owed = obligations.load(uow, [salam.contract_id]).get(salam.contract_id)
    left = owed.debt.outstanding_minor if owed is not None else 0
    status = loan_status(salam, refund_left_minor=left)
    store.update(uow, [salam])
    loans.set_stage(
        uow, loan.loan_id, str(salam.stage), status=status, repayable_minor=salam.refundable_minor
    )
    store.insert_steps(uow, steps)
    after = loans.load(uow, [loan.loan_id])[loan.loan_id]
    rendered = contract_of(uow, after)
    news = [Event(event, loan.loan_id, rendered)]
    if status is LoanStatus.COMPLETED and loan.status is not LoanStatus.COMPLETED:
        news.append(Event(loan_events.COMPLETED, loan.loan_id, loan_out(after)))
    deed = event.removeprefix("microfinance.")
    audit.record(uow, [Deed(deed, loan.loan_id, reason, details or {})])
    events.record(uow, news)
    return rendered


def money_of(salam: Salam, amount_minor: int) -> Money:
    """An amount of the contract's currency."""
    return Money(amount_minor, salam.asset)
