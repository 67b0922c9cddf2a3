"""Instalments agreed anew: a date moved, a holiday, an extension. The debt stays what it is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from sanduq.access import service as access
from sanduq.audit import service as audit
from sanduq.audit.service import Deed
from sanduq.events import service as events
from sanduq.events.service import Event
from sanduq.kit.clock import local_date
from sanduq.kit.days import add_months
from sanduq.kit.db import UnitOfWork
from sanduq.kit.errors import ValidationFailed
from sanduq.kit.money import Money
from sanduq.microfinance.loans import events as names
from sanduq.microfinance.loans import store
from sanduq.microfinance.loans.intake import admit
from sanduq.microfinance.loans.kinds import KINDS
from sanduq.microfinance.loans.model import Loan, LoanAction, ScheduleRule
from sanduq.microfinance.loans.qard_hasan.service import as_application
from sanduq.microfinance.loans.schemas import loan_out
from sanduq.microfinance.loans.service import get, locked
from sanduq.obligations import service as obligations
from sanduq.obligations.calendar import working_dates
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
from sanduq.shariah import service as shariah

RESCHEDULE = "loan.reschedule"
DUE_MONTHS_MAX = 600


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
    basis = admit(uow, as_application(loan), is_renewed=True)
    day = day_kept(uow, loan, obligation.debt.schedule, basis.rule)
    change = _change(loan, request, basis.rule, day)
    schedule = reschedule(obligation.debt, change, on=uow.today, calendar=basis.rule.calendar)
    evaluations = KINDS[loan.type].rules_of_schedule(uow, loan, basis, obligation.debt, schedule)
    shariah.enforce([finding for item in evaluations for finding in item.findings])
    inputs = {"outstanding_minor": obligation.debt.outstanding_minor, "kind": request.kind}
    shariah.store_evaluations(uow, loan.loan_id, "reschedule", evaluations, inputs)
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


def day_kept(uow: UnitOfWork, loan: Loan, schedule: Schedule, rule: ScheduleRule) -> int:
    """The day of the month the due dates keep: the product's, or, for a loan that came with its
    own dates, the latest day among them (a short month clamps, it never lengthens)."""
    days = [due_on.day for due_on in schedule.due_on]
    day = anchor_day(_schedule_terms(loan, rule), local_date(loan.created_at, uow.time_zone))
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
