"""Wire shapes of the comparison of both structures."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Any, Literal

from pydantic import Field

from sanduq.kit.errors import ValidationFailed
from sanduq.kit.money import MINOR_MAX, Asset, Money, plain_number
from sanduq.kit.wire import AmountIn, AmountOut, Currency, Input, IsoDate, Output, asset_of, number
from sanduq.kit.wire_weight import (
    FinenessIn,
    FractionIn,
    NumberOut,
    WeightIn,
    fineness_bp,
    fraction,
    fraction_bp,
    grams,
    per_mille,
    scaled,
    weight_mg,
)
from sanduq.sarf.comparison.model import (
    PRICE_DIGITS,
    Asked,
    Case,
    Comparison,
    Cost,
    PledgeWeight,
    Scenario,
    compare,
    moved_prices,
    papers_case,
)
from sanduq.sarf.model import fine_mg

_RATE = Asset("a fee per 100", 4)
_PRICES_MAX = 10
_WINDOW_MONTHS_MAX = 12
_YEAR_MAX = 2500
_Months = Annotated[int, Field(ge=1, le=120)]


class SarfComparisonQuery(Input):
    """Left out, each is the paper's: 50 g of 999 at 200 a gram, 70% paid, at most 75% asked.

    `fineness`, and `quoted_fineness` (of what gold the price speaks), are per mille; `prices` are
    prices per gram with commas between them, as in `200,210,180`. Without any parameter they are
    the paper's five; with others but `prices`, its three moves: none, a twentieth up, a tenth down.
    """

    currency: Currency = "MYR"
    weight_grams: WeightIn = 50
    fineness: FinenessIn = 999
    quoted_fineness: FinenessIn = 999
    price_per_gram: AmountIn = 200
    prices: Annotated[str, Field(pattern=r"^[0-9.,]+$", max_length=400)] | None = None
    buy_fraction: FractionIn = "0.70"
    cap_fraction: FractionIn = "0.75"
    resale_fraction: FractionIn = "0.80"
    fee_per_100: AmountIn = "0.70"
    months: _Months = 6
    start_date: IsoDate = date(2012, 1, 1)
    opens_months: _Months = 6
    closes_months: _Months = 8

    def compared(self) -> Comparison:
        """Both structures for this case. Refuses VALIDATION_ERROR by field what does not fit."""
        try:
            return compare(self._case() if self.model_fields_set else papers_case())
        except ValueError as error:
            raise ValidationFailed.field("weight_grams", "too_little", str(error)) from None

    def _case(self) -> Case:
        self._check_days()
        asset = asset_of(self.currency)
        price = _price(self.price_per_gram, asset, "price_per_gram")
        case = Case(
            asset=asset,
            weight_mg=weight_mg(self.weight_grams, "weight_grams", is_positive=True),
            fineness_bp=fineness_bp(self.fineness),
            quoted_fineness_bp=fineness_bp(self.quoted_fineness, "quoted_fineness"),
            price_per_kg_minor=price,
            buy_bp=fraction_bp(self.buy_fraction, "buy_fraction", is_positive=True),
            cap_bp=fraction_bp(self.cap_fraction, "cap_fraction", is_positive=True),
            resale_bp=fraction_bp(self.resale_fraction, "resale_fraction", is_positive=True),
            fee_per_100=_fee(self.fee_per_100),
            months=self.months,
            start_on=self.start_date,
            opens_months=self.opens_months,
            closes_months=self.closes_months,
            asked=moved_prices(price) if self.prices is None else self._asked(asset),
        )
        for asked in (Asked("price_per_gram", price), *case.asked):
            if case.value(asked.price_per_kg_minor) > MINOR_MAX:
                raise ValidationFailed.field(
                    "weight_grams", "too_large", f"so much gold at {asked.name} is beyond any book"
                )
        return case

    def _check_days(self) -> None:
        if self.opens_months > self.closes_months:
            raise ValidationFailed.field(
                "closes_months", "before_opening", "the window closes before it opens"
            )
        if self.closes_months - self.opens_months > _WINDOW_MONTHS_MAX:
            raise ValidationFailed.field(
                "closes_months", "too_long", f"a window of at most {_WINDOW_MONTHS_MAX} months"
            )
        if self.start_date.year > _YEAR_MAX:
            raise ValidationFailed.field(
                "start_date", "out_of_range", f"start_date: no year after {_YEAR_MAX}"
            )

    def _asked(self, asset: Asset) -> tuple[Asked, ...]:
        written = (self.prices or "").split(",")
        if len(written) > _PRICES_MAX:
            raise ValidationFailed.field(
                "prices", "too_many", f"at most {_PRICES_MAX} prices are compared at once"
            )
        return tuple(Asked("asked", _price(text, asset, "prices")) for text in written)


def _price(value: object, asset: Asset, field: str) -> int:
    """A price per gram as minor units per kilogram."""
    price = scaled(value, Asset(asset.code, asset.digits + PRICE_DIGITS), field)
    if price == 0:
        raise ValidationFailed.field(field, "not_positive", f"{field}: a price is more than zero")
    return price


def _fee(value: object) -> Fraction:
    fee = Fraction(scaled(value, _RATE, "fee_per_100"), 10**_RATE.digits)
    if fee > 100:
        raise ValidationFailed.field("fee_per_100", "out_of_range", "fee_per_100: at most 100")
    return fee


class ComparedGoldOut(Output):
    weight_grams: NumberOut
    fineness: NumberOut
    fine_weight_grams: NumberOut
    quoted_fineness: NumberOut
    price_per_gram: NumberOut
    market_value: AmountOut


class ComparedPledgeOut(Output):
    """The loan against a pledge, and what the fee on the pledge's value weighs beside it.

    Rates are fractions; the effective ones are null where no rate fits. A fee that follows the
    value is not allowed here (RHN-10 to RHN-12): it is computed to be compared with.
    """

    loan: AmountOut
    months: int
    start_date: date
    end_date: date
    days: int
    fee_per_100: NumberOut
    fee_monthly: AmountOut
    fee_total: AmountOut
    fee_total_by_day: AmountOut
    total_redemption: AmountOut
    flat_cost: NumberOut
    simple_annual_rate: NumberOut
    effective_rate_at_maturity_by_month: NumberOut | None
    effective_rate_at_maturity_by_day: NumberOut | None
    effective_rate_paid_monthly: NumberOut | None
    effective_rate_deducted_up_front: NumberOut | None


class BuyBackCostOut(Output):
    """What it costs to buy the gold again so many months later, as fractions of the price paid.

    Of use to compare with, not a rate anybody charges: nobody is bound to buy.
    """

    months: int
    flat: NumberOut
    simple_annual: NumberOut
    compound_annual: NumberOut | None


class SarfScenarioOut(Output):
    """A price at contract 2. `profit` is the institution's if the customer buys at the cap."""

    name: str
    price_per_gram: NumberOut
    market_value: AmountOut
    cap_price: AmountOut
    profit: AmountOut
    profit_of_purchase: NumberOut
    profit_percent_of_purchase: NumberOut
    loss_if_not_bought: AmountOut
    costs: list[BuyBackCostOut]
    note: str | None


