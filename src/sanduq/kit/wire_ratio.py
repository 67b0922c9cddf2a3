"""How a ratio is written: the exact fraction, the figure people read, or the reason for neither."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from pydantic import WithJsonSchema

from sanduq.kit.money import plain_number
from sanduq.kit.ratio import Ratio
from sanduq.kit.wire import Output

NumberOut = Annotated[Decimal, WithJsonSchema({"type": "number"})]


class RatioOut(Output):
    """A share: `value` 0.24 is `percent` 24; both are null with a `reason` if nothing divides."""

    value: NumberOut | None
    percent: NumberOut | None
    reason: str | None


class QuotientOut(Output):
    """A number of one thing for each of another, null with a `reason` if nothing divides."""

    value: NumberOut | None
    reason: str | None


def ratio_out(share: Ratio) -> RatioOut:
    """A share as the API writes it."""
    return RatioOut(value=_plain(share.value), percent=_plain(share.percent), reason=share.reason)


def quotient_out(number: Ratio) -> QuotientOut:
    """A number per another as the API writes it, to two decimals."""
    return QuotientOut(value=_plain(number.shown), reason=number.reason)


def _plain(number: Decimal | None) -> Decimal | None:
    return None if number is None else plain_number(number)
