"""Portfolio reports: one read of the facts each, as of any business day. Nothing is written."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from sanduq.kit.db import Row, UnitOfWork
from sanduq.kit.errors import ValidationFailed
from sanduq.kit.money import Asset, asset_from_text
from sanduq.reporting.portfolio import store, store_flows
from sanduq.reporting.portfolio.model import (
    By,
    Quality,
    Repayment,
    Retention,
    Span,
    Standing,
    average,
    resting_since,
)
from sanduq.reporting.portfolio.model_economics import Adjustments, Earned, Sustainability
from sanduq.reporting.portfolio.store import Measure
from sanduq.reporting.portfolio.store_flows import Losses

SPAN_YEARS_MAX = 10

QARD_FEE = "4100"
TRADE = ("4300", "4305", "4310", "4400")
COST_OF_SALES, GOLD_SALES = "5300", "4600"
LEASE = ("4500", "5400")
OTHER = ("4200", "4900")
IMPAIRMENT = ("5200", "5500")
OPERATING = ("5100", "5600", "5700", "5800", "5900")
DIRECT_COST = "5100"


@dataclass(frozen=True, slots=True)
class PortfolioReport:
    """The book at the end of a day: `totals` by currency, `parts` by currency and key."""

    as_of: date
    by: By
    totals: list[Standing]
    parts: list[Standing]
    leased_assets: list[tuple[Asset, int]]


def portfolio(
    uow: UnitOfWork, as_of: date | None = None, *, asset: Asset | None = None, by: By = By.NONE
) -> PortfolioReport:
    """The portfolio at the end of `as_of`, by default today, past days as they were.

    Refuses VALIDATION_ERROR a day that has not come.
    """
    day = as_of or uow.today
    _refuse_future(uow, day, "as_of")
    totals, parts = store.standings(uow, day, asset, by)
    return PortfolioReport(day, by, totals, parts, store.leased_assets(uow, day, asset))


def span_of(uow: UnitOfWork, from_on: date | None, to_on: date | None) -> Span:
    """The days asked for; by default from the first of January to today.

    Refuses VALIDATION_ERROR an end before the beginning, a day that has not come, and more than
    ten years.
    """
    to = to_on or uow.today
    begin = from_on or date(to.year, 1, 1)
    _refuse_future(uow, to, "to")
    if begin > to:
        raise ValidationFailed.field("from", "after_end", f"from must not lie after {to}")
    span = Span(begin, to)
    if begin.year < 2 or span.months > 12 * SPAN_YEARS_MAX:
        raise ValidationFailed.field(
            "from", "too_long", f"a report covers at most {SPAN_YEARS_MAX} years"
        )
    return span


def _refuse_future(uow: UnitOfWork, day: date, field: str) -> None:
    if day > uow.today:
        raise ValidationFailed.field(
            field, "in_the_future", f"{field} must not lie after today, {uow.today}"
        )


def quality(uow: UnitOfWork, span: Span, asset: Asset | None = None) -> list[Quality]:
    """Write-offs, forgiveness, recoveries and risk coverage of a span, one for each currency."""
    measured = store.measures(uow, span.measured_on, asset)
    losses = store_flows.losses(uow, span, asset)
    found = []
    for each in _assets(asset, [key for key, _ in measured], losses):
        gross = [measured.get((str(each), day), Measure()) for day in span.measured_on]
        lost = losses.get(str(each), Losses())
        found.append(
            Quality(
                asset=each,
                months=span.months,
                gross_opening_minor=gross[0].gross_minor,
                gross_closing_minor=gross[-1].gross_minor,
                gross_average_minor=average([one.gross_minor for one in gross]),
                written_off_minor=lost.written_off_minor,
                forgiven_minor=lost.forgiven_minor,
                recovered_minor=lost.recovered_minor,
                settled_by_others_minor=lost.settled_by_others_minor,
                allowance_minor=lost.allowance_minor,
                at_risk_30_minor=gross[-1].at_risk_30_minor,
            )
        )
    return found


def repayment(uow: UnitOfWork, span: Span, asset: Asset | None = None) -> list[Repayment]:
    """On-time, current and cumulative rates of a span, one for each currency."""
    rows = {row[0]: row[1:] for row in store_flows.repayment_rows(uow, span, asset)}
    return [_repayment(each, rows.get(str(each), (0,) * 13)) for each in _assets(asset, rows)]


def _repayment(asset: Asset, sums: Row) -> Repayment:
    return Repayment(
        asset=asset,
        due_minor=sums[0],
        on_time_minor=sums[1],
        late_minor=sums[2],
        arrears_opening_minor=sums[3],
        arrears_paid_minor=sums[4],
        called_minor=sums[5],
        called_paid_minor=sums[6],
        ended_loans=sums[7],
        ended_loans_on_time=sums[8],
        ended_minor=sums[9],
        ended_on_time_minor=sums[10],
        term_days_average=Fraction(sums[11], sums[12]) if sums[12] else Fraction(0),
    )


def sustainability(
    uow: UnitOfWork,
    span: Span,
    asset: Asset | None = None,
    adjustments: Adjustments | None = None,
) -> list[Sustainability]:
    """What the portfolio earns and costs in a span, one for each currency.

    Revenue and expense come from the institution's own books as booked (accrual). The
    adjustments are amounts in the minor units of `asset`.
    """
    shadow = adjustments or Adjustments()
    measured = store.measures(uow, span.measured_on, asset)
    earned = _earned(store_flows.profit_rows(uow, span, asset))
    disbursed = store_flows.disbursements(uow, span, asset)
    found = []
    for each in _assets(asset, [key for key, _ in measured], earned, disbursed):
        points = [measured.get((str(each), day), Measure()) for day in span.measured_on]
        count, amount_minor = disbursed.get(str(each), (0, 0))
        found.append(
            Sustainability(
                asset=each,
                months=span.months,
                earned=earned.get(str(each), Earned()),
                adjustments=shadow,
                gross_average_minor=average([one.gross_minor for one in points]),
                gross_closing_minor=points[-1].gross_minor,
                qard_average_minor=average([one.qard_minor for one in points]),
                borrowers_average=average([one.borrowers for one in points]),
                borrowers_closing=points[-1].borrowers,
                officers_closing=points[-1].officers,
                loans_disbursed=count,
                disbursed_minor=amount_minor,
            )
        )
    return found


def _earned(rows: Iterable[Row]) -> dict[str, Earned]:
    """Income and expense by asset text: debits less credits by code, turned to what they mean."""
    books: dict[str, dict[tuple[str, bool], int]] = {}
    social: dict[str, int] = {}
    for asset, code, is_gold, is_fund, minor in rows:
        if is_fund:
            social[asset] = social.get(asset, 0) - minor
            continue
        book = books.setdefault(asset, {})
        book[code, is_gold] = book.get((code, is_gold), 0) + minor
    return {
        asset: _of_book(books.get(asset, {}), social.get(asset, 0))
        for asset in books.keys() | social.keys()
    }


def _of_book(book: dict[tuple[str, bool], int], social_minor: int) -> Earned:
    def debits(*codes: str, is_gold: bool = False) -> int:
        return sum(book.get((code, is_gold), 0) for code in codes)

    gold = -debits(GOLD_SALES) - debits(COST_OF_SALES, is_gold=True)
    return Earned(
        qard_fee_minor=-debits(QARD_FEE),
        trade_minor=-debits(*TRADE, COST_OF_SALES),
        lease_minor=-debits(*LEASE),
        other_minor=-debits(*OTHER) + gold,
        social_minor=social_minor,
        impairment_minor=debits(*IMPAIRMENT),
        operating_expense_minor=debits(*OPERATING),
        # What funds gave towards it lowers the cost a fee may recover (rule QRD-10).
        direct_qard_cost_minor=debits(DIRECT_COST) - social_minor,
    )


def retention(uow: UnitOfWork, span: Span, asset: Asset | None = None) -> Retention:
    """Who stayed, came and left in a span, over all currencies or in one."""
    row = store.retention_row(uow, span, asset, resting_since(span.to_on))
    return Retention(*row)


def _assets(asset: Asset | None, *found: Iterable[str]) -> list[Asset]:
    """The currency asked for, or every one there is something to say about."""
    if asset is not None:
        return [asset]
    return [asset_from_text(text) for text in sorted({text for each in found for text in each})]
