"""An indicator: what it counts, in which unit, who knows its value, and its IRIS+ code. No I/O."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from sanduq.kit.errors import ValidationFailed
from sanduq.kit.money import AmountError, Asset, parse_amount

VALUE_MAX = Decimal(10) ** 15
DECIMALS_MAX = 6
CODE_PATTERN = r"^[a-z][a-z0-9_]{1,60}$"
IRIS_PATTERN = r"^[A-Z]{2}[0-9]{4}$"


class Category(StrEnum):
    """What good an indicator speaks of."""

    ALL = "all"
    POVERTY_ALLEVIATION = "poverty_alleviation"
    WOMEN_EMPOWERMENT = "women_empowerment"
    EDUCATION = "education"
    HEALTH = "health"
    SMALL_BUSINESS = "small_business"
    PORTFOLIO = "portfolio"
    CONDUCT = "conduct"


IMPACT_CATEGORIES = (
    Category.POVERTY_ALLEVIATION,
    Category.WOMEN_EMPOWERMENT,
    Category.EDUCATION,
    Category.HEALTH,
    Category.SMALL_BUSINESS,
)


class Unit(StrEnum):
    """What one answer, or the figure itself, is made of."""

    COUNT = "count"
    MONEY = "money"
    SHARE = "share"
    NUMBER = "number"
    YES_NO = "yes_no"


class Aggregate(StrEnum):
    """How answers become one figure."""

    SUM = "sum"
    MEAN = "mean"
    SHARE = "share"
    CHANGE = "change"
    GROWTH = "growth"


class Direction(StrEnum):
    """Which way is good."""

    UP = "up"
    DOWN = "down"


class Source(StrEnum):
    """Who knows the value."""

    SURVEY = "survey"
    REPAYMENT_DATA = "repayment_data"
    ECONOMIC = "economic"
    LEDGER = "ledger"


class Dimension(StrEnum):
    """By what a figure is broken down."""

    GENDER = "gender"
    LOCATION = "location"
    POVERTY = "poverty"
    PURPOSE = "purpose"


_BOOKS = frozenset({Source.LEDGER, Source.REPAYMENT_DATA})
_AGGREGATES = {
    Unit.COUNT: frozenset({Aggregate.SUM, Aggregate.MEAN, Aggregate.CHANGE, Aggregate.GROWTH}),
    Unit.MONEY: frozenset({Aggregate.SUM, Aggregate.MEAN, Aggregate.CHANGE, Aggregate.GROWTH}),
    Unit.NUMBER: frozenset({Aggregate.SUM, Aggregate.MEAN, Aggregate.CHANGE, Aggregate.GROWTH}),
    Unit.SHARE: frozenset({Aggregate.MEAN, Aggregate.CHANGE}),
    Unit.YES_NO: frozenset({Aggregate.SUM, Aggregate.SHARE}),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Indicator:
    """One indicator. `unit` is that of one answer; `reported_unit` that of the figure.

    `measure` names what the platform computes; such an indicator is never posted. `dimension`
    and `cell` say which part of the clients it counts, where it counts a part.
    """

    code: str
    name: str
    description: str | None
    category: Category
    unit: Unit
    direction: Direction
    source: Source
    aggregate: Aggregate | None = None
    disaggregations: tuple[Dimension, ...] = ()
    measure: str | None = None
    dimension: Dimension | None = None
    cell: str | None = None
    iris_code: str | None = None
    iris_version: str | None = None
    created_at: datetime | None = None
    created_by: str | None = None

    @property
    def is_computed(self) -> bool:
        """Whether the platform works the value out itself."""
        return self.measure is not None

    @property
    def is_of_books(self) -> bool:
        """Whether the value is in the books, so that nobody's word for it is taken."""
        return self.source in _BOOKS

    @property
    def is_own(self) -> bool:
        """Whether the institution added it to the catalogue."""
        return self.created_at is not None

    @property
    def reported_unit(self) -> Unit:
        """The unit of the figure: a share of the answers, a count of them, or theirs."""
        if self.aggregate in (Aggregate.SHARE, Aggregate.GROWTH):
            return Unit.SHARE
        return Unit.COUNT if self.unit is Unit.YES_NO else self.unit

    def value(self, given: object, asset: Asset, field: str) -> Decimal:
        """A figure of this indicator as it is reported. Refuses VALIDATION_ERROR."""
        is_signed = self.aggregate in (Aggregate.CHANGE, Aggregate.GROWTH)
        limit = None if is_signed else Decimal(1)
        return read_value(
            given, self.reported_unit, asset, field, is_signed=is_signed, share_max=limit
        )

    def answer(self, given: object, asset: Asset, field: str) -> Decimal:
        """What one person answered. Refuses VALIDATION_ERROR."""
        if self.unit is not Unit.YES_NO:
            return read_value(given, self.unit, asset, field)
        if isinstance(given, bool):
            return Decimal(int(given))
        raise ValidationFailed.field(field, "not_yes_or_no", f"{field} is answered true or false")


