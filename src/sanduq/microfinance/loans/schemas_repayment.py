"""Wire shapes of repayments and reschedules on their way in, and of batch results."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from sanduq.kit.errors import Refusal, ValidationFailed
from sanduq.kit.wire import (
    AmountIn,
    Currency,
    ExternalId,
    Input,
    IsoDate,
    ListOutput,
    Metadata,
    Output,
    PageQuery,
    Text,
    amount,
    asset_of,
    checked_id,
)
from sanduq.microfinance.loans.repayments import RepayLoan, RepaymentResult
from sanduq.microfinance.loans.schemas import Identifier, RepaymentObject, repayment_out
from sanduq.obligations.receipts.model import ExcessUse
from sanduq.obligations.schedule import Frequency

Method = Literal["cash", "bank_transfer", "mobile_money", "cheque", "card"]


class NewRepayment(Input):
    """One payment. `currency` may be left out on a single loan: it is the loan's."""

    amount: AmountIn
    currency: Currency | None = None
    received_on: IsoDate | None = None
    method: Method = "cash"
    reference: Text | None = None
    external_id: ExternalId | None = None
    excess: ExcessUse = ExcessUse.REFUSE
    borrower_statement: Text | None = None
    metadata: Metadata | None = None

    def command(self, loan_id: str, loan_currency: str | None) -> RepayLoan:
        """The command inside. Refuses VALIDATION_ERROR a wrong amount or a missing currency."""
        code = self.currency or loan_currency
        if code is None:
            raise ValidationFailed.field("currency", "missing_field", "currency is missing")
        metadata = dict(self.metadata or {})
        if self.borrower_statement is not None:
            metadata["borrower_statement"] = self.borrower_statement
        return RepayLoan(
            loan_id=checked_id(loan_id, "mfl", "loan_id"),
            amount=amount(self.amount, asset_of(code), "amount", is_positive=True),
            received_on=self.received_on,
            method=self.method,
            reference=self.reference,
            external_id=self.external_id,
            excess=self.excess,
            is_statement_given=self.borrower_statement is not None,
            metadata=metadata,
        )


class RepaymentRow(NewRepayment):
    loan_id: Identifier
    currency: Currency


class RepaymentFile(Input):
    """Many payments. Rows stand for themselves unless `all_or_nothing` is true."""

    repayments: Annotated[list[RepaymentRow], Field(min_length=1, max_length=2000)]
    all_or_nothing: bool = False


class ProblemOut(Output):
    code: str
    message: str
    details: list[dict[str, Any]]


class RepaymentRowResult(Output):
    index: int
    loan_id: str
    status: Literal["recorded", "refused"]
    loan_status: str | None
    repayment: RepaymentObject | None
    error: ProblemOut | None


class RepaymentFileResult(Output):
    recorded: int
    refused: int
    results: list[RepaymentRowResult]


class RepaymentList(ListOutput):
    data: list[RepaymentObject]


class RepaymentPage(PageQuery):
    """`cursor` is the id of the last repayment seen."""


class ExplicitLine(Input):
    due_date: IsoDate
    principal: AmountIn
    service_fee: AmountIn = 0


class Rescheduling(Input):
    """One of: move a due date, a holiday of some periods, a new number of instalments, own lines.

    None of them changes what is owed.
    """

    kind: Literal["move_due_date", "holiday", "extend", "lines"]
    reason: Text
    from_due_date: IsoDate | None = None
    to_due_date: IsoDate | None = None
    periods: Annotated[int, Field(ge=1, le=60)] | None = None
    installments: Annotated[int, Field(ge=1, le=600)] | None = None
    frequency: Frequency | None = None
    first_due_date: IsoDate | None = None
    lines: Annotated[list[ExplicitLine], Field(min_length=1, max_length=600)] | None = None


def row_result(index: int, loan_id: str, result: RepaymentResult) -> RepaymentRowResult:
    """What became of one row."""
    return RepaymentRowResult(
        index=index,
        loan_id=loan_id,
        status="recorded" if result.repayment else "refused",
        loan_status=str(result.status) if result.status else None,
        repayment=RepaymentObject(**repayment_out(result.repayment)) if result.repayment else None,
        error=None if result.refusal is None else problem(result.refusal),
    )


def problem(refusal: Refusal) -> ProblemOut:
    """A refusal inside a batch result."""
    return ProblemOut(
        code=refusal.code,
        message=refusal.message,
        details=[dict(detail) for detail in refusal.details],
    )
