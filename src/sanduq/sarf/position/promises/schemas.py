"""Wire shapes of the register of promises. Weights are of pure gold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Annotated, Any, Literal

from pydantic import Field

from sanduq.kit.errors import ValidationFailed
from sanduq.kit.money import Asset, Money, plain_number
from sanduq.kit.ratio import Ratio, rounded
from sanduq.kit.wire import (
    AmountOut,
    Currency,
    Input,
    IsoDate,
    ListOutput,
    Output,
    PageQuery,
    Text,
    asset_of,
    checked_id,
    number,
)
from sanduq.kit.wire_weight import NumberOut, fraction, grams, per_mille, scaled
from sanduq.sarf.position.findings import SarfFindingOut, findings_out
from sanduq.sarf.position.promises.model import (
    CapToday,
    Cover,
    Exposure,
    ExposureLine,
    PromiseEntry,
    PromiseFilters,
    PromiseStatus,
    WindowMonth,
)
from sanduq.shariah.model import Evaluation

PRICES_MAX = 50

Identifier = Annotated[Text, Field(max_length=70)]


class PromiseQuery(PageQuery):
    """Which promises to list. `customer_id` is the promisee; days are included on both sides."""

    status: PromiseStatus | None = None
    customer_id: Identifier | None = None
    facility_id: Identifier | None = None
    currency: Currency | None = None
    opens_from: IsoDate | None = None
    opens_to: IsoDate | None = None
    closes_from: IsoDate | None = None
    closes_to: IsoDate | None = None

    def filters(self) -> PromiseFilters:
        """What was asked for. Refuses VALIDATION_ERROR an unknown currency, a malformed id."""
        if self.facility_id is not None:
            checked_id(self.facility_id, "srf", "facility_id")
        return PromiseFilters(
            status=self.status,
            promisee_id=self.customer_id,
            facility_id=self.facility_id,
            asset=None if self.currency is None else asset_of(self.currency),
            opens_from_on=self.opens_from,
            opens_to_on=self.opens_to,
            closes_from_on=self.closes_from,
            closes_to_on=self.closes_to,
        )


class ExposureQuery(Input):
    """`prices`: up to fifty prices of a gram, with commas between them."""

    currency: Currency
    prices: Annotated[str, Field(max_length=1000)] | None = None

    def asset(self) -> Asset:
        """The currency asked for. Refuses VALIDATION_ERROR unknown_currency."""
        return asset_of(self.currency)

    def per_kg_minor(self) -> list[int] | None:
        """The prices in minor units per kilogram. Refuses VALIDATION_ERROR what is no price."""
        if self.prices is None:
            return None
        parts = [part.strip() for part in self.prices.split(",")]
        if len(parts) > PRICES_MAX:
            message = f"name at most {PRICES_MAX} prices"
            raise ValidationFailed.field("prices", "too_many", message)
        asset = self.asset()
        found = [scaled(part, Asset(asset.code, asset.digits + 3), "prices") for part in parts]
        if min(found) == 0:
            raise ValidationFailed.field("prices", "not_positive", "a price is more than zero")
        return found


class CapTodayOut(Output):
    """What is left, at the price in force: its market value, and the most it may cost."""

    price_board_id: str
    market_value: AmountOut
    cap_price: AmountOut


class SarfPromiseOut(Output):
    """The institution's own promise; it binds nobody else.

    `cap_today` is null when nothing is left to call, or no price of the day is known.
    """

    id: str
    type: Literal["sarf_promise"]
    facility_id: str
    facility_status: str
    branch_id: str
    terms_id: str
    status: PromiseStatus
    customer_id: str
    currency: str
    fine_weight_grams: NumberOut
    bought_fine_grams: NumberOut
    remaining_fine_grams: NumberOut
    cap_fraction: NumberOut
    price_formula: str
    opens_on: date
    closes_on: date
    is_window_open: bool
    cap_today: CapTodayOut | None
    language: str
    wording: str
    wording_hash: str
    ended_on: date | None
    created_at: datetime
    created_by: str
    etag: str


class SarfPromiseList(ListOutput):
    data: list[SarfPromiseOut]


class CoverOut(Output):
    """Gold at hand beside what is promised (rule SCF-15).

    `free_fine_grams` can be sold to anybody, `going_out_fine_grams` is reserved for purchases
    under these promises. `cover_ratio` is null when nothing is promised.
    """

    free_fine_grams: NumberOut
    going_out_fine_grams: NumberOut
    promised_fine_grams: NumberOut
    required_fine_grams: NumberOut
    cover_ratio: NumberOut | None
    required_ratio: NumberOut | None
    is_covered: bool
    shortfall_grams: NumberOut


class CurrencyCoverOut(CoverOut):
    currency: str


class WindowMonthOut(Output):
    """What may be called in a month; a promise whose window touches several is in each."""

    currency: str
    month: Annotated[str, Field(pattern=r"^[0-9]{4}-[0-9]{2}$")]
    promise_count: int
    promised_fine_grams: NumberOut


class PromiseCoverOut(Output):
    type: Literal["sarf_promise_cover"]
    as_of: date
    total: CoverOut
    currencies: list[CurrencyCoverOut]
    months: list[WindowMonthOut]
    findings: list[SarfFindingOut]


class ExposureLineOut(Output):
    """All open promises used at one price of a gram; a loss is below zero."""

    price_per_gram: AmountOut
    promised_price: AmountOut
    carrying_cost: AmountOut
    result: AmountOut


class PromiseExposureOut(Output):
    """`break_even_price` is per gram of the quoted fineness, null when no price breaks even.

    `missing_fine_grams` would have to be bought at the market to keep every promise.
    """

    type: Literal["sarf_promise_exposure"]
    currency: str
    price_board_id: str | None
    quoted_fineness: NumberOut
    promise_count: int
    promised_fine_grams: NumberOut
    missing_fine_grams: NumberOut
    own_gold_cost: AmountOut
    break_even_price: AmountOut | None
    lines: list[ExposureLineOut]


def promise_out(promise: PromiseEntry, cap: CapToday | None, today: date) -> dict[str, Any]:
    """A promise as the API writes it."""
    return SarfPromiseOut(
        id=promise.promise_id,
        type="sarf_promise",
        facility_id=promise.facility_id,
        facility_status=promise.facility_status,
        branch_id=promise.branch_id,
        terms_id=promise.terms_id,
        status=promise.status,
        customer_id=promise.promisee_id,
        currency=promise.asset.code,
        fine_weight_grams=grams(promise.fine_weight_mg),
        bought_fine_grams=grams(promise.bought_fine_mg),
        remaining_fine_grams=grams(promise.remaining_fine_mg),
        cap_fraction=fraction(promise.cap_bp),
        price_formula=promise.price_formula,
        opens_on=promise.opens_on,
        closes_on=promise.closes_on,
        is_window_open=promise.is_window_open(today),
        cap_today=None if cap is None else _cap_out(cap, promise.asset),
        language=promise.language,
        wording=promise.wording,
        wording_hash=promise.wording_hash,
        ended_on=promise.ended_on,
        created_at=promise.issued_at,
        created_by=promise.issued_by,
        etag=promise.etag,
    ).model_dump()


def cover_out(
    by_asset: Mapping[Asset, Cover],
    total: Cover,
    months: Sequence[WindowMonth],
    evaluations: Iterable[Evaluation],
    today: date,
) -> dict[str, Any]:
    """How promises are covered, as the API writes it."""
    return PromiseCoverOut(
        type="sarf_promise_cover",
        as_of=today,
        total=CoverOut(**_total(by_asset.values(), total)),
        currencies=[
            CurrencyCoverOut(currency=asset.code, **_cover(one)) for asset, one in by_asset.items()
        ],
        months=[
            WindowMonthOut(
                currency=one.asset.code,
                month=f"{one.month_on:%Y-%m}",
                promise_count=one.promise_count,
                promised_fine_grams=grams(one.promised_mg),
            )
            for one in months
        ],
        findings=findings_out(evaluations),
    ).model_dump()


def exposure_out(found: Exposure) -> dict[str, Any]:
    """What promises come to by price, as the API writes it."""
    breaking = found.break_even_gram_minor
    return PromiseExposureOut(
        type="sarf_promise_exposure",
        currency=found.asset.code,
        price_board_id=found.price_board_id,
        quoted_fineness=per_mille(found.quoted_fineness_bp),
        promise_count=found.promise_count,
        promised_fine_grams=grams(found.promised_mg),
        missing_fine_grams=grams(found.missing_mg),
        own_gold_cost=_money(found.own_cost_minor, found.asset),
        break_even_price=None if breaking is None else _gram_price(breaking, found.asset),
        lines=[_line_out(one, found.asset) for one in found.lines],
    ).model_dump()


def _line_out(line: ExposureLine, asset: Asset) -> ExposureLineOut:
    return ExposureLineOut(
        price_per_gram=plain_number(Decimal(line.per_kg_minor).scaleb(-3 - asset.digits)),
        promised_price=_money(line.receivable_minor, asset),
        carrying_cost=_money(line.carrying_minor, asset),
        result=_money(line.result_minor, asset),
    )


def _cover(one: Cover) -> dict[str, Any]:
    return {
        "free_fine_grams": grams(one.free_mg),
        "going_out_fine_grams": grams(one.going_out_mg),
        "promised_fine_grams": grams(one.promised_mg),
        "required_fine_grams": grams(one.required_mg),
        "cover_ratio": _ratio(one.ratio),
        "required_ratio": _ratio(one.required_ratio),
        "is_covered": one.is_covered,
        "shortfall_grams": grams(one.shortfall_mg),
    }


def _total(parts: Iterable[Cover], total: Cover) -> dict[str, Any]:
    """The sum; a promise is kept from gold of its own currency, so each must be covered."""
    each = list(parts)
    return {
        **_cover(total),
        "is_covered": all(one.is_covered for one in each),
        "shortfall_grams": grams(sum(one.shortfall_mg for one in each)),
    }


def _ratio(share: Ratio) -> Decimal | None:
    """A ratio to four decimals."""
    return None if share.value is None else plain_number(rounded(share.value, 4))


def _gram_price(minor: Fraction, asset: Asset) -> Decimal:
    """A price of a gram to whole minor units, half away from zero."""
    whole = (Decimal(minor.numerator) / minor.denominator).quantize(Decimal(1), ROUND_HALF_UP)
    return _money(int(whole), asset)


def _cap_out(cap: CapToday, asset: Asset) -> CapTodayOut:
    return CapTodayOut(
        price_board_id=cap.price_board_id,
        market_value=_money(cap.market_minor, asset),
        cap_price=_money(cap.cap_minor, asset),
    )


def _money(minor: int, asset: Asset) -> Decimal:
    return number(Money(minor, asset))
