"""What frees a pledge on a day: read, never written."""

from __future__ import annotations

from datetime import date

from sanduq.kit.days import add_months
from sanduq.kit.db import UnitOfWork
from sanduq.obligations import service as obligations
from sanduq.obligations.model import days_past_due, due_minor, next_due, overdue_minor
from sanduq.rahnu.contracts import service as contracts
from sanduq.rahnu.contracts import store as contract_store
from sanduq.rahnu.contracts.debts import secured_by
from sanduq.rahnu.contracts.errors import PledgeStateRefuses
from sanduq.rahnu.contracts.life.payments import store
from sanduq.rahnu.contracts.life.payments.errors import QuoteDayImpossible
from sanduq.rahnu.contracts.life.payments.model import (
    QUOTE_YEARS,
    Quote,
    QuoteLine,
    fee_due_on,
    month_days,
    next_change,
)
from sanduq.rahnu.contracts.life.payments.stopping import as_stopped
from sanduq.rahnu.contracts.model import Contract, PledgeAction, is_allowed


def redemption_quote(uow: UnitOfWork, contract_id: str, on: date | None = None) -> Quote:
    """What frees the pledge on a day, if nothing is paid before: the debt as it is left, which no
    day changes, and the custody fee up to then.

    Refuses NOT_FOUND, CONFLICT a pledge that is not in force, VALIDATION_ERROR a day before
    custody began or more than five years ahead.
    """
    contract = contracts.get(uow, contract_id)
    if not is_allowed(PledgeAction.QUOTE, contract.status):
        raise PledgeStateRefuses.of(contract_id, contract.status, PledgeAction.QUOTE)
    on = on or uow.today
    assert contract.fee_from_on is not None
    last = add_months(uow.today, 12 * QUOTE_YEARS)
    if not contract.fee_from_on <= on <= last:
        raise QuoteDayImpossible.field(
            "on", "impossible_date",
            f"on must lie between {contract.fee_from_on}, when custody began, and {last}",
        )  # fmt: skip
    return _quoted(uow, contract, on, contract.fee_from_on)


def _quoted(uow: UnitOfWork, contract: Contract, on: date, from_on: date) -> Quote:
    debt = secured_by(uow, contract)
    contract = as_stopped(uow, contract, debt)
    outside = contract.outside_debt
    owed = None
    if debt is not None and outside is None and not debt.is_to_pay_out and contract.debt_id:
        owed = obligations.load(uow, [contract.debt_id]).get(contract.debt_id)
    ours = 0 if owed is None else owed.debt.outstanding_minor
    segments = contract_store.segments_of(uow, [contract.contract_id])[contract.contract_id]
    stated = store.statements_bounds(uow, contract.contract_id) if outside else None

    def line_on(day: date) -> QuoteLine:
        return QuoteLine(
            day, ours, 0 if owed is None else due_minor(owed.debt, day),
            fee_due_on(segments, contract.fee_paid_minor, contract.fee_until_on, day),
        )  # fmt: skip

    today = line_on(on)
    upcoming = None if owed is None else next_due(owed.debt, on)
    return Quote(
        contract_id=contract.contract_id,
        asset=contract.asset,
        on=on,
        matures_on=contract.matures_on,
        debt_id=contract.debt_id,
        debt_minor=ours,
        debt_due_minor=today.debt_due_minor,
        overdue_minor=0 if owed is None else overdue_minor(owed.debt, on),
        days_past_due=0 if owed is None else days_past_due(owed.debt, on),
        next_due_on=None if upcoming is None else upcoming.due_on,
        next_due_minor=0 if upcoming is None else upcoming.amount_minor,
        outside_minor=0 if outside is None else outside.amount_minor,
        outside_creditor=None if outside is None else outside.creditor,
        outside_reference=None if outside is None else outside.reference,
        outside_stated_on=None if stated is None else stated[1],
        is_to_pay_out=debt is not None and debt.is_to_pay_out,
        fee_monthly_minor=contract.fee_monthly_minor,
        fee_accrued_minor=contract.fee_paid_minor + today.fee_due_minor,
        fee_paid_minor=contract.fee_paid_minor,
        fee_due_minor=today.fee_due_minor,
        fee_until_on=contract.fee_until_on,
        changes=next_change(today, line_on),
        lines=tuple(line_on(day) for day in month_days(from_on, on, contract.matures_on)),
    )
