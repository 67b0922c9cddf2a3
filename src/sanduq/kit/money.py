"""Money: an amount of one asset in whole minor units.

Inside the house there is no other shape for money: no float, no bare Decimal.
Decimals exist at the edges only, where `parse_amount` and `Money.decimal` meet
JSON numbers, CSV cells and printed documents.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from fractions import Fraction
from functools import lru_cache

MINOR_MAX = 9_000_000_000_000_000  # bigint keeps room for sums

_PLAIN = re.compile(r"\A[0-9]+(\.[0-9]+)?\Z", re.ASCII)

# ISO 4217 minor-unit digits of the currencies the house keeps books in.
_DIGITS = {
    "AED": 2, "AFN": 2, "AUD": 2, "BDT": 2, "BHD": 3, "BND": 2, "CAD": 2, "CHF": 2, "CNY": 2,
    "DZD": 2, "EGP": 2, "EUR": 2, "GBP": 2, "GMD": 2, "GNF": 0, "IDR": 2, "INR": 2, "IQD": 3,
    "IRR": 2, "JOD": 3, "JPY": 0, "KES": 2, "KWD": 3, "KZT": 2, "LBP": 2, "LKR": 2, "LYD": 3,
    "MAD": 2, "MRU": 2, "MVR": 2, "MYR": 2, "NGN": 2, "OMR": 3, "PHP": 2, "PKR": 2, "QAR": 2,
    "SAR": 2, "SDG": 2, "SGD": 2, "SOS": 2, "SYP": 2, "THB": 2, "TJS": 2, "TND": 3, "TRY": 2,
    "TZS": 2, "UGX": 0, "USD": 2, "UZS": 2, "XAF": 0, "XOF": 0, "YER": 2, "ZAR": 2,
}  # fmt: skip


class AmountError(ValueError):
    """A value that cannot be read as an exact amount; `code` says which way it failed."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Asset:
    """What is counted: a currency with its minor-unit digits, written `USD/2`."""

    code: str
    digits: int

    def __str__(self) -> str:
        return f"{self.code}/{self.digits}"


@lru_cache(maxsize=256)
def currency(code: str) -> Asset:
    """The asset of an ISO 4217 code. Refuses (`AmountError` unknown_currency) any other text."""
    if code not in _DIGITS:
        raise AmountError("unknown_currency", f"{code!r} is not a currency Sanduq keeps books in")
    return Asset(code, _DIGITS[code])


def currency_codes() -> Sequence[str]:
    """All currency codes, sorted."""
    return sorted(_DIGITS)


@lru_cache(maxsize=256)
def asset_from_text(text: str) -> Asset:
    """Reads the stored form `USD/2` back; the inverse of `str(asset)`."""
    code, _, digits = text.partition("/")
    return Asset(code, int(digits))


@dataclass(frozen=True, slots=True, order=False)
class Money:
    """`amount_minor` whole minor units of `asset`. Arithmetic refuses to mix assets."""

    amount_minor: int
    asset: Asset

    def _same(self, other: Money) -> None:
        if self.asset != other.asset:
            raise ValueError(f"cannot combine {self.asset} with {other.asset}")

    def __add__(self, other: Money) -> Money:
        self._same(other)
        return Money(self.amount_minor + other.amount_minor, self.asset)

    def __sub__(self, other: Money) -> Money:
        self._same(other)
        return Money(self.amount_minor - other.amount_minor, self.asset)

    def __neg__(self) -> Money:
        return Money(-self.amount_minor, self.asset)

    @property
    def decimal(self) -> Decimal:
        """The exact amount in major units, as printed: 170 minor of USD/2 is Decimal('1.70')."""
        return Decimal(self.amount_minor).scaleb(-self.asset.digits)

    def __str__(self) -> str:
        return f"{self.decimal:f} {self.asset.code}"


