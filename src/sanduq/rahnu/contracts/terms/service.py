"""Extending and renewing pledges. The debt is never raised, and no fee becomes part of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sanduq.access import service as access
from sanduq.assets.valuations import service as valuations
from sanduq.kit.days import add_months
from sanduq.kit.db import UnitOfWork
from sanduq.kit.ids import new_id
from sanduq.kit.money import Money
from sanduq.kit.pages import Page, PageRequest
from sanduq.ledger import service as ledger
from sanduq.ledger.model import Journal
from sanduq.obligations import service as obligations
from sanduq.obligations.rescheduling import Change, reschedule
from sanduq.obligations.schedule import Schedule
from sanduq.obligations.service import Obligation
from sanduq.rahnu.contracts import disclosure, meter
from sanduq.rahnu.contracts import service as contracts
from sanduq.rahnu.contracts import store as contracts_store
from sanduq.rahnu.contracts.errors import PledgeStepMissing
from sanduq.rahnu.contracts.facts import Gathered, gathered
from sanduq.rahnu.contracts.lending import check_instalments
from sanduq.rahnu.contracts.life.payments.model import PayPledge
from sanduq.rahnu.contracts.life.payments.service import paid_elsewhere, take
from sanduq.rahnu.contracts.life.ruling import keep_rules
from sanduq.rahnu.contracts.margin import service as margin
from sanduq.rahnu.contracts.margin.revaluing import Revalue, revalue
from sanduq.rahnu.contracts.model import Contract, PledgeAction
from sanduq.rahnu.contracts.terms import events as names
from sanduq.rahnu.contracts.terms import store
from sanduq.rahnu.contracts.terms.errors import NothingToExtend
from sanduq.rahnu.contracts.terms.model import (
    Extend,
    Renew,
    TermChange,
    TermKind,
    renewed,
    shifted,
)
from sanduq.rahnu.facts import Extension, RahnAction, RahnFacts, Renewal
from sanduq.rahnu.rules import evaluate
from sanduq.shariah import service as shariah

CHANGE = "pledge.change"


@dataclass(frozen=True, slots=True)
class _Settled:
    """A pledge after what was paid with the request, its fee settled to the day."""

    known: Gathered
    journals: tuple[Journal, ...]
    owed_before_minor: int
    paid_minor: int
    fee_paid_minor: int

    @property
    def owed_minor(self) -> int:
        assert self.known.debt is not None
        return self.known.debt.outstanding_minor


def extend(
    uow: UnitOfWork, contract_id: str, asked: Extend, *, etag: str | None = None
) -> Contract:
    """Gives more time for the same debt, as far as the template allows (ARN-01).

    Every unpaid instalment moves on by the months asked for, and the maturity with it; nothing is
    added (DEF-09). Refuses CONFLICT (state; a debt that is paid; custody fee that is due, RHN-33;
    a debt at another place that falls due before), FORBIDDEN, SHARIAH_VIOLATION,
    SCHEDULE_DATES_INVALID a new day that has passed.
    """
    contract = contracts.locked(uow, contract_id, PledgeAction.EXTEND, etag)
    settled = _settled(uow, contract, asked.payment, "extend")
    contract = settled.known.contract
    access.require_authority(uow, CHANGE, contract.money(settled.owed_minor))
    owed = _owed_here(uow, contract)
    extension = Extension(contract.extension_count + 1, asked.months)
    if owed is None:
        keep_rules(uow, settled.known, RahnAction.EXTEND, extension=extension)
        matures_on = _elsewhere(settled.known, _later(contract, asked.months), "extend")
    else:
        change = shifted(owed.debt, asked.months)
        plan, added = _planned(uow, owed, change)
        extension = replace(extension, added_minor=added)
        keep_rules(uow, settled.known, RahnAction.EXTEND, extension=extension)
        obligations.adopt_schedule(uow, owed, plan, reason=asked.reason or "pledge extended")
        matures_on = plan.due_on[-1]
    number = contract.extension_count + 1
    contracts_store.update(uow, contract_id, matures_on=matures_on, extension_count=number)
    moved = (TermKind.EXTENSION, number, asked.months, matures_on)
    made = _recorded(uow, settled, *moved, asked.reason)
    return _finished(uow, settled, made, names.EXTENDED, "pledge.extended")


def renew(uow: UnitOfWork, contract_id: str, asked: Renew, *, etag: str | None = None) -> Contract:
    """Gives a new term once extensions are used up: valued anew, fee settled, no new money.

    What is lent anew is no more than what was owed (RHN-33), and within the ratio on a valuation
    of the day (RHN-30, RHN-31). Refuses CONFLICT (state; an extension still open; a thing not
    valued within a day; custody fee that is due; a debt that is paid), FORBIDDEN,
    VALIDATION_ERROR, SHARIAH_VIOLATION (among it a disclosure not accepted anew, DIS-05).
    """
    contract = contracts.locked(uow, contract_id, PledgeAction.RENEW, etag)
    _require_extended(uow, contract)
    revalue(uow, contract_id, Revalue(_newest_valuations(uow, contract)))
    settled = _settled(uow, contracts.get(uow, contract_id), asked.payment, "renew")
    contract = settled.known.contract
    access.require_authority(uow, CHANGE, contract.money(settled.owed_minor))
    instalments = asked.instalments or min(contract.instalments, asked.months)
    check_instalments(instalments, asked.months)
    _keep_renewal_rules(uow, settled, asked)
    owed = _owed_here(uow, contract)
    if owed is None:
        until = add_months(uow.today, asked.months)
        matures_on = _elsewhere(settled.known, until, "renew")
    else:
        plan, _ = _planned(uow, owed, renewed(uow.today, asked.months, instalments))
        obligations.adopt_schedule(uow, owed, plan, reason=asked.reason or "pledge renewed")
        matures_on = plan.due_on[-1]
    number = contract.renewal_count + 1
    contracts_store.update(
        uow, contract_id, matures_on=matures_on, renewal_count=number, extension_count=0,
        term_months=asked.months, instalments=instalments,
        disclosure_version=disclosure.VERSION, disclosed_at=uow.now,
        disclosed_by=uow.actor.user_id,
    )  # fmt: skip
    moved = (TermKind.RENEWAL, number, asked.months, matures_on)
    made = _recorded(uow, settled, *moved, asked.reason)
    return _finished(uow, settled, made, names.RENEWED, "pledge.renewed")


def list_changes(uow: UnitOfWork, contract_id: str, request: PageRequest) -> Page[TermChange]:
    """Extensions and renewals of a pledge, newest first. Refuses NOT_FOUND."""
    contracts.get(uow, contract_id)
    return store.list_changes(uow, contract_id, request)


def _settled(uow: UnitOfWork, contract: Contract, payment: Money | None, step: str) -> _Settled:
    """Takes what is paid with the request; refuses while custody fee to the day is left."""
    known = gathered(uow, contract)
    before = 0 if known.debt is None else known.debt.outstanding_minor
    journals: tuple[Journal, ...] = ()
    paid = fee_paid = 0
    if payment is not None:
        taken = take(uow, known, PayPledge(payment))
        journals = taken.journals
        paid, fee_paid = taken.repayment.debt_minor, taken.repayment.fee_minor
        known = gathered(uow, taken.contract)
    contract_id = contract.contract_id
    if known.debt is None or known.debt.is_settled:
        raise NothingToExtend(f"the debt of {contract_id} is paid: it is free, release it")
    due = meter.fees_due(uow, [known.contract], uow.today)[contract_id]
    if due:
        money = contract.money(due)
        missing = f"the custody fee to this day, {money},"
        raise PledgeStepMissing.of(contract_id, step, missing=missing, rule_id="RHN-33")
    return _Settled(known, journals, before, paid, fee_paid)


def _owed_here(uow: UnitOfWork, contract: Contract) -> Obligation | None:
    """The debt, locked, if its days are agreed here; None: at the place where it was made."""
    if contract.debt_id is None or paid_elsewhere(uow, contract) is not None:
        return None
    return obligations.get(uow, contract.debt_id, is_locked=True)


def _planned(uow: UnitOfWork, owed: Obligation, change: Change) -> tuple[Schedule, int]:
    """The next version of a debt's schedule, and what it would add: nothing, or it is refused."""
    plan = reschedule(owed.debt, change, on=uow.today)
    return plan, plan.total_minor - owed.debt.schedule.total_minor