class ComparedSarfOut(Output):
    """`loss_if_not_bought`: value given up by a customer who never buys, at an unchanged price.

    `cheaper_after_months`: after it, at an unchanged price, buying again costs less a year than
    the pledge's simple rate; null where the pledge has no fee.
    """

    price_paid: AmountOut
    buy_fraction: NumberOut
    cap_fraction: NumberOut
    opens_months: int
    closes_months: int
    resale_fraction: NumberOut
    resale_price: AmountOut
    break_even_price_per_gram: NumberOut
    loss_if_not_bought: AmountOut
    cheaper_after_months: NumberOut | None
    scenarios: list[SarfScenarioOut]


class SarfComparisonOut(Output):
    """The same gold pledged for a loan, and sold spot with a one-sided promise."""

    type: Literal["sarf_comparison"]
    currency: str
    gold: ComparedGoldOut
    pledge: ComparedPledgeOut
    sarf: ComparedSarfOut


def comparison_out(found: Comparison) -> dict[str, Any]:
    """Both structures as the API writes them."""
    case, asset = found.case, found.case.asset
    return SarfComparisonOut(
        type="sarf_comparison",
        currency=asset.code,
        gold=ComparedGoldOut(
            weight_grams=grams(case.weight_mg),
            fineness=per_mille(case.fineness_bp),
            fine_weight_grams=plain_number(
                Decimal(int(fine_mg(case.weight_mg, case.fineness_bp) * 10)).scaleb(-4)
            ),
            quoted_fineness=per_mille(case.quoted_fineness_bp),
            price_per_gram=_gram(case.price_per_kg_minor, asset),
            market_value=_money(found.value_minor, asset),
        ),
        pledge=_pledge_out(case, found.price_paid_minor, found.pledge),
        sarf=_sarf_out(found),
    ).model_dump()


