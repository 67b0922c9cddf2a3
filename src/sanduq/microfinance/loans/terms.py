"""The course of a loan: its schedule as covered, statement, settlement quote, reschedule."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from sanduq.access import service as access
from sanduq.audit import service as audit
from sanduq.audit.service import Deed
from sanduq.events import service as events
from sanduq.events.service import Event
from sanduq.kit.clock import local_date
from sanduq.kit.db import UnitOfWork
from sanduq.kit.errors import ValidationFailed
from sanduq.kit.money import Money
from sanduq.microfinance.loans import events as names
from sanduq.microfinance.loans import store
from sanduq.microfinance.loans.application import Offer, weigh
from sanduq.microfinance.loans.model import Loan, LoanAction, ScheduleRule
from sanduq.microfinance.loans.schemas import loan_out
from sanduq.microfinance.loans.service import as_application, get, locked, planned
from sanduq.obligations import service as obligations
from sanduq.obligations.calendar import add_months, working_dates
from sanduq.obligations.model import (
    Debt,
    InstalmentState,
    SettlementQuote,
    settled_by_schedule,
    settlement_quote,
)
from sanduq.obligations.rescheduling import (
    Change,
    Holiday,
    MoveDueDate,
    NewDates,
    NewLines,
    NewTerms,
    reschedule,
)
from sanduq.obligations.schedule import (
    Anchor,
    AnchorKind,
    Frequency,
    Line,
    Schedule,
    ScheduleTerms,
    anchor_day,
    regular_dates,
)
from sanduq.qard import service as qard
from sanduq.qard.facts import Action
from sanduq.qard.rules import evaluate
from sanduq.shariah import service as shariah

RESCHEDULE = "loan.reschedule"
DUE_MONTHS_MAX = 600


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a loan's schedule with the state of each line today."""

    loan: Loan
    schedule: Schedule
    states: list[InstalmentState]
    reason: str | None


def schedule_of(uow: UnitOfWork, loan_id: str) -> Version:
    """The schedule in force, or the plan of a loan not paid out yet. Refuses NOT_FOUND."""
    loan = get(uow, loan_id)
    obligation = qard.debts_of(uow, [loan.contract_id]).get(loan.contract_id)
    if obligation is None:
        schedule = planned(uow, loan).schedule
        debt = Debt(loan.contract_id, loan.asset, schedule)
        return Version(loan, schedule, settled_by_schedule(debt, uow.today), "planned")
    states = settled_by_schedule(obligation.debt, uow.today)
    reason = obligations.schedules_of(uow, loan.contract_id)[-1][1]
    return Version(loan, obligation.debt.schedule, states, reason)


def quote(uow: UnitOfWork, loan_id: str, on: date | None) -> tuple[Loan, SettlementQuote]:
    """What settles the loan on a day, at no charge (rule QRD-16). Refuses CONFLICT by state."""
    loan = locked(uow, loan_id, LoanAction.QUOTE, None)
    day = on or uow.today
    if day < uow.today:
        raise ValidationFailed.field("on", "in_the_past", f"on must be {uow.today} or later")
    obligation = obligations.get(uow, loan.contract_id)
    return loan, settlement_quote(obligation.debt, day)


@dataclass(frozen=True, slots=True)
class StatementLine:
    """What was owed anew or paid, and what was left."""

    on: date
    kind: str
    reference: str | None
    owed_minor: int
    paid_minor: int
    balance_minor: int


@dataclass(frozen=True, slots=True)
class Statement:
    loan: Loan
    opening_minor: int
    closing_minor: int
    lines: list[StatementLine]


def statement(uow: UnitOfWork, loan_id: str, from_on: date | None, to_on: date | None) -> Statement:
    """Disbursement, fee and payments in order of their dates. Refuses NOT_FOUND."""
    loan = get(uow, loan_id)
    moves = _moves(uow, loan)
    lines: list[StatementLine] = []
    balance = opening = 0
    for on, kind, reference, owed, paid in moves:
        balance += owed - paid
        if from_on is not None and on < from_on:
            opening = balance
        elif to_on is None or on <= to_on:
            lines.append(StatementLine(on, kind, reference, owed, paid, balance))
    closing = lines[-1].balance_minor if lines else opening
    return Statement(loan, opening, closing, lines)


def _moves(uow: UnitOfWork, loan: Loan) -> list[tuple[date, str, str | None, int, int]]:
    obligation = qard.debts_of(uow, [loan.contract_id]).get(loan.contract_id)
    if obligation is None:
        return []
    started = obligation.started_on
    moves: list[tuple[date, str, str | None, int, int]] = [
        (started, "disbursement", loan.loan_id, loan.amount_minor, 0)
    ]
    if loan.service_fee_minor:
        moves.append((started, "service_fee", loan.loan_id, loan.service_fee_minor, 0))
    for item in qard.repayments_of(uow, loan.loan_id):
        kind = "reversal" if item.reverses else "repayment"
        moves.append(
            (item.received_on, kind, item.repayment_id, 0, item.principal_minor + item.fee_minor)
        )
    return sorted(moves, key=lambda move: move[0])


@dataclass(frozen=True, slots=True)
class Request:
    """A reschedule as it is asked for; which fields count depends on `kind`."""

    kind: str
    reason: str
    from_due_on: date | None = None
    to_due_on: date | None = None
    periods: int | None = None
    instalments: int | None = None
    frequency: Frequency | None = None
    first_due_on: date | None = None
    lines: tuple[tuple[date, Money, Money], ...] = ()


