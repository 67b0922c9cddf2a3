"""Steps of a salam taken on a day, and what the books hold afterwards."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from sanduq import demo
from sanduq.kit.errors import Refusal
from sanduq.ledger.model import AccountPlace
from sanduq.microfinance.loans import service as loans
from sanduq.microfinance.loans.model import LoanStatus
from sanduq.microfinance.loans.repayments import RepaymentResult, record_repayment
from sanduq.microfinance.loans.salam import service as salam
from sanduq.microfinance.loans.salam import service_delivery, service_remedies
from sanduq.microfinance.loans.salam.model import Salam
from sanduq.microfinance.loans.salam.service import PayPrice
from sanduq.microfinance.loans.salam.service_remedies import CancelGoods
from tests.coherent import assert_coherent
from tests.make.institution import balance_minor
from tests.make.loans import payment
from tests.make.salam import HARVEST, TODAY, USD, Work, brought, on_day, usd


def contract(work: Work, loan_id: str) -> Salam:
    with work() as uow:
        return salam.contract(uow, loans.get(uow, loan_id).contract_id)


def status(work: Work, loan_id: str) -> LoanStatus:
    with work() as uow:
        return loans.get(uow, loan_id).status


def held(url: str, code: str, subject: str | None = None) -> int:
    """The balance of one account in US cents, debit positive."""
    return balance_minor(url, AccountPlace(code, USD, subject=subject))


def books(url: str, of: Any, *codes: str) -> tuple[int, ...]:
    """The balances of a contract's own accounts."""
    return tuple(held(url, code, of.contract_id) for code in codes)


def verified(work: Work) -> None:
    with work(demo.MAKER) as uow:
        assert_coherent(uow)


def codes_of(refused: Any) -> set[str]:
    """The codes in the details of a refusal."""
    refusal: Refusal = refused.value
    return {detail["code"] for detail in refusal.details}


def pay(
    work: Work, loan_id: str, minor: int | None = None, on: date = TODAY, **changes: Any
) -> dict[str, Any]:
    with work() as uow:
        amount = None if minor is None else usd(minor)
        return salam.pay_price(
            on_day(uow, max(on, TODAY)), loan_id, PayPrice(amount, on, **changes)
        )


def deliver(work: Work, loan_id: str, *args: Any, **changes: Any) -> dict[str, Any]:
    command = brought(*args, **changes)
    with work() as uow:
        return service_delivery.deliver(on_day(uow, command.on), loan_id, command)


def cancelled(on: date = HARVEST, quantity_milli: int | None = None, **changes: Any) -> CancelGoods:
    command = CancelGoods(
        on=on, reason="the harvest failed", document="Letter", quantity_milli=quantity_milli
    )
    return replace(command, **changes)


def cancel(work: Work, loan_id: str, **changes: Any) -> dict[str, Any]:
    command = cancelled(**changes)
    with work() as uow:
        return service_remedies.cancel_salam(on_day(uow, command.on), loan_id, command)


def repay(work: Work, loan_id: str, minor: int, on: date = HARVEST) -> RepaymentResult:
    with work() as uow:
        return record_repayment(on_day(uow, on), payment(loan_id, minor, received_on=on))