def _elsewhere(known: Gathered, until: date, step: str) -> date:
    """The day a debt at another place falls due now; it must reach as far as was asked for."""
    debt, contract = known.debt, known.contract
    assert debt is not None
    if debt.last_due_on is None or debt.last_due_on < until:
        missing = (
            f"the creditor's own agreement that the debt falls due on {until} (recorded as a debt"
            " statement, or by rescheduling the loan itself)"
        )
        raise PledgeStepMissing.of(contract.contract_id, step, missing=missing, rule_id="ARN-01")
    return debt.last_due_on


def _later(contract: Contract, months: int) -> date:
    assert contract.matures_on is not None
    return add_months(contract.matures_on, months)


def _require_extended(uow: UnitOfWork, contract: Contract) -> None:
    terms = gathered(uow, contract).template.terms
    left = terms.extensions_max - contract.extension_count
    if left > 0:
        missing = f"its extension ({left} of {terms.extensions_max} left)"
        raise PledgeStepMissing.of(contract.contract_id, "renew", missing=missing, rule_id="ARN-01")


def _newest_valuations(uow: UnitOfWork, contract: Contract) -> tuple[str, ...]:
    known = valuations.newest_confirmed(uow, contract.item_ids)
    for item_id in contract.item_ids:
        if item_id not in known:
            missing = f"a confirmed valuation of {item_id}, not more than a day old,"
            raise PledgeStepMissing.of(
                contract.contract_id, "renew", missing=missing, rule_id="RHN-30"
            )
    return tuple(known[item_id].valuation_id for item_id in contract.item_ids)


