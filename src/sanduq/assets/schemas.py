"""Wire shapes every part of this room shares: ids, gram prices, fine weights."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from pydantic import Field

from sanduq.kit.errors import ValidationFailed
from sanduq.kit.money import Asset, plain_number
from sanduq.kit.wire import Text
from sanduq.kit.wire_weight import scaled

Identifier = Annotated[Text, Field(max_length=70)]


def price_milli(value: object, asset: Asset, field: str) -> int:
    """A price in thousandths of a minor unit. Refuses VALIDATION_ERROR finer ones, and zero.

    Of a gram that is the price per kilogram in minor units.
    """
    price = scaled(value, Asset(asset.code, asset.digits + 3), field)
    if price == 0:
        raise ValidationFailed.field(field, "not_positive", f"{field} must be more than zero")
    return price


def fine_grams(tenths: int) -> Decimal:
    """Tenths of a milligram as grams on their way out: four decimals."""
    return plain_number(Decimal(tenths).scaleb(-4))


def price_per_gram(per_kg_minor: int, asset: Asset) -> Decimal:
    """Minor units per kilogram as a price per gram on its way out."""
    return plain_number(Decimal(per_kg_minor).scaleb(-3 - asset.digits))
