"""Wire shapes of reports on keeping and selling pledges."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from sanduq.custody.takaful.model import Position as Cover
from sanduq.kit.money import Asset, plain_number
from sanduq.kit.ratio import rounded
from sanduq.kit.wire import AmountOut, Currency, IsoDate, Output, asset_of, date
from sanduq.kit.wire_ratio import NumberOut, RatioOut, ratio_out
from sanduq.kit.wire_weight import grams
from sanduq.rahnu.contracts.liquidation.sales.model import SaleMethod
from sanduq.rahnu.contracts.liquidation.surplus.model import AgeBucket
from sanduq.reporting.pledges.model_custody import Count, FeeCover, VaultBranch
from sanduq.reporting.pledges.model_sales import Moved, Sales, SalesReport
from sanduq.reporting.pledges.schemas import money_out
from sanduq.reporting.portfolio.model import Span

MG_PER_GRAM = 1_000


class CustodySpanQuery(BaseModel):
    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    from_on: Annotated[IsoDate | None, Field(alias="from")] = None
    to_on: Annotated[IsoDate | None, Field(alias="to")] = None
    currency: Currency | None = None

    @property
    def asset(self) -> Asset | None:
        return None if self.currency is None else asset_of(self.currency)


class FeeCoverOut(Output):
    """Custody fees against what keeping cost. `surplus` is what lies over the cost and was not
    given up yet: to be refunded, or given to charity, by a true-up."""

    currency: str
    fee_income: AmountOut
    custody_cost: AmountOut
    fee_over_cost: RatioOut
    refunded: AmountOut
    to_charity: AmountOut
    surplus: AmountOut
    is_surplus: bool
    item_months: NumberOut
    gram_months: NumberOut
    custody_cost_study_id: str | None
    cost_by_study: AmountOut | None


class CustodyFeesOut(Output):
    type: Literal["custody_fees"]
    from_date: date
    to_date: date
    data: list[FeeCoverOut]


class CountOut(Output):
    """`differences` counts everything found otherwise than it should be, what is missing too."""

    stocktake_id: str
    place_id: str | None
    finished_on: date
    age_days: int
    expected_bags: int
    found_bags: int
    missing_bags: int
    differences: int


class VaultValueOut(Output):
    """At the board in force; null with `reason` where none is."""

    currency: str
    held_value: AmountOut | None
    unpriced_things: int
    sum_covered: AmountOut
    uncovered: AmountOut | None
    reason: str | None


class VaultBranchOut(Output):
    branch_id: str
    name: str
    bags: int
    things: int
    gross_weight_grams: NumberOut
    fine_weight_grams: NumberOut
    values: list[VaultValueOut]
    stocktake: CountOut | None


class VaultOut(Output):
    type: Literal["pledge_vault"]
    as_of: date
    data: list[VaultBranchOut]


class LotsOut(Output):
    """Auctions opened in the span. Price, reserve and market value are of the sold lots."""

    auctions: int
    offered: int
    listed: int
    awarded: int
    sold: int
    unsold: int
    withdrawn: int
    price: AmountOut
    reserve: AmountOut
    market_value: AmountOut
    price_to_reserve: RatioOut
    price_to_market: RatioOut


class SalesOut(Output):
    """Sales by one method: price = owner's costs + recovered + surplus."""

    method: SaleMethod
    sales: int
    price: AmountOut
    market_value: AmountOut
    price_to_market: RatioOut
    costs: AmountOut
    costs_borne_by_owner: AmountOut
    recovered: AmountOut
    surplus: AmountOut
    shortfall: AmountOut


class SurplusMovedOut(Output):
    surpluses: int
    amount: AmountOut


class SurplusAgedOut(SurplusMovedOut):
    """Days since the sale; `to_days` null: and beyond."""

    bucket: AgeBucket
    from_days: int
    to_days: int | None


class SalesLineOut(Output):
    """`unclaimed` is told as of the span's last day; it stays the owner's whatever its age."""

    currency: str
    lots: LotsOut
    sales: list[SalesOut]
    surplus_recorded: SurplusMovedOut
    surplus_paid: SurplusMovedOut
    surplus_transferred: SurplusMovedOut
    surplus_unclaimed: AmountOut
    unclaimed: list[SurplusAgedOut]


class PledgeSalesOut(Output):
    type: Literal["pledge_sales"]
    from_date: date
    to_date: date
    data: list[SalesLineOut]


def custody_fees_out(span: Span, found: Sequence[FeeCover]) -> dict[str, Any]:
    """Fees against their cost, as the API writes it."""
    return CustodyFeesOut(
        type="custody_fees",
        from_date=span.from_on,
        to_date=span.to_on,
        data=[_fee_cover_out(one) for one in found],
    ).model_dump()


