"""Loans of the demonstration world, brought to a state: over HTTP and by the services."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date
from typing import Any

import httpx
from fastapi.testclient import TestClient

from sanduq import demo
from sanduq.kit.clock import FixedClock
from sanduq.kit.db import UnitOfWork
from sanduq.kit.money import Money, currency
from sanduq.microfinance.loans import service
from sanduq.microfinance.loans.model import Application, Loan, LoanType, Terms
from sanduq.microfinance.loans.repayments import RepayLoan
from sanduq.obligations.schedule import Frequency

LOANS = "/v1/rails/microfinance/loans"
REPAYMENTS = "/v1/rails/microfinance/repayments"
USD = currency("USD")

Work = Callable[..., AbstractContextManager[UnitOfWork]]


def an_application(**changes: Any) -> dict[str, Any]:
    """The documented request: 2,000 and a fee of 40 in twelve monthly instalments.

    Another borrower is no member of the documented group and asks outside it.
    """
    if changes.get("borrower_id", "cpty_borrower_001") != "cpty_borrower_001":
        changes = {"group_id": ..., **changes}
    body: dict[str, Any] = {
        "type": "qard_hasan",
        "borrower_id": "cpty_borrower_001",
        "amount": 2000,
        "currency": "USD",
        "purpose": "small_business",
        "purpose_description": "Purchase of sewing equipment for tailoring business",
        "repayment_terms": {"installments": 12, "frequency": "monthly", "grace_period_months": 1},
        "service_fee": 40,
        "group_id": "grp_village_003",
        **changes,
    }
    return {name: value for name, value in body.items() if value is not ...}


class Desk:
    """Two people at work on loans: `maker` makes and pays out, `checker` approves."""

    def __init__(self, maker: TestClient, checker: TestClient) -> None:
        self.maker = maker
        self.checker = checker

    def applied(self, **changes: Any) -> str:
        """The id of a new application."""
        return str(done(self.maker.post(LOANS, json=an_application(**changes)), 201)["id"])

    def approved(self, **changes: Any) -> str:
        loan_id = self.applied(**changes)
        done(self.checker.post(f"{LOANS}/{loan_id}/approve"))
        return loan_id

    def disbursed(self, **changes: Any) -> str:
        loan_id = self.approved(**changes)
        done(self.maker.post(f"{LOANS}/{loan_id}/disburse"))
        return loan_id

    def completed(self, **changes: Any) -> str:
        """A loan repaid in one payment."""
        loan_id = self.disbursed(**changes)
        owed = self.loan(loan_id)["balance"]["outstanding"]
        self.paid(loan_id, owed)
        return loan_id

    def paid(self, loan_id: str, amount: Any, **more: Any) -> dict[str, Any]:
        return done(self.pay(loan_id, amount, **more), 201)

    def pay(self, loan_id: str, amount: Any, **more: Any) -> httpx.Response:
        """A repayment as it is answered, recorded or refused."""
        body = {"amount": amount, **more}
        answer: httpx.Response = self.maker.post(f"{LOANS}/{loan_id}/repayments", json=body)
        return answer

    def loan(self, loan_id: str) -> dict[str, Any]:
        return done(self.maker.get(f"{LOANS}/{loan_id}"))


def done(answer: httpx.Response, status: int = 200) -> dict[str, Any]:
    """The body of an answer that must have succeeded."""
    assert answer.status_code == status, answer.text
    found: dict[str, Any] = answer.json()
    return found


def asked(
    amount_minor: int = 200_000,
    fee_minor: int = 4_000,
    *,
    borrower_id: str = "cpty_borrower_001",
    instalments: int = 12,
    frequency: Frequency = Frequency.MONTHLY,
    grace_months: int = 1,
) -> Application:
    """The same application as the services take it, in US cents."""
    return Application(
        type=LoanType.QARD_HASAN,
        borrower_id=borrower_id,
        amount=Money(amount_minor, USD),
        purpose="small_business",
        terms=Terms(instalments, frequency, grace_months),
        service_fee=Money(fee_minor, USD),
    )


def disbursed(
    work: Work, application: Application | None = None, *, on: date | None = None
) -> Loan:
    """A loan paid out, on an earlier day if one is named; the institution's clock stays."""
    with work(demo.MAKER) as uow:
        _at(uow, on)
        loan_id = service.create(uow, application or asked()).loan_id
    with work(demo.CHECKER) as uow:
        _at(uow, on)
        service.approve(uow, loan_id)
    with work(demo.MAKER) as uow:
        _at(uow, on)
        return service.disburse(uow, loan_id, is_disclosure_acknowledged=True)


def _at(uow: UnitOfWork, on: date | None) -> None:
    if on is not None:
        uow.clock = FixedClock(demo.NOW.replace(year=on.year, month=on.month, day=on.day))


def payment(loan_id: str, amount_minor: int, **changes: Any) -> RepayLoan:
    """A payment in US cents."""
    return RepayLoan(loan_id, Money(amount_minor, USD), **changes)
