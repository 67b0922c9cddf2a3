"""Weight: whole milligrams inside, grams to 0.001 at the edges."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from sanduq.kit.money import AmountError, Asset, parse_amount, plain_number

TROY_OUNCE_MG = Decimal("31103.4768")  # exact by definition

_GRAM = Asset("g", 3)


@dataclass(frozen=True, slots=True)
class Weight:
    """`weight_mg` whole milligrams."""

    weight_mg: int

    @property
    def grams(self) -> Decimal:
        """Grams as written in JSON: 22.5, 100."""
        return plain_number(Decimal(self.weight_mg).scaleb(-3))

    def __str__(self) -> str:
        return f"{self.grams:f} g"


def parse_grams(value: object) -> Weight:
    """Reads grams with at most three decimals, or refuses with the `AmountError` of an amount."""
    return Weight(parse_amount(value, _GRAM).amount_minor)


__all__ = ["TROY_OUNCE_MG", "AmountError", "Weight", "parse_grams"]
