"""Wire shapes of portfolio reports."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from sanduq.kit.money import Asset, Money, plain_number
from sanduq.kit.ratio import rounded
from sanduq.kit.wire import AmountOut, Currency, IsoDate, Output, date, number
from sanduq.kit.wire_ratio import NumberOut, RatioOut, ratio_out
from sanduq.reporting.portfolio.model import (
    PAR_DAYS,
    By,
    Quality,
    Repayment,
    Retention,
    Span,
    Standing,
)
from sanduq.reporting.portfolio.service import PortfolioReport


class PortfolioQuery(BaseModel):
    model_config = ConfigDict(extra="forbid")

    as_of: IsoDate | None = None
    currency: Currency | None = None
    by: By = By.NONE


class SpanQuery(BaseModel):
    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    from_on: Annotated[IsoDate | None, Field(alias="from")] = None
    to_on: Annotated[IsoDate | None, Field(alias="to")] = None
    currency: Currency | None = None


class ParOut(Output):
    """The whole balance of loans more than `days` late, without and with rescheduled ones."""

    days: int
    amount: AmountOut
    ratio: RatioOut
    amount_with_rescheduled: AmountOut
    ratio_with_rescheduled: RatioOut


class AgeingOut(Output):
    bucket: str
    loans: int
    outstanding: AmountOut
    share: RatioOut


class StandingOut(Output):
    key: str | None
    name: str | None
    currency: str
    gross_portfolio: AmountOut
    loans: int
    borrowers: int
    par: list[ParOut]
    ageing: list[AgeingOut]
    rescheduled: AmountOut
    rescheduled_loans: int
    arrears: AmountOut
    arrears_rate: RatioOut


class LeasedAssetsOut(Output):
    currency: str
    net_book_value: AmountOut


class PortfolioOut(Output):
    type: str
    as_of: date
    by: By
    totals: list[StandingOut]
    data: list[StandingOut]
    leased_assets: list[LeasedAssetsOut]


class QualityOut(Output):
    currency: str
    gross_portfolio_opening: AmountOut
    gross_portfolio_closing: AmountOut
    gross_portfolio_average: AmountOut
    written_off: AmountOut
    forgiven: AmountOut
    recovered: AmountOut
    settled_by_others: AmountOut
    allowance: AmountOut
    par_30: AmountOut
    write_off_ratio: RatioOut
    forgiveness_ratio: RatioOut
    write_off_ratio_net: RatioOut
    risk_coverage: RatioOut


class SpanOutput(Output):
    """The frame of reports over a span of days."""

    type: str
    from_date: date
    to_date: date
    months: NumberOut


class QualityReportOut(SpanOutput):
    data: list[QualityOut]


class RepaymentOut(Output):
    currency: str
    due: AmountOut
    paid_on_time: AmountOut
    paid_late: AmountOut
    arrears_opening: AmountOut
    arrears_collected: AmountOut
    due_since_inception: AmountOut
    collected_since_inception: AmountOut
    on_time_rate: RatioOut
    current_rate: RatioOut
    cumulative_rate: RatioOut
    annual_loss_rate: RatioOut
    average_term_days: NumberOut
    loans_ending: int
    loans_ending_on_time: int
    amount_ending: AmountOut
    amount_ending_on_time: AmountOut
    loans_on_time_rate: RatioOut


class RepaymentReportOut(SpanOutput):
    data: list[RepaymentOut]


class RetentionOut(SpanOutput):
    currency: str | None
    active_start: int
    active_end: int
    new: int
    new_active_end: int
    returning: int
    resting: int
    exits_by_forgiveness: int
    retention: RatioOut
    retention_with_new: RatioOut
    dropout: RatioOut
    dropout_without_resting: RatioOut


def portfolio_out(report: PortfolioReport) -> dict[str, Any]:
    """The portfolio on a day as the API writes it."""
    return PortfolioOut(
        type="portfolio",
        as_of=report.as_of,
        by=report.by,
        totals=[_standing_out(each) for each in report.totals],
        data=[_standing_out(each) for each in report.parts],
        leased_assets=[
            LeasedAssetsOut(currency=asset.code, net_book_value=money_out(minor, asset))
            for asset, minor in report.leased_assets
        ],
    ).model_dump()


def _standing_out(one: Standing) -> StandingOut:
    asset = one.asset
    return StandingOut(
        key=one.key,
        name=one.name,
        currency=asset.code,
        gross_portfolio=money_out(one.gross_minor, asset),
        loans=one.loans,
        borrowers=one.borrowers,
        par=[
            ParOut(
                days=days,
                amount=money_out(one.at_risk_minor[days], asset),
                ratio=ratio_out(one.par(days)),
                amount_with_rescheduled=money_out(one.at_risk_anew_minor[days], asset),
                ratio_with_rescheduled=ratio_out(one.par_anew(days)),
            )
            for days in PAR_DAYS
        ],
        ageing=[
            AgeingOut(
                bucket=bucket.name,
                loans=bucket.loans,
                outstanding=money_out(bucket.gross_minor, asset),
                share=ratio_out(one.share(bucket)),
            )
            for bucket in one.buckets
        ],
        rescheduled=money_out(one.rescheduled_minor, asset),
        rescheduled_loans=one.rescheduled_loans,
        arrears=money_out(one.overdue_minor, asset),
        arrears_rate=ratio_out(one.arrears_rate),
    )


def quality_out(span: Span, found: Sequence[Quality]) -> dict[str, Any]:
    """The quality of a span as the API writes it."""
    data = [
        QualityOut(
            currency=one.asset.code,
            gross_portfolio_opening=money_out(one.gross_opening_minor, one.asset),
            gross_portfolio_closing=money_out(one.gross_closing_minor, one.asset),
            gross_portfolio_average=mean_out(one.gross_average_minor, one.asset),
            written_off=money_out(one.written_off_minor, one.asset),
            forgiven=money_out(one.forgiven_minor, one.asset),
            recovered=money_out(one.recovered_minor, one.asset),
            settled_by_others=money_out(one.settled_by_others_minor, one.asset),
            allowance=money_out(one.allowance_minor, one.asset),
            par_30=money_out(one.at_risk_30_minor, one.asset),
            write_off_ratio=ratio_out(one.write_off_ratio),
            forgiveness_ratio=ratio_out(one.forgiveness_ratio),
            write_off_ratio_net=ratio_out(one.write_off_ratio_net),
            risk_coverage=ratio_out(one.risk_coverage),
        )
        for one in found
    ]
    return QualityReportOut(**span_frame("portfolio_quality", span), data=data).model_dump()


def repayment_out(span: Span, found: Sequence[Repayment]) -> dict[str, Any]:
    """The repayment of a span as the API writes it."""
    data = [
        RepaymentOut(
            currency=one.asset.code,
            due=money_out(one.due_minor, one.asset),
            paid_on_time=money_out(one.on_time_minor, one.asset),
            paid_late=money_out(one.late_minor, one.asset),
            arrears_opening=money_out(one.arrears_opening_minor, one.asset),
            arrears_collected=money_out(one.arrears_paid_minor, one.asset),
            due_since_inception=money_out(one.called_minor, one.asset),
            collected_since_inception=money_out(one.called_paid_minor, one.asset),
            on_time_rate=ratio_out(one.on_time_rate),
            current_rate=ratio_out(one.current_rate),
            cumulative_rate=ratio_out(one.cumulative_rate),
            annual_loss_rate=ratio_out(one.annual_loss_rate),
            average_term_days=number_out(one.term_days_average, 2),
            loans_ending=one.ended_loans,
            loans_ending_on_time=one.ended_loans_on_time,
            amount_ending=money_out(one.ended_minor, one.asset),
            amount_ending_on_time=money_out(one.ended_on_time_minor, one.asset),
            loans_on_time_rate=ratio_out(one.loans_on_time_rate),
        )
        for one in found
    ]
    return RepaymentReportOut(**span_frame("portfolio_repayment", span), data=data).model_dump()


def retention_out(span: Span, asset: Asset | None, found: Retention) -> dict[str, Any]:
    """Who stayed, as the API writes it."""
    return RetentionOut(
        **span_frame("portfolio_retention", span),
        currency=asset.code if asset is not None else None,
        active_start=found.active_start,
        active_end=found.active_end,
        new=found.new,
        new_active_end=found.new_active_end,
        returning=found.returning,
        resting=found.resting,
        exits_by_forgiveness=found.forgiven,
        retention=ratio_out(found.retention),
        retention_with_new=ratio_out(found.retention_with_new),
        dropout=ratio_out(found.dropout),
        dropout_without_resting=ratio_out(found.dropout_without_resting),
    ).model_dump()


def span_frame(kind: str, span: Span) -> dict[str, Any]:
    return {
        "type": kind,
        "from_date": span.from_on,
        "to_date": span.to_on,
        "months": number_out(span.months, 2),
    }


def money_out(minor: int, asset: Asset) -> Any:
    return number(Money(minor, asset))


def mean_out(minor: Fraction, asset: Asset) -> Any:
    """An average in whole minor units, halves to the even one."""
    return money_out(round(minor), asset)


def number_out(value: Fraction, digits: int) -> Decimal:
    exact = Decimal(value.numerator) / Decimal(value.denominator)
    return plain_number(rounded(exact, digits))
