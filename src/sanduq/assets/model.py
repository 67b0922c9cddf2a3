"""Arithmetic of metal: net and fine weight, fineness, and a price brought to one unit. No I/O.

Weights are whole milligrams, fine weights whole tenths of a milligram (0.0001 g, as the trade
writes them), fineness is in parts per ten thousand (916 per mille is 9160), prices are minor units
per kilogram (200.00 a gram is 20,000,000), so that every product here is one of whole numbers.
"""

from __future__ import annotations

from enum import StrEnum

from sanduq.assets.errors import FinenessUnknown, WeightBelowStones
from sanduq.kit.weight import TROY_OUNCE_MG

FINE_BP = 10_000
TENTHS_PER_KG = 10_000_000
MG_PER_KG = 1_000_000

_TROY_OUNCE_TENTHS_OF_MICROGRAM = int(TROY_OUNCE_MG * 10_000)  # exact: it has four decimals of a mg


class Metal(StrEnum):
    """What a thing is priced by. `none`: a thing of value that no metal price tells."""

    GOLD = "gold"
    SILVER = "silver"
    NONE = "none"


def karat_fineness_bp(karat: int) -> int:
    """The exact fineness of a karat, `karat ÷ 24`, to the nearest tenth of a part per mille."""
    return (karat * FINE_BP * 2 + 24) // 48


KARATS = (24, 23, 22, 21, 20, 18, 14, 10, 9)

_GOLD_STAMPS = (9999, 9990, 9580, 9500, 9160, 8750, 8350, 8330, 7500, 5850, 4170, 3750)
_SILVER_STAMPS = (9999, 9990, 9580, 9500, 9250, 9000, 8350, 8300, 8000)

GRADES: dict[Metal, tuple[int, ...]] = {
    Metal.GOLD: tuple(
        sorted({*_GOLD_STAMPS, *(karat_fineness_bp(karat) for karat in KARATS)}, reverse=True)
    ),
    Metal.SILVER: (FINE_BP, *_SILVER_STAMPS),
    Metal.NONE: (),
}
"""The fineness accepted per metal: the stamps in use, and for gold the exact karats beside them.

A stamp is not its karat: 835 is more than 20/24, 585 more than 14/24, 916 less than 22/24; what is
stored is what was stamped or assayed, never the karat.
"""


def require_grade(metal: Metal, fineness_bp: int) -> None:
    """Refuses FINENESS_UNKNOWN what is not in the table of the metal."""
    if fineness_bp not in GRADES[metal]:
        known = ", ".join(per_mille(each) for each in GRADES[metal]) or "none"
        raise FinenessUnknown(
            f"{per_mille(fineness_bp)} per mille is no grade of {metal.value}; known are {known}"
        )


def per_mille(fineness_bp: int) -> str:
    """A fineness as people write it: 999.9, 916."""
    whole, tenth = divmod(fineness_bp, 10)
    return f"{whole}.{tenth}" if tenth else str(whole)


def net_weight_mg(gross_weight_mg: int, stone_weight_mg: int, other_weight_mg: int) -> int:
    """What is left of the whole without stones and other parts that are not the metal.

    Refuses VALIDATION_ERROR above_gross when nothing would be left.
    """
    rest = stone_weight_mg + other_weight_mg
    if rest >= gross_weight_mg:
        raise WeightBelowStones.of(gross_weight_mg, rest)
    return gross_weight_mg - rest


def fine_weight_tenths(net_weight_mg: int, fineness_bp: int) -> int:
    """The pure metal in tenths of a milligram, rounded down: 21.20 g of 916 hold 19.4192 g."""
    return net_weight_mg * fineness_bp // 1000


def price_per_kg_of_ounce(price_per_ounce_milli: int) -> int:
    """Minor units per kilogram of a price in thousandths of a minor unit per troy ounce.

    Rounded down, so that no value rests on more than was quoted. What falls away is under one
    minor unit per kilogram: it can never reach a cent on a thing a person can pledge, and nobody
    gains by it, for a value is a ceiling to a debt and never a price the institution buys at.
    """
    return price_per_ounce_milli * 10_000_000 // _TROY_OUNCE_TENTHS_OF_MICROGRAM


def fine_value_minor(
    fine_tenths: int, price_per_kg_minor: int, quoted_fineness_bp: int, haircut_bp: int = 0
) -> int:
    """Fine weight × fine price × (1 − haircut), rounded down once, at the end.

    A price quoted for 999 is divided by 0.999 before it is a price of pure metal.
    """
    above = fine_tenths * price_per_kg_minor * FINE_BP * (FINE_BP - haircut_bp)
    return above // (TENTHS_PER_KG * quoted_fineness_bp * FINE_BP)


def grade_value_minor(net_weight_mg: int, price_per_kg_minor: int, haircut_bp: int = 0) -> int:
    """Net weight × the price of its grade × (1 − haircut), rounded down once, at the end."""
    above = net_weight_mg * price_per_kg_minor * (FINE_BP - haircut_bp)
    return above // (MG_PER_KG * FINE_BP)