def parse_amount(value: object, asset: Asset) -> Money:
    """Reads a non-negative amount exactly, or refuses.

    Takes an int, a Decimal (how JSON numbers arrive) or a string of plain ASCII digits.
    Refuses with `AmountError` code `not_a_number` (text, NaN, infinities, Arabic-Indic or
    full-width digits, booleans, floats), `negative`, `too_many_decimals` (any digit the
    asset cannot hold, trailing zeros aside), `too_large` (above MINOR_MAX minor units).
    """
    number = _to_decimal(value)
    if not number.is_finite():
        raise AmountError("not_a_number", "the amount must be a number")
    if (number.is_signed() and number != 0) or str(number).startswith("-"):
        raise AmountError("negative", "the amount must not be negative")
    if number != 0 and number.adjusted() > 20:
        raise AmountError("too_large", "the amount is larger than any this ledger holds")
    if number != 0 and number.adjusted() < -20:
        raise AmountError("too_many_decimals", f"{asset.code} has {asset.digits} decimals")
    # A Fraction, because Decimal arithmetic would round what has more than 28 digits.
    minor = Fraction(number) * 10**asset.digits
    if minor.denominator != 1:
        raise AmountError("too_many_decimals", f"{asset.code} has {asset.digits} decimals")
    if minor > MINOR_MAX:
        raise AmountError("too_large", "the amount is larger than any this ledger holds")
    return Money(int(minor), asset)


def _to_decimal(value: object) -> Decimal:
    if isinstance(value, bool | float):
        raise AmountError("not_a_number", "the amount must be a decimal number, exactly written")
    if isinstance(value, int | Decimal):
        return Decimal(value)
    if isinstance(value, str):
        if len(value) > 40:
            raise AmountError("too_large", "the amount has too many digits")
        if value.startswith("-") and _PLAIN.match(value[1:]):
            raise AmountError("negative", "the amount must not be negative")
        if not _PLAIN.match(value):
            raise AmountError("not_a_number", "the amount must be plain digits 0-9 with one point")
        try:
            return Decimal(value)
        except InvalidOperation:  # pragma: no cover - the pattern admits nothing Decimal refuses
            raise AmountError("not_a_number", "the amount must be a number") from None
    raise AmountError("not_a_number", "the amount must be a number or a decimal string")


def json_number(money: Money) -> Decimal:
    """The amount as it is written in JSON: exact, without trailing zeros (170, 170.5)."""
    return plain_number(money.decimal)


def plain_number(number: Decimal) -> Decimal:
    """Drops trailing zeros without ever falling into exponent form."""
    text = f"{number:f}"
    return Decimal(text.rstrip("0").rstrip(".")) if "." in text else Decimal(text)


def allocate(total_minor: int, parts: int, *, multiple_of_minor: int = 1) -> tuple[int, ...]:
    """Splits `total_minor` into `parts` equal shares that sum exactly to it.

    Each share is rounded half-even to a multiple of `multiple_of_minor`; the last absorbs the
    rest (rule GEN-20). Where rounding up would make the last share negative, shares are rounded
    down instead. Refuses (`ValueError`) fewer than one part or a negative total.
    """
    if parts < 1 or total_minor < 0 or multiple_of_minor < 1:
        raise ValueError("allocate needs at least one part, a total >= 0 and a multiple >= 1")
    units = Decimal(total_minor) / (parts * multiple_of_minor)
    share = int(units.quantize(Decimal(1), rounding=ROUND_HALF_EVEN)) * multiple_of_minor
    if share * (parts - 1) > total_minor:
        share = (total_minor // (parts * multiple_of_minor)) * multiple_of_minor
    return (share,) * (parts - 1) + (total_minor - share * (parts - 1),)


def sum_money(amounts: Iterable[Money], asset: Asset) -> Money:
    """The sum of `amounts`, zero of `asset` when there are none."""
    total = Money(0, asset)
    for amount in amounts:
        total = total + amount
    return total
