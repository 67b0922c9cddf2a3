"""The qard hasan behind a loan, as it is shown: its terms, and where its money comes from."""

from __future__ import annotations

from typing import Any, Literal

from sanduq.kit.clock import rfc3339
from sanduq.kit.db import UnitOfWork
from sanduq.kit.money import json_number
from sanduq.kit.wire import AmountOut, Output
from sanduq.microfinance.loans.model import Loan
from sanduq.microfinance.loans.schemas import Day, Timestamp
from sanduq.obligations.schedule import Frequency
from sanduq.qard import service as qard
from sanduq.qard.contract import QardStatus


class QardTermsOut(Output):
    installments: int
    frequency: Frequency
    grace_period_months: int


class QardContractOut(Output):
    """A benevolent loan: what is lent comes back as it is, beside a fixed fee for its actual cost
    (rules QRD-02, QRD-03). `payment_order` says which of the two a payment covers first."""

    id: str
    type: Literal["qard_hasan"]
    loan_id: str
    status: QardStatus
    borrower_id: str
    branch_id: str
    currency: str
    amount: AmountOut
    service_fee: AmountOut
    total_repayable: AmountOut
    payment_order: str
    repayment_terms: QardTermsOut
    purpose: str
    cost_study_id: str | None
    fund: str
    pool_id: str | None
    disbursed_on: Day | None
    journal_id: str | None
    created_by: str
    created_at: Timestamp


def contract_of(uow: UnitOfWork, loan: Loan) -> dict[str, Any]:
    """The qard behind a loan as the API writes it."""
    found = qard.get(uow, loan.contract_id)
    return QardContractOut(
        id=found.qard_id,
        type="qard_hasan",
        loan_id=loan.loan_id,
        status=found.status,
        borrower_id=found.borrower_id,
        branch_id=found.branch_id,
        currency=found.asset.code,
        amount=json_number(loan.amount),
        service_fee=json_number(loan.service_fee),
        total_repayable=json_number(loan.total_repayable),
        payment_order=found.component_order,
        repayment_terms=QardTermsOut(
            installments=loan.terms.instalments,
            frequency=loan.terms.frequency,
            grace_period_months=loan.terms.grace_months,
        ),
        purpose=loan.purpose,
        cost_study_id=found.cost_study_id,
        fund=found.fund,
        pool_id=found.pool_id,
        disbursed_on=found.disbursed_on.isoformat() if found.disbursed_on else None,
        journal_id=found.journal_id,
        created_by=found.created_by,
        created_at=rfc3339(found.created_at),
    ).model_dump()
