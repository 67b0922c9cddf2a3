"""Wire shapes of reports on the pledge book."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from sanduq.kit.money import Asset, Money, plain_number
from sanduq.kit.wire import (
    AmountOut,
    Currency,
    IsoDate,
    ListOutput,
    Output,
    PageQuery,
    Text,
    asset_of,
    date,
    number,
)
from sanduq.kit.wire_ratio import NumberOut, RatioOut, ratio_out
from sanduq.kit.wire_weight import grams
from sanduq.rahnu.contracts.model import MarginFlag, PledgeStatus
from sanduq.reporting.pledges.model import (
    BookReport,
    By,
    LtvBucket,
    Maturing,
    Position,
    Waiting,
    Watched,
)
from sanduq.reporting.portfolio.model import Span


class _Filters(BaseModel):
    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    currency: Currency | None = None
    branch_id: Text | None = None

    @property
    def asset(self) -> Asset | None:
        return None if self.currency is None else asset_of(self.currency)


class PledgeFilters(_Filters):
    """One currency or branch; all of them where left out."""


class PledgeBookQuery(_Filters):
    as_of: IsoDate | None = None
    by: By = By.NONE


class PledgeSpanQuery(_Filters):
    from_on: Annotated[IsoDate | None, Field(alias="from")] = None
    to_on: Annotated[IsoDate | None, Field(alias="to")] = None


class WatchListQuery(PageQuery):
    currency: Currency | None = None
    branch_id: Text | None = None

    @property
    def asset(self) -> Asset | None:
        return None if self.currency is None else asset_of(self.currency)


class PledgePositionOut(Output):
    """Pledges together. `ltv`: (debt outstanding + custody fee due) ÷ (value + cash held)."""

    key: str | None
    name: str | None
    currency: str
    pledges: int
    things: int
    gross_weight_grams: NumberOut
    fine_weight_grams: NumberOut
    appraised_value: AmountOut
    secured_amount: AmountOut
    debt_outstanding: AmountOut
    custody_fee_due: AmountOut
    cash_held: AmountOut
    ltv: RatioOut


class PledgesWaitingOut(Output):
    """Contracts not in force yet; `loan` is what was asked for with them."""

    currency: str
    status: PledgeStatus
    pledges: int
    secured_amount: AmountOut
    loan: AmountOut


class PledgeBookOut(Output):
    type: Literal["pledge_book"]
    as_of: date
    by: By
    totals: list[PledgePositionOut]
    data: list[PledgePositionOut]
    waiting: list[PledgesWaitingOut]


class MaturingOut(Output):
    """`bucket`: a month such as 2024-07, `overdue`, `undated`, or `all` of the line's currency."""

    bucket: str
    currency: str
    pledges: int
    appraised_value: AmountOut
    debt_outstanding: AmountOut
    custody_fee_due: AmountOut
    ltv: RatioOut


class MaturitiesOut(Output):
    type: Literal["pledge_maturities"]
    from_date: date
    to_date: date
    data: list[MaturingOut]


class LtvBucketOut(Output):
    """`up_to_70` is over 60 and up to 70 hundredths; `ltv` is the weighted average of the line."""

    bucket: str
    currency: str
    pledges: int
    appraised_value: AmountOut
    cash_held: AmountOut
    debt_outstanding: AmountOut
    custody_fee_due: AmountOut
    ltv: RatioOut


class LtvReportOut(Output):
    type: Literal["pledge_ltv"]
    as_of: date
    data: list[LtvBucketOut]


class WatchedOut(Output):
    """A pledge to look at. Prices are of a gram of pure metal; `days_left` counts to the last
    day to answer the call and is negative after it. None of it gives a right to sell."""

    contract_id: str
    ticket_number: str | None
    pledgor_id: str
    branch_id: str
    currency: str
    status: PledgeStatus
    flag: MarginFlag
    ltv: NumberOut | None
    appraised_value: AmountOut
    cash_held: AmountOut
    debt_outstanding: AmountOut
    custody_fee_due: AmountOut
    call_price_per_gram: AmountOut | None
    critical_price_per_gram: AmountOut | None
    margin_call_id: str | None
    called_on: date | None
    cure_by: date | None
    days_left: int | None


