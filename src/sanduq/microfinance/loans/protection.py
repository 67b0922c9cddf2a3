"""Client protection at the two moments it binds: when a loan is asked for and when it is taken."""

from __future__ import annotations

from sanduq.kit.db import UnitOfWork
from sanduq.microfinance.loans.disclosure import VERSION
from sanduq.microfinance.loans.model import Application, Loan
from sanduq.obligations import service as obligations
from sanduq.obligations.schedule import Frequency
from sanduq.shariah import service as shariah
from sanduq.shariah.facts_disclosure import (
    Affordability,
    ProtectionAction,
    ProtectionFacts,
    monthly_minor,
)
from sanduq.shariah.rules_disclosure import evaluate

PER_YEAR = {Frequency.WEEKLY: 52, Frequency.BIWEEKLY: 26, Frequency.MONTHLY: 12}


def protect(uow: UnitOfWork, loan_id: str, application: Application) -> None:
    """Refuses SHARIAH_VIOLATION instalments that take too much of a month's income (DIS-02).

    Weighed against the income that was stated, with what the borrower's other debts call for in
    the coming month. Where nobody stated one, the officer's own appraisal stands outside this.
    """
    if application.net_income is None:
        return
    asset = application.amount.asset
    asked = application.amount.amount_minor
    if application.service_fee is not None:
        asked += application.service_fee.amount_minor
    instalment = -(-asked // application.terms.instalments)
    burden = monthly_minor(instalment, PER_YEAR[application.terms.frequency])
    burden += obligations.due_next_month_minor(uow, application.borrower_id, asset)
    means = Affordability(burden, application.net_income.amount_minor)
    facts = ProtectionFacts(on=uow.today, asset=asset, affordability=means)
    _keep(uow, loan_id, facts, ProtectionAction.APPLY)


def accept(uow: UnitOfWork, loan: Loan, *, is_told: bool) -> None:
    """Refuses SHARIAH_VIOLATION a loan whose cost was not acknowledged (DIS-01)."""
    acknowledged = frozenset({("DIS-01", VERSION)}) if is_told else frozenset()
    facts = ProtectionFacts(
        on=uow.today,
        asset=loan.asset,
        disclosure_version=VERSION,
        disclosures_acknowledged=acknowledged,
    )
    _keep(uow, loan.loan_id, facts, ProtectionAction.ACCEPT)


def _keep(uow: UnitOfWork, loan_id: str, facts: ProtectionFacts, action: ProtectionAction) -> None:
    evaluations = evaluate(facts, action)
    shariah.enforce([finding for each in evaluations for finding in each.findings])
    shariah.store_evaluations(uow, loan_id, action.value, evaluations, facts)
