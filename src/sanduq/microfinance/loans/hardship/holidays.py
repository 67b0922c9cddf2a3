"""Force majeure: what befalls everyone rests everyone's payments, without increase (DEF-19)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date

from sanduq.access import service as access
from sanduq.audit import service as audit
from sanduq.audit.service import Deed
from sanduq.events import service as outbox
from sanduq.events.service import Event
from sanduq.kit.days import add_months
from sanduq.kit.db import UnitOfWork
from sanduq.kit.errors import NotFound, Refusal, ValidationFailed
from sanduq.kit.ids import new_id
from sanduq.kit.pages import Page, PageRequest
from sanduq.microfinance.groups import service as groups
from sanduq.microfinance.loans import events as loan_events
from sanduq.microfinance.loans import store as loan_store
from sanduq.microfinance.loans.hardship import events, store_holidays
from sanduq.microfinance.loans.hardship.errors import HolidayUnknown
from sanduq.microfinance.loans.hardship.facts import Action, HardshipFacts
from sanduq.microfinance.loans.hardship.model_holidays import (
    LOANS_MAX,
    MONTHS_MAX,
    HolidayResult,
    NewHoliday,
    PaymentHoliday,
    rest_of,
)
from sanduq.microfinance.loans.hardship.rules import evaluate
from sanduq.microfinance.loans.hardship.schemas_holidays import holiday_out
from sanduq.microfinance.loans.intake import common_schedule_rules, schedule_rule
from sanduq.microfinance.loans.model import Loan, LoanAction, ScheduleRule, is_allowed
from sanduq.microfinance.loans.rescheduling import RESCHEDULE, day_kept
from sanduq.microfinance.loans.schemas import loan_out
from sanduq.microfinance.products import service as products
from sanduq.microfinance.programs import service as programs
from sanduq.obligations import service as obligations
from sanduq.obligations.errors import NothingToReschedule
from sanduq.obligations.rescheduling import reschedule
from sanduq.obligations.schedule import Schedule
from sanduq.obligations.service import Obligation
from sanduq.shariah import service as shariah
from sanduq.shariah.board import Evaluated
from sanduq.shariah.facts import DebtMeasure
from sanduq.shariah.model import Evaluation, Resolution, ShariahProfile


@dataclass(frozen=True, slots=True)
class _Moved:
    """One loan whose instalments move: its debt, the version it gets, what the rules found."""

    loan: Loan
    obligation: Obligation
    schedule: Schedule
    evaluations: tuple[Evaluation, ...]
    result: HolidayResult


def give(uow: UnitOfWork, new: NewHoliday) -> tuple[PaymentHoliday, list[HolidayResult]]:
    """Gives every loan of a branch, group or program that was paid out a rest from instalments.

    One result per loan: those whose instalments cannot move (settled, owed in goods, nothing due
    before the holiday ends) are named with the cause and stay as they are. No amount changes.
    Refuses NOT_FOUND (branch, group, program, or no loan that fits), FORBIDDEN without the
    authority `loan.reschedule`, VALIDATION_ERROR no filter, a day that is not ahead, more than
    5,000 loans.
    """
    _check(uow, new)
    access.require_authority(uow, RESCHEDULE, None)
    ids = store_holidays.covered(uow, new, LOANS_MAX + 1)
    if not ids:
        raise NotFound("no loan with money out fits: name another branch, group or program")
    if len(ids) > LOANS_MAX:
        message = f"more than {LOANS_MAX} loans fit: name a group or a program within the branch"
        raise ValidationFailed.field("branch_id", "too_many", message)
    moved, results = _weighed(uow, new, loan_store.load_locked(uow, ids))
    obligations.adopt_schedules(
        uow, [(each.obligation, each.schedule) for each in moved], reason=new.event
    )
    moved_ids = [each.loan.loan_id for each in moved]
    store_holidays.touch(uow, moved_ids)
    holiday = PaymentHoliday(
        **asdict(new),
        holiday_id=new_id("hol"),
        given_count=len(moved),
        refused_count=len(results) - len(moved),
        given_on=uow.today,
        created_at=uow.now,
        created_by=uow.actor.user_id,
    )
    store_holidays.insert(uow, holiday, results)
    _tell(uow, holiday, moved)
    return holiday, results


def get(uow: UnitOfWork, holiday_id: str) -> tuple[PaymentHoliday, list[HolidayResult]]:
    """One holiday and what became of each loan. Refuses NOT_FOUND."""
    found = store_holidays.get(uow, holiday_id)
    if found is None:
        raise HolidayUnknown
    return found, store_holidays.results_of(uow, holiday_id)


def list_holidays(uow: UnitOfWork, request: PageRequest) -> Page[PaymentHoliday]:
    """Holidays, newest first."""
    return store_holidays.select_page(uow, request)


def _check(uow: UnitOfWork, new: NewHoliday) -> None:
    if new.branch_id is None and new.group_id is None and new.program_id is None:
        message = "name a branch, a group or a program: whom did it befall?"
        raise ValidationFailed.field("branch_id", "missing_field", message)
    if (new.months is None) == (new.until_on is None):
        message = "a holiday lasts a number of months or until a day, one of the two"
        raise ValidationFailed.field("months", "months_or_until", message)
    latest = add_months(uow.today, MONTHS_MAX)
    if new.until_on is not None and not uow.today < new.until_on <= latest:
        message = f"until must lie after {uow.today} and not after {latest}"
        raise ValidationFailed.field("until", "out_of_range", message)
    if new.branch_id is not None and not access.known_branches(uow, [new.branch_id]):
        raise NotFound(f"there is no branch {new.branch_id}")
    if new.group_id is not None:
        groups.get_group(uow, new.group_id)
    if new.program_id is not None:
        programs.get_program(uow, new.program_id)


def _weighed(
    uow: UnitOfWork, new: NewHoliday, loans: Mapping[str, Loan]
) -> tuple[list[_Moved], list[HolidayResult]]:
    debts = obligations.load_locked(uow, [loan.contract_id for loan in loans.values()])
    kept = products.load_products(uow, {loan.product_id for loan in loans.values()})
    institution = access.get_institution(uow)
    rules = {each: schedule_rule(product, institution) for each, product in kept.items()}
    resolutions = shariah.live_resolutions(uow, uow.today)
    moved: list[_Moved] = []
    results: list[HolidayResult] = []
    for loan in loans.values():
        try:
            debt = debts.get(loan.contract_id)
            if not is_allowed(LoanAction.RESCHEDULE, loan.status):
                raise NothingToReschedule(f"it is {loan.status} meanwhile")
            if debt is None:
                raise NothingToReschedule("nothing is owed in money instalments")
            one = _moved(uow, new, loan, debt, rules[loan.product_id], resolutions)
        except Refusal as refusal:
            results.append(HolidayResult(loan.loan_id, code=refusal.code, message=refusal.message))
            continue
        moved.append(one)
        results.append(one.result)
    return moved, results


def _moved(
    uow: UnitOfWork,
    new: NewHoliday,
    loan: Loan,
    obligation: Obligation,
    rule: ScheduleRule,
    resolutions: tuple[Resolution, ...],
) -> _Moved:
    debt = obligation.debt
    day = day_kept(uow, loan, debt.schedule, rule)
    rest = rest_of(debt, new, on=uow.today, frequency=loan.terms.frequency, day=day, rule=rule)
    schedule = reschedule(debt, rest, on=uow.today, calendar=rule.calendar)
    facts = HardshipFacts(
        on=uow.today,
        asset=loan.asset,
        profile=ShariahProfile(uow.shariah_profile),
        resolutions=resolutions,
        measures=(DebtMeasure.GRACE,),
        event=new.event,
        is_holiday_given=True,
    )
    evaluations = (
        *common_schedule_rules(uow, resolutions, debt, schedule),
        *evaluate(facts, Action.RESPITE),
    )
    shariah.enforce(finding for each in evaluations for finding in each.findings)
    to: date = schedule.due_on[debt.schedule.due_on.index(rest.from_due_on)]
    result = HolidayResult(loan.loan_id, rest.from_due_on, to, schedule.version)
    return _Moved(loan, obligation, schedule, evaluations, result)


def _tell(uow: UnitOfWork, holiday: PaymentHoliday, moved: Sequence[_Moved]) -> None:
    shariah.store_evaluations_of(
        uow,
        "holiday",
        [
            Evaluated(
                each.loan.loan_id, each.evaluations,
                {"outstanding_minor": each.obligation.debt.outstanding_minor},
            )
            for each in moved
        ],
    )  # fmt: skip
    details = {"holiday_id": holiday.holiday_id, "event": holiday.event}
    ids = [each.loan.loan_id for each in moved]
    deeds = [Deed("loan.rescheduled", loan_id, holiday.reason, details) for loan_id in ids]
    given = Deed("holiday.given", holiday.holiday_id, holiday.reason, {"event": holiday.event})
    audit.record(uow, [given, *deeds])
    changed = loan_store.load(uow, ids)
    outbox.record(
        uow,
        [
            Event(events.HOLIDAY_GIVEN, holiday.holiday_id, holiday_out(holiday)),
            *(
                Event(loan_events.RESCHEDULED, loan_id, loan_out(changed[loan_id]))
                for loan_id in ids
            ),
        ],
    )
