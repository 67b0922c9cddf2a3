"""Hardship: the debtor is asked, his means are looked at, and only then is anything done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sanduq.access import service as access
from sanduq.audit import service as audit
from sanduq.audit.service import Deed
from sanduq.events import service as outbox
from sanduq.events.service import Event
from sanduq.kit.db import UnitOfWork
from sanduq.kit.errors import ValidationFailed
from sanduq.kit.ids import new_id
from sanduq.kit.money import Money
from sanduq.microfinance.loans import service as loans
from sanduq.microfinance.loans import store as loan_store
from sanduq.microfinance.loans.hardship import events, store, store_holidays
from sanduq.microfinance.loans.hardship.errors import NothingOverdue
from sanduq.microfinance.loans.hardship.facts import Action, HardshipFacts
from sanduq.microfinance.loans.hardship.model import (
    RESPONSE_DAYS,
    Assessment,
    Channel,
    Demand,
)
from sanduq.microfinance.loans.hardship.rules import evaluate
from sanduq.microfinance.loans.hardship.schemas import assessment_out, demand_out
from sanduq.microfinance.loans.model import Loan, LoanAction, LoanStatus, LoanType
from sanduq.microfinance.loans.schemas import loan_out
from sanduq.obligations import service as obligations
from sanduq.obligations.model import overdue_minor
from sanduq.obligations.service import Obligation
from sanduq.parties import service as parties
from sanduq.shariah import service as shariah
from sanduq.shariah.facts import DebtorState
from sanduq.shariah.model import ShariahProfile

ASSESS = "loan.assess"
DEFAULT = "loan.default"


@dataclass(frozen=True, slots=True)
class NewAssessment:
    """What was found out about a debtor's means. `party_id` None: the borrower himself."""

    state: DebtorState
    findings: str
    document: str | None = None
    party_id: str | None = None


def demand(
    uow: UnitOfWork,
    loan_id: str,
    *,
    channel: Channel,
    respond_by_on: date | None = None,
    note: str | None = None,
) -> Demand:
    """Asks the borrower for what is overdue.

    Refuses CONFLICT when nothing is overdue (no demand before its day, rule QRD-15) or the
    loan's state does not allow it, VALIDATION_ERROR a day to answer that has passed.
    """
    loan = loans.locked(uow, loan_id, LoanAction.DEMAND, None)
    obligation = obligations.get(uow, loan.contract_id)
    overdue = overdue_minor(obligation.debt, uow.today)
    if overdue == 0:
        raise NothingOverdue
    answer_by = respond_by_on or uow.today + timedelta(days=RESPONSE_DAYS)
    if answer_by < uow.today:
        raise ValidationFailed.field(
            "respond_by", "in_the_past", f"respond_by must be {uow.today} or later"
        )
    made = Demand(
        new_id("dmd"), loan_id, uow.today, answer_by, channel, Money(overdue, loan.asset), note,
        uow.now, uow.actor.user_id,
    )  # fmt: skip
    store.insert_demand(uow, made)
    tell(uow, loan_id, "loan.demanded", note, events.DEMANDED, demand_out(made))
    return made


def assess(uow: UnitOfWork, loan_id: str, new: NewAssessment) -> Assessment:
    """Classes a debtor, on findings that are written down; the latest assessment counts.

    Refuses NOT_FOUND (loan, party), FORBIDDEN without the authority `loan.assess`.
    """
    loan = loans.get(uow, loan_id)
    access.require_authority(uow, ASSESS, None)
    party = parties.get_party(uow, new.party_id or loan.borrower_id)
    made = Assessment(
        new_id("asm"), loan_id, party.party_id, new.state, new.findings, new.document,
        uow.today, uow.now, uow.actor.user_id,
    )  # fmt: skip
    store.insert_assessment(uow, made)
    tell(uow, loan_id, "loan.assessed", new.findings, events.ASSESSED, assessment_out(made))
    return made


def default(uow: UnitOfWork, loan_id: str, *, reason: str, etag: str | None = None) -> Loan:
    """Marks a loan as defaulted; what is owed stays what it is.

    Refuses CONFLICT by state and when nothing is overdue, FORBIDDEN without authority,
    SHARIAH_VIOLATION before the borrower was classed, or for delay before a demand ran out
    (rule DEF-01; AAOIFI SS 3 cl. 1 and 2/6).
    """
    loan = loans.locked(uow, loan_id, LoanAction.DEFAULT, etag)
    access.require_authority(uow, DEFAULT, None)
    obligation = obligations.get(uow, loan.contract_id)
    if overdue_minor(obligation.debt, uow.today) == 0:
        raise NothingOverdue
    event, is_given = store_holidays.latest_for(uow, loan_id)
    keep_rules(uow, loan, Action.DEFAULT, event=event, is_holiday_given=is_given)
    loan_store.mark(uow, loan_id, LoanStatus.DEFAULTED)
    changed = loans.get(uow, loan_id)
    tell(uow, loan_id, "loan.defaulted", reason, events.DEFAULTED, loan_out(changed))
    return changed


def state_of(uow: UnitOfWork, loan: Loan) -> DebtorState:
    """How the borrower is classed by the latest assessment; unclassed is UNKNOWN."""
    found = [a for a in store.assessments_of(uow, loan.loan_id) if a.party_id == loan.borrower_id]
    return found[0].state if found else DebtorState.UNKNOWN


def facts_of(uow: UnitOfWork, loan: Loan, **known: Any) -> HardshipFacts:
    """What the rules of default are told about a loan, with what the caller knows besides."""
    assessed = [
        each for each in store.assessments_of(uow, loan.loan_id)
        if each.party_id == loan.borrower_id
    ]  # fmt: skip
    demands = store.demands_of(uow, loan.loan_id)
    return HardshipFacts(
        on=uow.today,
        asset=loan.asset,
        profile=ShariahProfile(uow.shariah_profile),
        resolutions=shariah.live_resolutions(uow, uow.today),
        debtor_state=assessed[0].state if assessed else DebtorState.UNKNOWN,
        has_assessment=bool(assessed),
        respond_by_on=demands[0].respond_by_on if demands else None,
        is_qard=loan.type is LoanType.QARD_HASAN,
        **known,
    )


def keep_rules(uow: UnitOfWork, loan: Loan, action: Action, **known: Any) -> HardshipFacts:
    """Runs the rules of an act, refuses what they refuse and writes down what they found."""
    facts = facts_of(uow, loan, **known)
    evaluations = evaluate(facts, action)
    shariah.enforce([finding for item in evaluations for finding in item.findings])
    inputs = {"state": facts.debtor_state.value, "respond_by_on": facts.respond_by_on}
    shariah.store_evaluations(uow, loan.loan_id, action.value, evaluations, inputs)
    return facts


def record_of(uow: UnitOfWork, loan_id: str) -> tuple[list[Demand], list[Assessment]]:
    """Demands and assessments of a loan, latest first. Refuses NOT_FOUND."""
    loans.get(uow, loan_id)
    return store.demands_of(uow, loan_id), store.assessments_of(uow, loan_id)


def tell(
    uow: UnitOfWork,
    loan_id: str,
    deed: str,
    reason: str | None,
    event: str,
    data: Mapping[str, Any],
) -> None:
    """Writes an act on a loan to the audit trail and the outbox."""
    audit.record(uow, [Deed(deed, loan_id, reason)])
    outbox.record(uow, [Event(event, loan_id, data)])


def debt_of(uow: UnitOfWork, loan: Loan) -> Obligation:
    """The loan's debt, locked. Refuses NOT_FOUND one that has none in money."""
    return obligations.get(uow, loan.contract_id, is_locked=True)
