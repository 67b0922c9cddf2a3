"""Wire shapes of what leaves a common fund, and of loans to it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from sanduq.kit.money import Asset, Money
from sanduq.kit.wire import (
    AmountIn,
    AmountOut,
    Input,
    ListOutput,
    Output,
    PageQuery,
    Text,
    amount,
    number,
)
from sanduq.microfinance.common_fund.model import (
    FundLoan,
    Nature,
    NewPayment,
    Payment,
    PaymentStatus,
    SurplusMode,
    Use,
)
from sanduq.microfinance.groups.members.model import Role

Identifier = Annotated[str, Field(min_length=1, max_length=70)]


class FundPaymentIn(Input):
    """Without `amount` all that the use gives: on leaving, on winding up, of a loan or a call."""

    use: Use
    reason: Text
    amount: AmountIn | None = None
    nature: Nature | None = None
    mode: SurplusMode | None = None
    beneficiary_id: Identifier | None = None
    call_id: Identifier | None = None
    fund_loan_id: Identifier | None = None

    def asked(self, asset: Asset) -> NewPayment:
        """The payment as the fund's currency reads it."""
        wanted = None
        if self.amount is not None:
            wanted = amount(self.amount, asset, "amount", is_positive=True)
        return NewPayment(
            use=self.use,
            reason=self.reason,
            amount=wanted,
            nature=self.nature,
            mode=self.mode,
            beneficiary_id=self.beneficiary_id,
            call_id=self.call_id,
            fund_loan_id=self.fund_loan_id,
        )


class FundPaymentFilters(PageQuery):
    status: PaymentStatus | None = None


class FundSignatureIn(Input):
    """`signature`: what proves the officer's word, as the minutes' page or a thumb print's file."""

    officer_id: Identifier
    signature: Text


class FundPaymentCancelIn(Input):
    reason: Text


class FundLoanIn(Input):
    """`charge` is there to be refused: a loan to the fund is given back as it was lent."""

    lender_id: Identifier
    amount: AmountIn
    charge: AmountIn = 0
    reason: Text


class FundLoanOut(Output):
    id: str
    type: Literal["fund_loan"]
    group_id: str
    lender_id: str
    currency: str
    amount: AmountOut
    repaid: AmountOut
    outstanding: AmountOut
    reason: str
    lent_on: date
    created_at: datetime
    created_by: str


class FundShareOut(Output):
    party_id: str
    amount: AmountOut


class FundSignatureOut(Output):
    officer_id: str
    role: Role
    signature: str
    signed_at: datetime
    recorded_by: str


class FundPaymentOut(Output):
    id: str
    type: Literal["fund_payment"]
    group_id: str
    status: PaymentStatus
    use: Use
    nature: Nature
    mode: SurplusMode | None
    amount: AmountOut
    currency: str
    beneficiary_id: str | None
    call_id: str | None
    fund_loan_id: str | None
    shares: list[FundShareOut]
    signatures: list[FundSignatureOut]
    reason: str
    cancel_reason: str | None
    repayment_id: str | None
    journal_id: str | None
    paid_on: date | None
    created_at: datetime
    created_by: str
    etag: str


class FundPaymentList(ListOutput):
    data: list[FundPaymentOut]


def _number(minor: int, asset: Asset) -> Any:
    return number(Money(minor, asset))


def loan_object(loan: FundLoan) -> FundLoanOut:
    """A loan to a fund in its shape."""
    asset = loan.amount.asset
    return FundLoanOut(
        id=loan.fund_loan_id,
        type="fund_loan",
        group_id=loan.group_id,
        lender_id=loan.lender_id,
        currency=asset.code,
        amount=number(loan.amount),
        repaid=_number(loan.repaid_minor, asset),
        outstanding=_number(loan.outstanding_minor, asset),
        reason=loan.reason,
        lent_on=loan.lent_on,
        created_at=loan.created_at,
        created_by=loan.created_by,
    )


def fund_loan_out(loan: FundLoan) -> dict[str, Any]:
    """A loan to a fund as the API writes it."""
    return loan_object(loan).model_dump()


def payment_out(payment: Payment) -> dict[str, Any]:
    """A payment as the API writes it."""
    asset = payment.amount.asset
    return FundPaymentOut(
        id=payment.payment_id,
        type="fund_payment",
        group_id=payment.group_id,
        status=payment.status,
        use=payment.use,
        nature=payment.nature,
        mode=payment.mode,
        amount=number(payment.amount),
        currency=asset.code,
        beneficiary_id=payment.beneficiary_id,
        call_id=payment.call_id,
        fund_loan_id=payment.fund_loan_id,
        shares=[
            FundShareOut(party_id=party_id, amount=_number(minor, asset))
            for party_id, minor in payment.shares
        ],
        signatures=[
            FundSignatureOut(
                officer_id=one.officer_id,
                role=one.role,
                signature=one.signature,
                signed_at=one.signed_at,
                recorded_by=one.recorded_by,
            )
            for one in payment.signatures
        ],
        reason=payment.reason,
        cancel_reason=payment.cancel_reason,
        repayment_id=payment.repayment_id,
        journal_id=payment.journal_id,
        paid_on=payment.paid_on,
        created_at=payment.created_at,
        created_by=payment.created_by,
        etag=payment.etag,
    ).model_dump()
