"""The pledge and the spot sale side by side for the same gold: the paper's own case, or another.

Everything is exact: a value is a fraction of minor units until it is rounded, once; rates are
told to six decimals. Nothing here prices a contract of this institution.
"""

from __future__ import annotations

from calendar import isleap
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from math import floor

from sanduq.kit.annual_rate import effective_annual_rate, effective_rate_by_month
from sanduq.kit.days import add_months
from sanduq.kit.money import Asset, currency
from sanduq.sarf.model import BP, MG_PER_GRAM, share_minor, value_at

PRICE_DIGITS = 3
"""Decimals a price per gram may have beyond those of its currency."""
_SIX = 10**6


@dataclass(frozen=True, slots=True)
class Asked:
    """A price at which the customer might buy; `note` says what it stands for."""

    name: str
    price_per_kg_minor: int
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """The same gold, the same money in hand: pledged for a loan, or sold with a promise.

    `price_per_kg_minor` is the price of a kilogram of gold of `quoted_fineness_bp`. `fee_per_100`
    is the fee of a month for every 100 of value. The loan is the price paid.
    """

    asset: Asset
    weight_mg: int
    fineness_bp: int
    quoted_fineness_bp: int
    price_per_kg_minor: int
    buy_bp: int
    cap_bp: int
    resale_bp: int
    fee_per_100: Fraction
    months: int
    start_on: date
    opens_months: int
    closes_months: int
    asked: tuple[Asked, ...]

    @property
    def end_on(self) -> date:
        return add_months(self.start_on, self.months)

    def value(self, price_per_kg_minor: int) -> Fraction:
        """What the gold is worth at a price, in minor units, exactly."""
        return value_at(
            Fraction(price_per_kg_minor * BP, self.quoted_fineness_bp * MG_PER_GRAM),
            [(self.weight_mg, self.fineness_bp)],
        )

    @property
    def price_paid_minor(self) -> int:
        """What the customer has in hand, as a loan or as a price: a share, rounded down."""
        return share_minor(self.value(self.price_per_kg_minor), self.buy_bp)


@dataclass(frozen=True, slots=True)
class PledgeWeight:
    """What a fee on the pledged value weighs beside the loan. A rate nothing fits is None.

    `by_day_total_minor`: the same fee accrued by the days of the year the term begins in.
    """

    fee_monthly_minor: int
    fee_total_minor: int
    redemption_minor: int
    by_day_total_minor: int
    days: int
    flat_cost: Decimal
    simple_annual: Decimal
    compound_by_month: Decimal | None
    compound_by_day: Decimal | None
    compound_paid_monthly: Decimal | None
    compound_deducted: Decimal | None


@dataclass(frozen=True, slots=True)
class Cost:
    """What buying again costs the customer after so many months; negative where he gains."""

    months: int
    flat: Decimal
    simple_annual: Decimal
    compound_annual: Decimal | None


