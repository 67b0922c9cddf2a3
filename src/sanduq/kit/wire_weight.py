"""How weights, fineness and fractions are written: grams, parts per mille, a part of one."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from pydantic import WithJsonSchema

from sanduq.kit.errors import ValidationFailed
from sanduq.kit.money import AmountError, Asset, parse_amount, plain_number
from sanduq.kit.weight import Weight, parse_grams
from sanduq.kit.wire import AmountIn

WEIGHT_MAX_MG = 1_000_000_000  # a ton

WeightIn = AmountIn
"""Grams on their way in, to 0.001; read them with `weight_mg`."""

FinenessIn = AmountIn
"""Parts per mille on their way in, to one decimal (999.9); read them with `fineness_bp`."""

FractionIn = AmountIn
"""A part of one on its way in, to four decimals; read it with `fraction_bp`."""

NumberOut = Annotated[Decimal, WithJsonSchema({"type": "number"})]

_PER_MILLE = Asset("per mille", 1)
_FRACTION = Asset("a fraction", 4)


def weight_mg(value: object, field: str, *, is_positive: bool = False) -> int:
    """Grams as milligrams. Refuses VALIDATION_ERROR what is not exact, or too heavy."""
    try:
        weight = parse_grams(value).weight_mg
    except AmountError as error:
        raise ValidationFailed.field(field, error.code, f"{field}: {error}") from None
    if weight > WEIGHT_MAX_MG:
        raise ValidationFailed.field(field, "too_large", f"{field}: more than a ton")
    if is_positive and weight == 0:
        raise ValidationFailed.field(field, "not_positive", f"{field} must be more than zero")
    return weight


def fineness_bp(value: object, field: str = "fineness") -> int:
    """Parts per mille as parts per ten thousand. Refuses VALIDATION_ERROR outside 0 to 1000."""
    fineness = scaled(value, _PER_MILLE, field)
    if not 0 < fineness <= 10_000:
        raise ValidationFailed.field(field, "out_of_range", f"{field} lies between 0.1 and 1000")
    return fineness


def fraction_bp(value: object, field: str, *, is_positive: bool = False) -> int:
    """A part of one as basis points. Refuses VALIDATION_ERROR outside 0 to 1."""
    fraction = scaled(value, _FRACTION, field)
    if fraction > 10_000 or (is_positive and fraction == 0):
        raise ValidationFailed.field(field, "out_of_range", f"{field} lies between 0 and 1")
    return fraction


def scaled(value: object, unit: Asset, field: str) -> int:
    """A number as a whole count of the unit's smallest part. Refuses VALIDATION_ERROR."""
    try:
        return parse_amount(value, unit).amount_minor
    except AmountError as error:
        raise ValidationFailed.field(field, error.code, f"{field}: {error}") from None


def grams(milligrams: int) -> Decimal:
    """Milligrams as grams on their way out."""
    return Weight(milligrams).grams


def per_mille(fineness: int) -> Decimal:
    """Parts per ten thousand as parts per mille on their way out."""
    return plain_number(Decimal(fineness).scaleb(-1))


def fraction(basis_points: int) -> Decimal:
    """Basis points as a part of one on their way out: 7000 is 0.7."""
    return plain_number(Decimal(basis_points).scaleb(-4))