def read_value(
    given: object,
    unit: Unit,
    asset: Asset,
    field: str,
    *,
    is_signed: bool = False,
    share_max: Decimal | None = Decimal(1),
) -> Decimal:
    """An exact figure: whole for a count, in the currency's decimals for money.

    Refuses VALIDATION_ERROR what is no number, negative unless a change, a share above
    `share_max`, and more decimals than the unit has.
    """
    number = _number(given, field)
    if number < 0 and not is_signed:
        raise ValidationFailed.field(field, "negative", f"{field} must not be negative")
    if unit is Unit.MONEY:
        try:
            parse_amount(abs(number), asset)
        except AmountError as error:
            raise ValidationFailed.field(field, error.code, f"{field}: {error}") from None
    if unit in (Unit.COUNT, Unit.YES_NO) and not is_signed and number != number.to_integral_value():
        raise ValidationFailed.field(field, "not_whole", f"{field} must be a whole number")
    if unit is Unit.SHARE and share_max is not None and number > share_max:
        raise ValidationFailed.field(field, "above_one", f"{field} is a fraction: 0.4 is 40%")
    return number


def _number(given: object, field: str) -> Decimal:
    is_number = isinstance(given, int | Decimal) and not isinstance(given, bool)
    number = Decimal(given) if is_number else None  # type: ignore[arg-type]
    if number is None or not number.is_finite():
        raise ValidationFailed.field(field, "not_a_number", f"{field} must be a number")
    if abs(number) >= VALUE_MAX:
        raise ValidationFailed.field(field, "too_large", f"{field} is too large")
    exponent = number.normalize().as_tuple().exponent
    if isinstance(exponent, int) and -exponent > DECIMALS_MAX:
        raise ValidationFailed.field(
            field, "too_many_decimals", f"{field} has at most {DECIMALS_MAX} decimals"
        )
    return number


def check_new(indicator: Indicator, taken: Collection[str]) -> None:
    """Refuses VALIDATION_ERROR a definition that could not be reported.

    An institution defines what people answer or record, never what the books know: those
    figures are computed.
    """
    if not re.match(CODE_PATTERN, indicator.code):
        raise ValidationFailed.field("code", "wrong_code", "a code is written like school_meals")
    if indicator.code in taken:
        raise ValidationFailed.field(
            "code", "code_taken", f"{indicator.code} is in the catalogue already"
        )
    if indicator.is_of_books:
        message = "what the books know is computed; define an indicator of survey or economic"
        raise ValidationFailed.field("source", "computed_from_books", message)
    allowed = _AGGREGATES[indicator.unit]
    if indicator.aggregate not in allowed:
        names = ", ".join(sorted(each.value for each in allowed))
        message = f"answers in {indicator.unit} are put together as {names}"
        raise ValidationFailed.field("aggregate", "does_not_fit_unit", message)