def _fee_cover_out(one: FeeCover) -> FeeCoverOut:
    standing, asset = one.standing, one.asset
    by_study = None if one.study_minor is None else money_out(one.study_minor, asset)
    return FeeCoverOut(
        currency=asset.code,
        fee_income=money_out(standing.fees_minor, asset),
        custody_cost=money_out(standing.direct_cost_minor, asset),
        fee_over_cost=ratio_out(one.fee_over_cost),
        refunded=money_out(standing.refunded_minor, asset),
        to_charity=money_out(standing.to_charity_minor, asset),
        surplus=money_out(standing.surplus_minor, asset),
        is_surplus=one.is_surplus,
        item_months=_shown(one.kept.item_months),
        gram_months=_shown(one.kept.mg_months / MG_PER_GRAM),
        custody_cost_study_id=one.study_id,
        cost_by_study=by_study,
    )


def _shown(value: Fraction) -> Decimal:
    """To three decimals, half away from zero."""
    return plain_number(rounded(Decimal(value.numerator) / Decimal(value.denominator), 3))


def vault_out(as_of: date, found: Sequence[VaultBranch]) -> dict[str, Any]:
    """What lies in the vaults, as the API writes it."""
    data = [
        VaultBranchOut(
            branch_id=one.branch_id,
            name=one.name,
            bags=one.bags,
            things=one.things,
            gross_weight_grams=grams(one.gross_mg),
            fine_weight_grams=grams(one.fine_mg),
            values=[_value_out(cover) for cover in one.covers],
            stocktake=None if one.count is None else _count_out(one.count),
        )
        for one in found
    ]
    return VaultOut(type="pledge_vault", as_of=as_of, data=data).model_dump()


def _value_out(cover: Cover) -> VaultValueOut:
    held, bare = cover.held_minor, cover.uncovered_minor
    return VaultValueOut(
        currency=cover.asset.code,
        held_value=None if held is None else money_out(held, cover.asset),
        unpriced_things=cover.unpriced_count,
        sum_covered=money_out(cover.covered_minor, cover.asset),
        uncovered=None if bare is None else money_out(bare, cover.asset),
        reason="no_board" if held is None else None,
    )


def _count_out(one: Count) -> CountOut:
    return CountOut(
        stocktake_id=one.stocktake_id,
        place_id=one.place_id,
        finished_on=one.finished_on,
        age_days=one.age_days,
        expected_bags=one.expected_bags,
        found_bags=one.found_bags,
        missing_bags=one.missing_bags,
        differences=one.differences,
    )


def sales_out(span: Span, found: Sequence[SalesReport]) -> dict[str, Any]:
    """Auctions, sales and surpluses, as the API writes them."""
    return PledgeSalesOut(
        type="pledge_sales",
        from_date=span.from_on,
        to_date=span.to_on,
        data=[_sales_line_out(one) for one in found],
    ).model_dump()


def _sales_line_out(one: SalesReport) -> SalesLineOut:
    asset, lots = one.asset, one.lots
    return SalesLineOut(
        currency=asset.code,
        lots=LotsOut(
            auctions=lots.auctions,
            offered=lots.offered,
            listed=lots.listed,
            awarded=lots.awarded,
            sold=lots.sold,
            unsold=lots.unsold,
            withdrawn=lots.withdrawn,
            price=money_out(lots.price_minor, asset),
            reserve=money_out(lots.reserve_minor, asset),
            market_value=money_out(lots.market_minor, asset),
            price_to_reserve=ratio_out(lots.price_to_reserve),
            price_to_market=ratio_out(lots.price_to_market),
        ),
        sales=[_sales_out(each, asset) for each in one.sales],
        surplus_recorded=_moved_out(one.recorded, asset),
        surplus_paid=_moved_out(one.paid, asset),
        surplus_transferred=_moved_out(one.transferred, asset),
        surplus_unclaimed=money_out(one.unclaimed_minor, asset),
        unclaimed=[
            SurplusAgedOut(
                surpluses=aged.left.count,
                amount=money_out(aged.left.amount_minor, asset),
                bucket=aged.bucket,
                from_days=aged.days[0],
                to_days=aged.days[1],
            )
            for aged in one.unclaimed
        ],
    )


def _sales_out(one: Sales, asset: Asset) -> SalesOut:
    return SalesOut(
        method=SaleMethod(one.method),
        sales=one.count,
        price=money_out(one.price_minor, asset),
        market_value=money_out(one.market_minor, asset),
        price_to_market=ratio_out(one.price_to_market),
        costs=money_out(one.costs_minor, asset),
        costs_borne_by_owner=money_out(one.owner_costs_minor, asset),
        recovered=money_out(one.recovered_minor, asset),
        surplus=money_out(one.surplus_minor, asset),
        shortfall=money_out(one.shortfall_minor, asset),
    )


def _moved_out(one: Moved, asset: Asset) -> SurplusMovedOut:
    return SurplusMovedOut(surpluses=one.count, amount=money_out(one.amount_minor, asset))
