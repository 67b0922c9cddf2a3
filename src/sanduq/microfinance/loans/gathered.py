"""Single repayments that came in at the same moment, recorded in one unit of work."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sanduq.kit.db import UnitOfWork
from sanduq.kit.errors import Refusal
from sanduq.microfinance.loans import repayments, service
from sanduq.microfinance.loans.errors import LoanNotFound
from sanduq.microfinance.loans.repayments import RepayLoan
from sanduq.microfinance.loans.schemas import repayment_out
from sanduq.microfinance.loans.schemas_repayment import NewRepayment

Asked = tuple[str, NewRepayment, str]
"""The loan's id, the body and the id of the request."""


def record_asked(uow: UnitOfWork, asked: Sequence[Asked]) -> list[Any]:
    """Records each repayment; for each, its rendering or its refusal."""
    unsaid = sorted({loan_id for loan_id, body, _ in asked if body.currency is None})
    currencies = service.currencies_of(uow, unsaid) if unsaid else {}
    results: list[Any] = [None] * len(asked)
    commands: list[tuple[int, RepayLoan]] = []
    for index, (loan_id, body, request_id) in enumerate(asked):
        try:
            commands.append((index, _command(loan_id, body, request_id, currencies)))
        except Refusal as refusal:
            results[index] = refusal
    found = repayments.record_repayments(uow, [command for _, command in commands])
    for (index, _), result in zip(commands, found, strict=True):
        results[index] = (
            result.refusal if result.repayment is None else repayment_out(result.repayment)
        )
    return results


def _command(
    loan_id: str, body: NewRepayment, request_id: str, currencies: dict[str, str]
) -> RepayLoan:
    currency = body.currency or currencies.get(loan_id)
    if currency is None:
        # A wrong prefix is told as such before the loan is said not to exist.
        body.command(loan_id, "USD")
        raise LoanNotFound
    return replace(body.command(loan_id, currency), request_id=request_id)