def _keep_renewal_rules(uow: UnitOfWork, settled: _Settled, asked: Renew) -> None:
    contract = settled.known.contract
    told = frozenset[tuple[str, str]]()
    if asked.is_disclosure_acknowledged:
        told = disclosure.acknowledged(contract, is_told_now=True)
    facts: RahnFacts = replace(
        settled.known.facts,
        loan_minor=settled.owed_minor,
        term_months=asked.months,
        renewal=Renewal(settled.owed_before_minor, settled.owed_minor),
        disclosure=disclosure.shown(),
        disclosures_acknowledged=told,
    )
    evaluations = evaluate(facts, RahnAction.RENEW)
    findings = [found for each in evaluations for found in each.findings]
    shariah.enforce(findings, {rule for rule, _ in told})
    summary = {"old_minor": settled.owed_before_minor, "new_minor": settled.owed_minor}
    shariah.store_evaluations(uow, contract.contract_id, "renew", evaluations, summary)


def _recorded(
    uow: UnitOfWork,
    settled: _Settled,
    kind: TermKind,
    number: int,
    months: int,
    matures_on: date,
    reason: str | None,
) -> TermChange:
    contract = settled.known.contract
    made = TermChange(
        term_change_id=new_id("trm"),
        contract_id=contract.contract_id,
        kind=kind,
        number=number,
        months=months,
        matured_on=contract.matures_on,
        matures_on=matures_on,
        asset=contract.asset,
        outstanding_minor=settled.owed_minor,
        paid_minor=settled.paid_minor,
        fee_paid_minor=settled.fee_paid_minor,
        reason=reason,
        created_at=uow.now,
        created_by=uow.actor.user_id,
    )
    store.insert(uow, made)
    return made


def _finished(
    uow: UnitOfWork, settled: _Settled, made: TermChange, event: str, deed: str
) -> Contract:
    margin.reassess(uow, [made.contract_id])
    details: Mapping[str, Any] = {
        "term_change_id": made.term_change_id,
        "matures_on": made.matures_on.isoformat(),
        "outstanding_minor": made.outstanding_minor,
    }
    after = contracts.changed(
        uow, made.contract_id, event, deed, reason=made.reason, details=details
    )
    if settled.journals:
        ledger.post(uow, list(settled.journals))
    return after
