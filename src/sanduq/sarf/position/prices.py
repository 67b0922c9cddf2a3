"""What gold is worth on a board, where a board may not price every fineness by itself. No I/O."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from math import floor

from sanduq.assets.model import FINE_BP, MG_PER_KG
from sanduq.assets.price_boards.model import PriceBoard
from sanduq.kit.money import Asset
from sanduq.sarf.model import BP, MG_PER_GRAM, pure_gram_price, share_minor, value_at
from sanduq.sarf.price_formula import promised_price_minor, read_price_formula
from sanduq.sarf.terms.model import STANDARD_FORMULA


@dataclass(frozen=True)
class GoldPrice:
    """A price of gold: minor units per kilogram of one fineness, as a board quotes it.

    Promises speak of pure weight: on a board that prices each grade they go by the finest one.
    `grades` are the prices of a gram of pure metal in each grade that has its own.
    """

    asset: Asset
    per_kg_minor: int
    quoted_fineness_bp: int
    grades: Mapping[int, Fraction]

    @cached_property
    def pure_gram(self) -> Fraction:
        """Minor units for a gram of pure metal."""
        return pure_gram_minor(self.per_kg_minor, self.quoted_fineness_bp)

    def fine_value_minor(self, fine_mg: int) -> int:
        """What a pure weight is worth, rounded down."""
        return floor(value_at(self.pure_gram, [(fine_mg, BP)]))

    def piece_value_minor(self, net_weight_mg: int, fineness_bp: int) -> int:
        """What a piece is worth by its own grade, or by the finest where that has no price."""
        gram = self.grades.get(fineness_bp, self.pure_gram)
        return floor(value_at(gram, [(net_weight_mg, fineness_bp)]))

    def promised_minor(self, fine_mg: int, formula: str, cap_bp: int) -> int:
        """What a promise asks for a pure weight at this price, by its formula and its cap."""
        if formula == STANDARD_FORMULA:  # the cap itself: what nearly every promise asks
            return share_minor(value_at(self.pure_gram, [(fine_mg, BP)]), cap_bp)
        read = read_price_formula(formula)
        return promised_price_minor(
            read, [(fine_mg, BP)], self.pure_gram, cap_bp, self.asset.digits
        )


def pure_gram_minor(per_kg_minor: int, fineness_bp: int) -> Fraction:
    """Minor units for a gram of pure metal, of a price per kilogram of that fineness."""
    return Fraction(per_kg_minor * MG_PER_GRAM * FINE_BP, MG_PER_KG * fineness_bp)


def price_on(board: PriceBoard) -> GoldPrice:
    """The price a board sets."""
    quoted = board.quoted_fineness_bp or max(board.grades)
    by_grade: Iterable[int] = () if board.quoted_fineness_bp else board.grades
    return GoldPrice(
        asset=board.asset,
        per_kg_minor=board.grades[quoted],
        quoted_fineness_bp=quoted,
        grades={grade: pure_gram_price(board, grade) for grade in by_grade},
    )


def price_of(asset: Asset, per_kg_minor: int, quoted_fineness_bp: int) -> GoldPrice:
    """A price that was asked about: no board has set it."""
    return GoldPrice(asset, per_kg_minor, quoted_fineness_bp, {})
