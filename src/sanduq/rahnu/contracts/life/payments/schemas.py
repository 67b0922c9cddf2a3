"""Wire shapes of payments on a pledge, statements of outside debts and redemption quotes."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from sanduq.kit.clock import rfc3339
from sanduq.kit.money import Asset
from sanduq.kit.wire import (
    AmountIn,
    AmountOut,
    Input,
    IsoDate,
    ListOutput,
    Output,
    Text,
    amount,
)
from sanduq.rahnu.contracts.life.payments.model import (
    NewStatement,
    Quote,
    QuoteLine,
    Statement,
)
from sanduq.rahnu.contracts.life.wire import Day, Timestamp, day, number
from sanduq.rahnu.contracts.life.wire_payments import (
    PledgeRepaymentObject,
)

Method = Annotated[str, Field(min_length=1, max_length=60, pattern=r"^[a-z0-9_]+$")]


class PledgePaymentReversal(Input):
    reason: Text


class PledgeRepaymentList(ListOutput):
    data: list[PledgeRepaymentObject]


class DebtStatementIn(Input):
    """What the creditor of an outside debt states; nothing outstanding frees the pledge."""

    outstanding: AmountIn
    stated_on: IsoDate
    due_on: IsoDate | None = None
    reference: Text

    def command(self, asset: Asset) -> NewStatement:
        """The statement meant, in the currency of the pledge."""
        return NewStatement(
            amount(self.outstanding, asset, "outstanding"), self.stated_on, self.reference,
            self.due_on,
        )  # fmt: skip


class DebtStatementObject(Output):
    id: str
    type: Literal["debt_statement"]
    contract_id: str
    currency: str
    outstanding: AmountOut
    outstanding_before: AmountOut
    stated_on: Day
    due_on: Day | None
    reference: str
    recorded_by: str
    created_at: Timestamp


class DebtStatementList(ListOutput):
    data: list[DebtStatementObject]


def statement_out(one: Statement) -> dict[str, Any]:
    """A statement as the API and its events render it."""
    return DebtStatementObject(
        id=one.statement_id,
        type="debt_statement",
        contract_id=one.contract_id,
        currency=one.asset.code,
        outstanding=number(one.outstanding_minor, one.asset),
        outstanding_before=number(one.before_minor, one.asset),
        stated_on=one.stated_on.isoformat(),
        due_on=day(one.due_on),
        reference=one.reference,
        recorded_by=one.recorded_by,
        created_at=rfc3339(one.recorded_at),
    ).model_dump()


class QuotedDebt(Output):
    """The debt owed to us. `outstanding` is the same on every day: time adds nothing."""

    obligation_id: str | None
    outstanding: AmountOut
    due: AmountOut
    overdue: AmountOut
    days_past_due: int
    next_due_on: Day | None
    next_due: AmountOut


class QuotedFee(Output):
    """Custody up to the day asked for; `until` once it stopped."""

    monthly: AmountOut
    charged: AmountOut
    paid: AmountOut
    due: AmountOut
    until: Day | None


class QuotedOutside(Output):
    """What another creditor is owed: it is not ours, and is paid to him."""

    creditor: str | None
    reference: str | None
    outstanding: AmountOut
    stated_on: Day | None


class RedemptionLine(Output):
    """What is to be paid to us on a day, if nothing is paid before."""

    on: Day
    debt_outstanding: AmountOut
    debt_due: AmountOut
    custody_fee_due: AmountOut
    total: AmountOut


class RedemptionQuote(Output):
    """`total` frees the pledge on the day, as far as it is ours; `not_ours` is paid elsewhere."""

    type: Literal["redemption_quote"]
    contract_id: str
    currency: str
    on: Day
    matures_on: Day | None
    total: AmountOut
    debt: QuotedDebt
    custody_fee: QuotedFee
    not_ours: QuotedOutside | None
    is_free: bool
    next_change: RedemptionLine | None
    by_month: list[RedemptionLine]


class RedemptionQuery(Input):
    on: IsoDate | None = None


def quote_out(quote: Quote) -> dict[str, Any]:
    """A quote as the API renders it."""

    def shown(minor: int) -> Any:
        return number(minor, quote.asset)

    outside = None
    if quote.outside_creditor is not None:
        outside = QuotedOutside(
            creditor=quote.outside_creditor,
            reference=quote.outside_reference,
            outstanding=shown(quote.outside_minor),
            stated_on=day(quote.outside_stated_on),
        )
    return RedemptionQuote(
        type="redemption_quote",
        contract_id=quote.contract_id,
        currency=quote.asset.code,
        on=quote.on.isoformat(),
        matures_on=day(quote.matures_on),
        total=shown(quote.total_minor),
        debt=QuotedDebt(
            obligation_id=quote.debt_id,
            outstanding=shown(quote.debt_minor),
            due=shown(quote.debt_due_minor),
            overdue=shown(quote.overdue_minor),
            days_past_due=quote.days_past_due,
            next_due_on=day(quote.next_due_on),
            next_due=shown(quote.next_due_minor),
        ),
        custody_fee=QuotedFee(
            monthly=shown(quote.fee_monthly_minor),
            charged=shown(quote.fee_accrued_minor),
            paid=shown(quote.fee_paid_minor),
            due=shown(quote.fee_due_minor),
            until=day(quote.fee_until_on),
        ),
        not_ours=outside,
        is_free=quote.is_free,
        next_change=None if quote.changes is None else _line_out(quote.changes, quote.asset),
        by_month=[_line_out(line, quote.asset) for line in quote.lines],
    ).model_dump()


def _line_out(line: QuoteLine, asset: Asset) -> RedemptionLine:
    return RedemptionLine(
        on=line.on.isoformat(),
        debt_outstanding=number(line.debt_minor, asset),
        debt_due=number(line.debt_due_minor, asset),
        custody_fee_due=number(line.fee_due_minor, asset),
        total=number(line.total_minor, asset),
    )