def agree_anew(uow: UnitOfWork, loan_id: str, request: Request, *, etag: str | None = None) -> Loan:
    """Gives a loan a new version of its schedule. The debt stays what it is.

    Refuses CONFLICT (state, nothing left), FORBIDDEN (role), VALIDATION_ERROR (a missing field),
    RESCHEDULE_INCREASE or SHARIAH_VIOLATION (rule DEF-09).
    """
    loan = locked(uow, loan_id, LoanAction.RESCHEDULE, etag)
    access.require_authority(uow, RESCHEDULE, None)
    _check_days(request, add_months(uow.today, DUE_MONTHS_MAX))
    obligation = obligations.get(uow, loan.contract_id, is_locked=True)
    offer = weigh(uow, as_application(loan), is_renewed=True)
    applied_on = local_date(loan.created_at, uow.time_zone)
    day = _kept_day(obligation.debt.schedule, _schedule_terms(loan, offer.rule), applied_on)
    change = _change(loan, request, offer.rule, day)
    schedule = reschedule(obligation.debt, change, on=uow.today, calendar=offer.rule.calendar)
    _check_rules(uow, loan, offer, obligation.debt, schedule)
    obligations.adopt_schedule(uow, obligation, schedule, reason=request.reason)
    store.touch(uow, loan_id)
    changed = get(uow, loan_id)
    details = {"kind": request.kind, "schedule_version": str(schedule.version)}
    audit.record(uow, [Deed("loan.rescheduled", loan_id, request.reason, details)])
    events.record(uow, [Event(names.RESCHEDULED, loan_id, loan_out(changed))])
    return changed


def _check_days(request: Request, latest: date) -> None:
    """Far days are slips of the pen, and the calendar itself ends somewhere."""
    asked = [("to_due_date", request.to_due_on), ("first_due_date", request.first_due_on)]
    asked += [(f"lines.{index}.due_date", line[0]) for index, line in enumerate(request.lines)]
    for field, day in asked:
        if day is not None and day > latest:
            raise ValidationFailed.field(field, "too_far", f"{field} must not lie after {latest}")


def _check_rules(uow: UnitOfWork, loan: Loan, offer: Offer, debt: Debt, schedule: Schedule) -> None:
    left = schedule.total_minor - debt.paid_minor
    facts = replace(
        offer.facts,
        principal_minor=debt.principal_outstanding_minor,
        principal_scheduled_minor=schedule.principal_total_minor - debt.principal_paid_minor,
        fee_approved_minor=loan.service_fee_minor,
        instalment_total_minor=left,
        contract_amount_minor=debt.outstanding_minor,
        outstanding_minor=debt.outstanding_minor,
        total_repayable_minor=None,
        disbursed_on=local_date(loan.disbursed_at or uow.now, uow.time_zone),
        first_due_on=schedule.due_on[0],
        is_disbursement_confirmed=True,
        is_schedule_active=True,
    )
    evaluations = evaluate(facts, Action.RESCHEDULE)
    shariah.enforce([finding for item in evaluations for finding in item.findings])
    shariah.store_evaluations(uow, loan.loan_id, "reschedule", evaluations, offer.facts_summary())


def _kept_day(schedule: Schedule, terms: ScheduleTerms, applied_on: date) -> int:
    """The day of the month the due dates keep: the product's, or, for a loan that came with its
    own dates, the latest day among them (a short month clamps, it never lengthens)."""
    days = [due_on.day for due_on in schedule.due_on]
    day = anchor_day(terms, applied_on)
    return day if day in days else max(days)


def _change(loan: Loan, request: Request, rule: ScheduleRule, day: int) -> Change:
    frequency = request.frequency or loan.terms.frequency
    if request.kind == "move_due_date":
        return MoveDueDate(
            _needed(request.from_due_on, "from_due_date"),
            _needed(request.to_due_on, "to_due_date"),
            frequency,
            None,
            rule.working_days,
        )
    if request.kind == "holiday":
        periods = request.periods
        if periods is None:
            raise ValidationFailed.field("periods", "missing_field", "periods is missing")
        return Holiday(
            _needed(request.from_due_on, "from_due_date"), periods, frequency, day,
            rule.working_days,
        )  # fmt: skip
    if request.kind == "extend":
        return _extension(loan, request, rule, frequency)
    if not request.lines:
        raise ValidationFailed.field("lines", "missing_field", "lines is missing")
    return NewLines(
        tuple(
            Line(on, principal.amount_minor, fee.amount_minor)
            for on, principal, fee in request.lines
        )
    )


def _extension(loan: Loan, request: Request, rule: ScheduleRule, frequency: Frequency) -> Change:
    if request.instalments is None:
        raise ValidationFailed.field("installments", "missing_field", "installments is missing")
    if request.first_due_on is not None:
        first = request.first_due_on
        dates = working_dates(
            regular_dates(first, request.instalments, frequency),
            calendar=rule.calendar, rule=rule.working_days, not_before=first,
        )  # fmt: skip
        return NewDates(dates, rule.multiple_of_minor)
    return NewTerms(
        replace(
            _schedule_terms(loan, rule),
            instalments=request.instalments,
            frequency=frequency,
            grace_months=0,
            anchor=Anchor(AnchorKind.NEXT_MONTH_FIRST),
        )
    )


def _schedule_terms(loan: Loan, rule: ScheduleRule) -> ScheduleTerms:
    return ScheduleTerms(
        instalments=loan.terms.instalments,
        frequency=loan.terms.frequency,
        grace_months=loan.terms.grace_months,
        anchor=rule.anchor,
        instalment_multiple_of_minor=rule.multiple_of_minor,
        working_days=rule.working_days,
    )


def _needed(value: date | None, field: str) -> date:
    if value is None:
        raise ValidationFailed.field(field, "missing_field", f"{field} is missing")
    return value