def _pledge_out(case: Case, loan_minor: int, weight: PledgeWeight) -> ComparedPledgeOut:
    asset = case.asset
    return ComparedPledgeOut(
        loan=_money(loan_minor, asset),
        months=case.months,
        start_date=case.start_on,
        end_date=case.end_on,
        days=weight.days,
        fee_per_100=plain_number(
            Decimal(int(case.fee_per_100 * 10**_RATE.digits)).scaleb(-_RATE.digits)
        ),
        fee_monthly=_money(weight.fee_monthly_minor, asset),
        fee_total=_money(weight.fee_total_minor, asset),
        fee_total_by_day=_money(weight.by_day_total_minor, asset),
        total_redemption=_money(weight.redemption_minor, asset),
        flat_cost=plain_number(weight.flat_cost),
        simple_annual_rate=plain_number(weight.simple_annual),
        effective_rate_at_maturity_by_month=_rate(weight.compound_by_month),
        effective_rate_at_maturity_by_day=_rate(weight.compound_by_day),
        effective_rate_paid_monthly=_rate(weight.compound_paid_monthly),
        effective_rate_deducted_up_front=_rate(weight.compound_deducted),
    )


def _sarf_out(found: Comparison) -> ComparedSarfOut:
    case, asset = found.case, found.case.asset
    return ComparedSarfOut(
        price_paid=_money(found.price_paid_minor, asset),
        buy_fraction=fraction(case.buy_bp),
        cap_fraction=fraction(case.cap_bp),
        opens_months=case.opens_months,
        closes_months=case.closes_months,
        resale_fraction=fraction(case.resale_bp),
        resale_price=_money(found.resale_minor, asset),
        break_even_price_per_gram=plain_number(found.break_even_price),
        loss_if_not_bought=_money(found.loss_if_not_bought_minor, asset),
        cheaper_after_months=_rate(found.cheaper_after_months),
        scenarios=[_scenario_out(scenario, asset) for scenario in found.scenarios],
    )


def _scenario_out(scenario: Scenario, asset: Asset) -> SarfScenarioOut:
    return SarfScenarioOut(
        name=scenario.asked.name,
        price_per_gram=_gram(scenario.asked.price_per_kg_minor, asset),
        market_value=_money(scenario.value_minor, asset),
        cap_price=_money(scenario.cap_price_minor, asset),
        profit=_money(scenario.profit_minor, asset),
        profit_of_purchase=plain_number(scenario.profit_of_purchase),
        profit_percent_of_purchase=plain_number(scenario.profit_percent),
        loss_if_not_bought=_money(scenario.loss_if_not_bought_minor, asset),
        costs=[_cost_out(cost) for cost in scenario.costs],
        note=scenario.asked.note,
    )


def _cost_out(cost: Cost) -> BuyBackCostOut:
    return BuyBackCostOut(
        months=cost.months,
        flat=plain_number(cost.flat),
        simple_annual=plain_number(cost.simple_annual),
        compound_annual=_rate(cost.compound_annual),
    )


def _money(minor: int, asset: Asset) -> Decimal:
    return number(Money(minor, asset))


def _gram(price_per_kg_minor: int, asset: Asset) -> Decimal:
    return plain_number(Decimal(price_per_kg_minor).scaleb(-asset.digits - PRICE_DIGITS))


def _rate(ratio: Decimal | None) -> Decimal | None:
    return None if ratio is None else plain_number(ratio)
