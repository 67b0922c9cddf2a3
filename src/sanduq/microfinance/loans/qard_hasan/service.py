"""The qard hasan among the loans: weighed, agreed, paid out."""

from __future__ import annotations

from dataclasses import replace

from sanduq.kit.clock import local_date
from sanduq.kit.db import UnitOfWork
from sanduq.microfinance.loans import store
from sanduq.microfinance.loans.agreed import Agreed
from sanduq.microfinance.loans.disclosure import RULES as DISCLOSURE_RULES
from sanduq.microfinance.loans.disclosure import VERSION as DISCLOSURE_VERSION
from sanduq.microfinance.loans.funding import program_for, program_of, source_of, subsidise
from sanduq.microfinance.loans.intake import Basis
from sanduq.microfinance.loans.model import Application, Loan, disbursement_schedule
from sanduq.microfinance.loans.protection import accept
from sanduq.microfinance.loans.qard_hasan.application import Offer, weigh
from sanduq.obligations.model import Debt
from sanduq.obligations.receipts.model import CashSource
from sanduq.obligations.schedule import Schedule
from sanduq.qard import service as qard
from sanduq.qard.facts import Action
from sanduq.qard.rules import evaluate
from sanduq.qard.service import Disbursement, NewQard
from sanduq.shariah import service as shariah
from sanduq.shariah.model import Evaluation


def agree(uow: UnitOfWork, loan_id: str, application: Application, basis: Basis) -> Agreed:
    """Weighs the application and writes the agreed qard. Refuses SHARIAH_VIOLATION."""
    offer = weigh(uow, application, basis, program_for(uow, application))
    shariah.enforce([f for item in offer.evaluations for f in item.findings])
    (contract,) = qard.agree(
        uow,
        [
            NewQard(
                loan_id, application.borrower_id, basis.branch_id, application.amount,
                offer.fee.amount_minor, offer.product.component_order,
                offer.study.cost_study_id if offer.study else None,
            )
        ],
    )  # fmt: skip
    return Agreed(
        contract_id=contract.qard_id,
        fee_minor=offer.fee.amount_minor,
        repayable_minor=application.amount.amount_minor + offer.fee.amount_minor,
        instalment_minor=offer.schedule.lines[0].total_minor,
        first_due_on=offer.schedule.due_on[0],
        stage=None,
        particulars=None,
        evaluations=offer.evaluations,
        summary=offer.facts_summary(),
    )


def recheck(uow: UnitOfWork, loan: Loan, basis: Basis) -> list[Evaluation]:
    """The rules of approval: prices, studies and resolutions age."""
    program = program_of(uow, loan)
    return evaluate(weigh(uow, as_application(loan), basis, program).facts, Action.APPROVE)


def cancel(uow: UnitOfWork, loan: Loan) -> None:
    """Ends the agreement. Refuses CONFLICT one that was paid out."""
    qard.cancel(uow, loan.contract_id)


def disburse(uow: UnitOfWork, loan: Loan, basis: Basis, is_acknowledged: bool) -> None:
    """Pays the qard out; the debt and its schedule begin with possession.

    Refuses SHARIAH_VIOLATION (among it the missing acknowledgement of the disclosure, QRD-23),
    FUNDS_INSUFFICIENT.
    """
    program = program_of(uow, loan)
    offer = weigh(uow, as_application(loan), basis, program)
    schedule = disbursement_schedule(
        loan, offer.rule,
        applied_on=local_date(loan.created_at, uow.time_zone), disbursed_on=uow.today,
    )  # fmt: skip
    # A product whose disclosure is attested: the staff who pays out vouches that the pack was
    # given and explained; otherwise the caller must say that the borrower acknowledged it.
    is_told = is_acknowledged or offer.product.disclosure == "attested"
    acknowledged = {(rule, DISCLOSURE_VERSION) for rule in DISCLOSURE_RULES} if is_told else set()
    facts = replace(
        offer.facts,
        first_due_on=schedule.due_on[0],
        instalment_total_minor=schedule.total_minor,
        principal_scheduled_minor=schedule.principal_total_minor,
        fee_approved_minor=loan.service_fee_minor,
        disbursed_on=uow.today,
        is_disbursement_confirmed=True,
        is_schedule_active=True,
        net_disbursed_minor=loan.amount_minor,
        disclosure_version=DISCLOSURE_VERSION,
        disclosures_acknowledged=frozenset(acknowledged),
    )
    evaluations = evaluate(facts, Action.DISBURSE)
    shariah.enforce([f for item in evaluations for f in item.findings])
    accept(uow, loan, is_told=is_told)
    fund, pool_id = source_of(uow, program, loan.amount)
    payout = Disbursement(loan.contract_id, uow.today, schedule, CashSource.CASH, fund, pool_id)
    qard.disburse(uow, [payout])
    if program is not None:
        subsidise(uow, loan, offer.whole_study, program)
    store.set_disbursed(uow, [loan.loan_id], at=[uow.now], first_due_on=[schedule.due_on[0]])
    shariah.store_evaluations(uow, loan.loan_id, "disburse", evaluations, offer.facts_summary())


def rules_of_schedule(
    uow: UnitOfWork, loan: Loan, basis: Basis, debt: Debt, schedule: Schedule
) -> list[Evaluation]:
    """The rules of agreeing instalments anew (DEF-09)."""
    offer = weigh(uow, as_application(loan), basis, program_of(uow, loan))
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
    return evaluate(facts, Action.RESCHEDULE)


def as_application(loan: Loan) -> Application:
    """The loan as it was asked for, to be weighed again."""
    return Application(
        type=loan.type,
        borrower_id=loan.borrower_id,
        amount=loan.amount,
        purpose=loan.purpose,
        terms=loan.terms,
        service_fee=loan.service_fee,
        purpose_description=loan.purpose_description,
        group_id=loan.group_id,
        product_id=loan.product_id,
        branch_id=loan.branch_id,
    )


__all__ = ["Offer", "agree", "as_application", "cancel", "disburse", "recheck", "rules_of_schedule"]