class WatchListOut(ListOutput):
    data: list[WatchedOut]


def money_out(minor: int, asset: Asset) -> Any:
    """An amount on its way out."""
    return number(Money(minor, asset))


def book_out(report: BookReport) -> dict[str, Any]:
    """The pledge book as the API writes it."""
    return PledgeBookOut(
        type="pledge_book",
        as_of=report.as_of,
        by=report.by,
        totals=[_position_out(each) for each in report.totals],
        data=[_position_out(each) for each in report.parts],
        waiting=[_waiting_out(each) for each in report.waiting],
    ).model_dump()


def _position_out(one: Position) -> PledgePositionOut:
    return PledgePositionOut(
        key=one.key,
        name=one.name,
        currency=one.asset.code,
        pledges=one.pledges,
        things=one.things,
        gross_weight_grams=grams(one.gross_mg),
        fine_weight_grams=grams(one.fine_mg),
        appraised_value=money_out(one.value_minor, one.asset),
        secured_amount=money_out(one.secured_minor, one.asset),
        debt_outstanding=money_out(one.debt_minor, one.asset),
        custody_fee_due=money_out(one.fee_due_minor, one.asset),
        cash_held=money_out(one.held_minor, one.asset),
        ltv=ratio_out(one.ltv),
    )


def _waiting_out(one: Waiting) -> PledgesWaitingOut:
    return PledgesWaitingOut(
        currency=one.asset.code,
        status=PledgeStatus(one.status),
        pledges=one.pledges,
        secured_amount=money_out(one.secured_minor, one.asset),
        loan=money_out(one.loan_minor, one.asset),
    )


def maturities_out(span: Span, found: Sequence[Maturing]) -> dict[str, Any]:
    """Terms that end, as the API writes them."""
    data = [
        MaturingOut(
            bucket=one.bucket or "all",
            currency=one.asset.code,
            pledges=one.pledges,
            appraised_value=money_out(one.value_minor, one.asset),
            debt_outstanding=money_out(one.debt_minor, one.asset),
            custody_fee_due=money_out(one.fee_due_minor, one.asset),
            ltv=ratio_out(one.ltv),
        )
        for one in found
    ]
    return MaturitiesOut(
        type="pledge_maturities", from_date=span.from_on, to_date=span.to_on, data=data
    ).model_dump()


def ltv_out(as_of: date, found: Sequence[LtvBucket]) -> dict[str, Any]:
    """How ratios lie, as the API writes it."""
    data = [
        LtvBucketOut(
            bucket=one.name,
            currency=one.asset.code,
            pledges=one.pledges,
            appraised_value=money_out(one.value_minor, one.asset),
            cash_held=money_out(one.held_minor, one.asset),
            debt_outstanding=money_out(one.debt_minor, one.asset),
            custody_fee_due=money_out(one.fee_due_minor, one.asset),
            ltv=ratio_out(one.ltv),
        )
        for one in found
    ]
    return LtvReportOut(type="pledge_ltv", as_of=as_of, data=data).model_dump()


def watched_out(one: Watched) -> dict[str, Any]:
    """A line of the watch-list as the API writes it."""

    def price(minor: int | None) -> Any:
        return None if minor is None else money_out(minor, one.asset)

    return WatchedOut(
        contract_id=one.contract_id,
        ticket_number=one.ticket_number,
        pledgor_id=one.pledgor_id,
        branch_id=one.branch_id,
        currency=one.asset.code,
        status=PledgeStatus(one.status),
        flag=MarginFlag(one.flag),
        ltv=None if one.ltv_bp is None else plain_number(Decimal(one.ltv_bp).scaleb(-4)),
        appraised_value=money_out(one.value_minor, one.asset),
        cash_held=money_out(one.held_minor, one.asset),
        debt_outstanding=money_out(one.debt_minor, one.asset),
        custody_fee_due=money_out(one.fee_due_minor, one.asset),
        call_price_per_gram=price(one.call_price_minor),
        critical_price_per_gram=price(one.critical_price_minor),
        margin_call_id=one.margin_call_id,
        called_on=one.called_on,
        cure_by=one.cure_by_on,
        days_left=one.days_left,
    ).model_dump()