@dataclass(frozen=True, slots=True)
class Scenario:
    """A price at contract 2: the most that may be asked, and what that leaves to each side."""

    asked: Asked
    value_minor: int
    cap_price_minor: int
    profit_minor: int
    profit_of_purchase: Decimal
    profit_percent: Decimal
    loss_if_not_bought_minor: int
    costs: tuple[Cost, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Both structures for one case.

    `break_even_price` is a gram's price, in major units, at which the capped price is what was
    paid. `cheaper_after_months`: from then on, at an unchanged price, buying again costs less a
    year than the pledge's simple rate; 0 where it always does, None where there is no fee.
    """

    case: Case
    value_minor: int
    pledge: PledgeWeight
    price_paid_minor: int
    resale_minor: int
    break_even_price: Decimal
    loss_if_not_bought_minor: int
    cheaper_after_months: Decimal | None
    scenarios: tuple[Scenario, ...]


_NOTE_UP = "printed with 205 a gram; 10,500 for 50 g is 210, and 7,875 follows from 210 alone"
_NOTE_DOWN = "printed as 180 in the text and 185 in the formula; 9,000 and 6,750 follow from 180"

_PAPERS_PRICES = (
    Asked("unchanged", 20_000_000),
    Asked("up", 21_000_000, _NOTE_UP),
    Asked("down", 18_000_000, _NOTE_DOWN),
    Asked("up_as_printed", 20_500_000, "what the printed 205 would have come to"),
    Asked("down_as_printed", 18_500_000, "what the printed 185 would have come to"),
)
"""The prices at contract 2: the three the paper means, and the two it misprints."""


def moved_prices(price_per_kg_minor: int) -> tuple[Asked, ...]:
    """The paper's three moves from another price: none, up by a twentieth, down by a tenth."""
    return (
        Asked("unchanged", price_per_kg_minor),
        Asked("up", price_per_kg_minor * 105 // 100),
        Asked("down", price_per_kg_minor * 90 // 100),
    )


def papers_case() -> Case:
    """50 g of 999 at RM 200 a gram, pledged or sold on 1 January 2012."""
    return Case(
        asset=currency("MYR"),
        weight_mg=50_000,
        fineness_bp=9_990,
        quoted_fineness_bp=9_990,
        price_per_kg_minor=20_000_000,
        buy_bp=7_000,
        cap_bp=7_500,
        resale_bp=8_000,
        fee_per_100=Fraction(7, 10),
        months=6,
        start_on=date(2012, 1, 1),
        opens_months=6,
        closes_months=8,
        asked=_PAPERS_PRICES,
    )


def compare(case: Case) -> Comparison:
    """Both structures side by side. Refuses (`ValueError`) gold too little to pay a minor unit."""
    value, paid = case.value(case.price_per_kg_minor), case.price_paid_minor
    if paid < 1:
        raise ValueError("the gold is worth too little to be paid for")
    weight = weigh_pledge(case)
    profit = share_minor(value, case.cap_bp) - paid
    return Comparison(
        case=case,
        value_minor=floor(value),
        pledge=weight,
        price_paid_minor=paid,
        resale_minor=share_minor(value, case.resale_bp),
        break_even_price=_break_even(case, paid),
        loss_if_not_bought_minor=floor(value) - paid,
        cheaper_after_months=_cheaper_after(profit, weight.fee_monthly_minor),
        scenarios=tuple(_scenario(case, asked, paid) for asked in case.asked),
    )


def weigh_pledge(case: Case) -> PledgeWeight:
    """What the monthly fee comes to over the term and in a year, however it is paid."""
    loan, months = case.price_paid_minor, case.months
    monthly = floor(floor(case.value(case.price_per_kg_minor)) * case.fee_per_100 / 100)
    total = monthly * months
    days = (case.end_on - case.start_on).days
    paid_monthly = [(month, monthly) for month in range(1, months)]
    return PledgeWeight(
        fee_monthly_minor=monthly,
        fee_total_minor=total,
        redemption_minor=loan + total,
        by_day_total_minor=monthly * 12 * days // (366 if isleap(case.start_on.year) else 365),
        days=days,
        flat_cost=_share(total, loan),
        simple_annual=_share(total * 12, loan * months),
        compound_by_month=effective_rate_by_month(loan, [(months, loan + total)]),
        compound_by_day=effective_annual_rate(loan, case.start_on, [(case.end_on, loan + total)]),
        compound_paid_monthly=effective_rate_by_month(
            loan, [*paid_monthly, (months, monthly + loan)]
        ),
        compound_deducted=_deducted(loan, total, months),
    )


def _deducted(loan: int, total: int, months: int) -> Decimal | None:
    # A fee as large as the loan leaves nothing in hand: no rate says what that costs.
    return effective_rate_by_month(loan - total, [(months, loan)]) if loan > total else None


def _scenario(case: Case, asked: Asked, paid: int) -> Scenario:
    value = case.value(asked.price_per_kg_minor)
    price = share_minor(value, case.cap_bp)
    profit = price - paid
    return Scenario(
        asked=asked,
        value_minor=floor(value),
        cap_price_minor=price,
        profit_minor=profit,
        profit_of_purchase=_share(profit, paid),
        profit_percent=_share(profit * 100, paid),
        loss_if_not_bought_minor=floor(value) - paid,
        costs=_costs(paid, price, range(case.opens_months, case.closes_months + 1)),
    )


def _costs(paid: int, price: int, months: Sequence[int]) -> tuple[Cost, ...]:
    cost = price - paid
    return tuple(
        Cost(
            months=month,
            flat=_share(cost, paid),
            simple_annual=_share(cost * 12, paid * month),
            compound_annual=effective_rate_by_month(paid, [(month, price)]),
        )
        for month in months
    )


def _break_even(case: Case, paid: int) -> Decimal:
    """The gram's price at which the exact cap is the price paid, to six decimals."""
    for_a_kg = paid * case.price_per_kg_minor * BP / (
        case.value(case.price_per_kg_minor) * case.cap_bp
    )  # fmt: skip
    return _rounded(for_a_kg / (1000 * 10**case.asset.digits))


def _cheaper_after(profit: int, fee_monthly: int) -> Decimal | None:
    # Profit over so many months is a yearly rate of the price paid; the fee is one of the loan,
    # which is as large. They are equal after profit ÷ monthly fee months.
    if fee_monthly == 0:
        return None
    return _share(max(profit, 0), fee_monthly)


def _share(part: int, whole: int) -> Decimal:
    return _rounded(Fraction(part, whole))


def _rounded(number: Fraction) -> Decimal:
    return Decimal(round(number * _SIX)).scaleb(-6)
