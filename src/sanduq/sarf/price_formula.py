"""The price a promise speaks of: a formula over that day's market, the weight and the fineness.

What was paid before and the time that passed can be written, so that the rule can say what was
read; they are never computed with. Any other name is refused at once.
"""

from __future__ import annotations

from fractions import Fraction
from math import floor

from sanduq.kit.formula import Formula, FormulaError, FormulaNames, exact, read_formula
from sanduq.sarf.model import (
    BP,
    MG_PER_GRAM,
    GramPrice,
    Metals,
    gram_price_of,
    share_minor,
    value_at,
)

PROMISE_NAMES = FormulaNames(
    allowed=frozenset({"fineness", "market_price", "promised_fraction", "weight"}),
    refused=frozenset(
        {
            "contract_1_price", "cost", "cost_price", "days", "elapsed", "elapsed_days",
            "elapsed_months", "first_price", "holding_days", "interest", "interest_rate", "loan",
            "months", "original_price", "price_paid", "principal", "profit_rate",
            "purchase_price", "rate", "term", "term_days", "term_months", "time", "years",
        }
    ),
)  # fmt: skip
"""`market_price`: a gram of pure metal that day, in major units. `weight`: grams net. `fineness`:
a part of one. `promised_fraction`: the most of the market value that may be asked.
"""


def read_price_formula(text: str) -> Formula:
    """Reads the formula of a promise.

    Refuses (`FormulaError`) what cannot be read and names nobody knows. Names that speak of
    the first price or of time are read, and stand in `refused_names` for the rules to refuse.
    """
    return read_formula(text, PROMISE_NAMES)


def promised_price_minor(
    formula: Formula, pieces: Metals, gram_price: GramPrice, cap_bp: int, digits: int
) -> int:
    """What pieces cost under a promise in minor units: the formula's sum over them, rounded down
    once, and never more than `cap_bp` of the exact market value, rounded down.

    50 g of 999 where the board says 200.00 for a gram of 999 come to 7,500.00 at 75%. `gram_price`
    is minor units for a gram of pure metal, `digits` the decimals of the currency. Refuses
    (`FormulaError`) `refused_name` a formula that reads the first price or time, and
    `division_by_zero` or `negative` as every formula does.
    """
    if formula.refused_names:
        raise FormulaError("refused_name", f"a promise may not read {formula.refused_names[0]}")
    unit: int = 10**digits
    total = sum(
        (
            exact(
                formula,
                {
                    "market_price": gram_price_of(gram_price, fineness_bp) / unit,
                    "weight": Fraction(net_weight_mg, MG_PER_GRAM),
                    "fineness": Fraction(fineness_bp, BP),
                    "promised_fraction": Fraction(cap_bp, BP),
                },
            )
            for net_weight_mg, fineness_bp in pieces
        ),
        Fraction(0),
    )
    if total < 0:
        raise FormulaError("negative", "the formula gives a negative amount")
    return min(floor(total * unit), share_minor(value_at(gram_price, pieces), cap_bp))
