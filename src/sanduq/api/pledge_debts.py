"""What a sale of a pledge recovered for a loan of the other rail, recorded there as a repayment."""

from __future__ import annotations

from sanduq.kit.db import UnitOfWork
from sanduq.kit.errors import Refusal
from sanduq.kit.money import Money
from sanduq.ledger.model import Journal
from sanduq.microfinance.loans import repayments
from sanduq.microfinance.loans.repayments import RepayLoan
from sanduq.qard import service as qard

LOAN_PREFIX, QARD_PREFIX = "mfl_", "qrd_"


def pay_loan(
    uow: UnitOfWork, debt_id: str, amount: Money, sale_id: str
) -> tuple[str, list[Journal]] | None:
    """Records recovered money on the loan a debt was made for; None for a debt of another kind.

    The journals take it in as cash of the loan's branch. Refuses what a repayment refuses.
    """
    loan_id = qard.get(uow, debt_id).serves_id if debt_id.startswith(QARD_PREFIX) else debt_id
    if not loan_id.startswith(LOAN_PREFIX):
        return None
    command = RepayLoan(loan_id, amount, method="pledge_sale", reference=sale_id)
    results, journals = repayments.record_unposted(uow, [[command]])
    result = results[0]
    if isinstance(result, Refusal):
        raise result
    paid = result[0].repayment
    assert paid is not None
    return paid.repayment_id, journals
