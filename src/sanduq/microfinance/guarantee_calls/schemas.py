"""Wire shapes of guarantee calls and recourse."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from sanduq.kit.money import Asset, Money
from sanduq.kit.wire import (
    AmountIn,
    AmountOut,
    ExternalId,
    Input,
    IsoDate,
    ListOutput,
    Output,
    PageQuery,
    Text,
    number,
)
from sanduq.microfinance.guarantee_calls.model import (
    Call,
    CallRule,
    CallStatus,
    Recourse,
    RecourseStatus,
)

Identifier = Annotated[str, Field(min_length=1, max_length=70)]


class GuaranteeCallIn(Input):
    """Without `amount` all that is overdue and answered for; without `rule` the group's order:
    the common fund first where it holds money, then the members equally."""

    loan_id: Identifier
    amount: AmountIn | None = None
    rule: CallRule | None = None
    reason: Text
    external_id: ExternalId | None = None


class GuaranteePaymentIn(Input):
    """`payer_id`: a member's party id, or `common_fund`."""

    payer_id: Identifier
    amount: AmountIn
    received_on: IsoDate | None = None


class GuaranteeCallCancelIn(Input):
    reason: Text


class GuaranteeCallFilters(PageQuery):
    status: CallStatus | None = None


class RecourseFilters(PageQuery):
    status: RecourseStatus | None = None


class RecoveryIn(Input):
    """`charge` is there to be refused: what one member owes another never grows."""

    amount: AmountIn
    on: IsoDate | None = None
    note: Text | None = None
    charge: AmountIn = 0


class GuaranteeShareOut(Output):
    payer_id: str
    guarantee_id: str | None
    amount: AmountOut
    paid: AmountOut
    outstanding: AmountOut


class GuaranteeCallOut(Output):
    id: str
    type: Literal["guarantee_call"]
    group_id: str
    loan_id: str
    debtor_id: str
    status: CallStatus
    currency: str
    rule: CallRule
    overdue: AmountOut
    amount: AmountOut
    paid: AmountOut
    outstanding: AmountOut
    shares: list[GuaranteeShareOut]
    reason: str
    cancel_reason: str | None
    closed_at: datetime | None
    external_id: str | None
    created_at: datetime
    created_by: str
    etag: str


class GuaranteeCallList(ListOutput):
    data: list[GuaranteeCallOut]


class RecoveryOut(Output):
    id: str
    amount: AmountOut
    on: date
    note: str | None


class RecourseOut(Output):
    id: str
    type: Literal["recourse"]
    group_id: str
    call_id: str
    creditor_id: str
    debtor_id: str
    status: RecourseStatus
    currency: str
    amount: AmountOut
    recovered: AmountOut
    outstanding: AmountOut
    recoveries: list[RecoveryOut]
    created_at: datetime
    created_by: str


class RecourseList(ListOutput):
    data: list[RecourseOut]


class GuaranteePaymentOut(Output):
    """What was paid: the loan's repayment, the call after it, and what the debtor now owes."""

    id: str
    type: Literal["guarantee_payment"]
    payer_id: str
    amount: AmountOut
    repayment_id: str
    call: GuaranteeCallOut
    recourse: RecourseOut | None


def _number(minor: int, asset: Asset) -> Any:
    return number(Money(minor, asset))


def _call(call: Call) -> GuaranteeCallOut:
    return GuaranteeCallOut(
        id=call.call_id,
        type="guarantee_call",
        group_id=call.group_id,
        loan_id=call.loan_id,
        debtor_id=call.debtor_id,
        status=call.status,
        currency=call.asset.code,
        rule=call.rule,
        overdue=_number(call.overdue_minor, call.asset),
        amount=_number(call.amount_minor, call.asset),
        paid=_number(call.paid_minor, call.asset),
        outstanding=_number(call.amount_minor - call.paid_minor, call.asset),
        shares=[
            GuaranteeShareOut(
                payer_id=one.payer_id,
                guarantee_id=one.guarantee_id,
                amount=_number(one.amount_minor, call.asset),
                paid=_number(one.paid_minor, call.asset),
                outstanding=_number(one.left_minor, call.asset),
            )
            for one in call.shares
        ],
        reason=call.reason,
        cancel_reason=call.cancel_reason,
        closed_at=call.closed_at,
        external_id=call.external_id,
        created_at=call.created_at,
        created_by=call.created_by,
        etag=call.etag,
    )


def call_out(call: Call) -> dict[str, Any]:
    """A call as the API writes it."""
    return _call(call).model_dump()


def _recourse(recourse: Recourse) -> RecourseOut:
    return RecourseOut(
        id=recourse.recourse_id,
        type="recourse",
        group_id=recourse.group_id,
        call_id=recourse.call_id,
        creditor_id=recourse.creditor_id,
        debtor_id=recourse.debtor_id,
        status=recourse.status,
        currency=recourse.asset.code,
        amount=_number(recourse.amount_minor, recourse.asset),
        recovered=_number(recourse.recovered_minor, recourse.asset),
        outstanding=number(recourse.left),
        recoveries=[
            RecoveryOut(
                id=one.recovery_id,
                amount=_number(one.amount_minor, recourse.asset),
                on=one.recovered_on,
                note=one.note,
            )
            for one in recourse.recoveries
        ],
        created_at=recourse.created_at,
        created_by=recourse.created_by,
    )


def recourse_out(recourse: Recourse) -> dict[str, Any]:
    """A recourse as the API writes it."""
    return _recourse(recourse).model_dump()


def payment_out(
    payment_id: str,
    payer_id: str,
    amount: Money,
    repayment_id: str,
    call: Call,
    recourse: Recourse | None,
) -> dict[str, Any]:
    """A payment on a call as the API writes it."""
    return GuaranteePaymentOut(
        id=payment_id,
        type="guarantee_payment",
        payer_id=payer_id,
        amount=number(amount),
        repayment_id=repayment_id,
        call=_call(call),
        recourse=None if recourse is None else _recourse(recourse),
    ).model_dump()
