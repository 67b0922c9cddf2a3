"""What a sale recovers for a loan of the other rail is a repayment there."""

from __future__ import annotations

from sanduq.api import pledge_debts
from sanduq.kit.money import Money
from sanduq.ledger import service as ledger
from sanduq.microfinance.loans import service as loans
from sanduq.microfinance.loans.model import LoanStatus
from tests.coherent import assert_coherent
from tests.make.loans import USD, disbursed


def test_recovered_money_is_a_repayment_of_the_loan_it_was_recovered_for(demo_work) -> None:
    loan = disbursed(demo_work)
    with demo_work() as uow:
        paid = pledge_debts.pay_loan(uow, loan.contract_id, _usd(204_000), "sal_1")
        assert paid is not None
        ledger.post(uow, paid[1])
    with demo_work() as uow:
        assert loans.get(uow, loan.loan_id).status is LoanStatus.COMPLETED
        assert pledge_debts.pay_loan(uow, "ijr_1", _usd(1), "sal_1") is None
        assert_coherent(uow)


def _usd(minor: int):
    return Money(minor, USD)
