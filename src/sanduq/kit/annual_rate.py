"""What charges weigh in a year: disclosure, never a price (rules QRD-23, DIS-01, DIS-05)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal, localcontext

_LOWEST, _HIGHEST = Decimal("-0.99"), Decimal(10)
_TOLERANCE = Decimal("1e-8")


def effective_annual_rate(
    received_minor: int, received_on: date, flows: Sequence[tuple[date, int]]
) -> Decimal | None:
    """r with received = Σ flow ÷ (1+r)^(days/365), to six decimals; exactly 0 without charges.

    None when no rate in (-0.99, 10) fits.
    """
    return effective_rate(
        received_minor,
        [(Decimal((on - received_on).days) / 365, amount) for on, amount in flows],
    )


def effective_rate_by_month(
    received_minor: int, flows: Sequence[tuple[int, int]]
) -> Decimal | None:
    """The same with every flow after so many whole months, twelve to the year."""
    return effective_rate(
        received_minor, [(Decimal(months) / 12, amount) for months, amount in flows]
    )


def effective_rate(received_minor: int, flows: Sequence[tuple[Decimal, int]]) -> Decimal | None:
    """r with received = Σ flow ÷ (1+r)^years, to six decimals; exactly 0 without charges.

    Bisection on (-0.99, 10); None when no rate there fits.
    """
    if sum(amount for _, amount in flows) == received_minor:
        return Decimal(0)
    with localcontext() as context:
        context.prec = 24

        def excess(rate: Decimal) -> Decimal:
            growth = (1 + rate).ln()
            return sum(
                (amount * (-growth * years).exp() for years, amount in flows),
                Decimal(-received_minor),
            )

        low, high = _LOWEST, _HIGHEST
        if excess(low) * excess(high) > 0:
            return None
        while high - low > _TOLERANCE:
            middle = (low + high) / 2
            if excess(middle) > 0:
                low = middle
            else:
                high = middle
        return ratio_rounded((low + high) / 2)


def ratio_rounded(ratio: Decimal) -> Decimal:
    """A ratio to six decimals, half to even."""
    return ratio.quantize(Decimal("0.000001"), rounding=ROUND_HALF_EVEN)
