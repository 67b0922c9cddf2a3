"""What the stories of loans have in common: applying, approving, paying out and paying."""

from __future__ import annotations

from datetime import date

from sanduq import demo
from sanduq.demo_world.world import Role, World, usd
from sanduq.microfinance.loans import repayments
from sanduq.microfinance.loans import service as loans
from sanduq.microfinance.loans.model import Application, LoanType, Terms
from sanduq.microfinance.loans.repayments import RepayLoan
from sanduq.obligations.receipts.model import Repayment
from sanduq.obligations.schedule import Frequency


def qard(
    role: Role,
    external_id: str,
    amount_minor: int,
    *,
    instalments: int = 6,
    purpose: str = "small_business",
    program_id: str | None = None,
) -> Application:
    """An application for a benevolent loan without fee in monthly instalments."""
    return Application(
        type=LoanType.QARD_HASAN,
        borrower_id=role.party_id,
        amount=usd(amount_minor),
        purpose=purpose,
        terms=Terms(instalments, Frequency.MONTHLY, 0),
        service_fee=usd(0),
        group_id=role.group_id,
        branch_id=role.branch_id,
        external_id=external_id,
        program_id=program_id,
    )


def applied(world: World, application: Application) -> str:
    """The id of a loan that waits for approval."""
    with world.teller.acting() as uow:
        loan_id = loans.create(uow, application).loan_id
    assert application.external_id is not None
    world.loan_ids[application.external_id] = loan_id
    return loan_id


def approved(world: World, application: Application) -> str:
    """The id of a loan another user approved."""
    loan_id = applied(world, application)
    with world.teller.acting(demo.CHECKER) as uow:
        loans.approve(uow, loan_id)
    return loan_id


def disbursed(world: World, application: Application) -> str:
    """The id of a loan that is paid out."""
    loan_id = approved(world, application)
    with world.teller.acting() as uow:
        loans.disburse(uow, loan_id, is_disclosure_acknowledged=True)
    return loan_id


def pay(world: World, loan_id: str, minor: int | None = None) -> Repayment:
    """A payment received today; without an amount all that is left."""
    with world.teller.acting() as uow:
        if minor is None:
            balance = loans.get(uow, loan_id).balance
            assert balance is not None
            minor = balance.outstanding_minor
        made = repayments.record_repayment(uow, RepayLoan(loan_id, usd(minor))).repayment
    assert made is not None
    return made


def firsts(start: date, count: int) -> list[date]:
    """The first days of `count` months after a day's own."""
    months = [start.year * 12 + start.month + step for step in range(count)]
    return [date(month // 12, month % 12 + 1, 1) for month in months]
