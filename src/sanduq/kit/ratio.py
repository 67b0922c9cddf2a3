"""Ratios: six decimals inside, two shown, and nothing where there is nothing to divide by."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction

NO_BASE = "no_base"

_SIX, _TWO = Decimal("0.000001"), Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Ratio:
    """A fraction to six decimals, or nothing and the reason why."""

    value: Decimal | None
    reason: str | None = None

    @property
    def percent(self) -> Decimal | None:
        """The fraction in hundredths to two decimals, as it is shown."""
        return None if self.value is None else rounded(self.value * 100, 2)

    @property
    def shown(self) -> Decimal | None:
        """The number itself to two decimals, for what is no share (borrowers per officer)."""
        return None if self.value is None else rounded(self.value, 2)


def ratio(numerator: int | Fraction, denominator: int | Fraction) -> Ratio:
    """`numerator ÷ denominator`; with nothing below the line there is no ratio, never 0 or ∞."""
    if denominator == 0:
        return Ratio(None, NO_BASE)
    return Ratio(_decimal(Fraction(numerator) / Fraction(denominator)))


def less_than_one(share: Ratio) -> Ratio:
    """What is left of the whole: `1 − share`."""
    return share if share.value is None else Ratio(1 - share.value)


def rounded(number: Decimal, digits: int) -> Decimal:
    """A number as it is shown: half away from zero."""
    return number.quantize(_TWO if digits == 2 else Decimal(1).scaleb(-digits), ROUND_HALF_UP)


def _decimal(fraction: Fraction) -> Decimal:
    with localcontext() as context:
        context.prec = 60
        exact = Decimal(fraction.numerator) / Decimal(fraction.denominator)
        return exact.quantize(_SIX, ROUND_HALF_EVEN)
