"""Arithmetic of gold bought and sold: fine weight, value on a board, shares of it, months. No I/O.

Everything here is exact: a value is a `Fraction` of minor units until it is rounded, once, at the
end. A piece is a pair of its net weight in milligrams and its fineness in basis points; the price
of a gram of pure metal is in minor units.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction
from math import ceil, floor

from sanduq.assets.model import FINE_BP, MG_PER_KG, require_grade
from sanduq.assets.price_boards.errors import FinenessNotPriced
from sanduq.assets.price_boards.model import PriceBoard
from sanduq.kit.days import add_months

BP = 10_000
MG_PER_GRAM = 1_000

Metals = Sequence[tuple[int, int]]
"""Net weight in milligrams and fineness in basis points, piece by piece."""

GramPrice = Fraction | Mapping[int, Fraction]
"""Minor units for a gram of pure metal: one price, or one by the fineness it is stamped with."""


class SessionKind(StrEnum):
    """What is exchanged: gold bought, gold sold under a promise or freely, gold for gold."""

    PURCHASE = "PURCHASE"
    BUY_BACK = "BUY_BACK"
    RESALE = "RESALE"
    EXCHANGE = "EXCHANGE"


class Leg(StrEnum):
    """A side of an exchange, as the institution sees it."""

    GOLD_IN = "GOLD_IN"
    GOLD_OUT = "GOLD_OUT"
    MONEY = "MONEY"


LEGS: Mapping[SessionKind, frozenset[Leg]] = {
    SessionKind.PURCHASE: frozenset({Leg.GOLD_IN, Leg.MONEY}),
    SessionKind.BUY_BACK: frozenset({Leg.GOLD_OUT, Leg.MONEY}),
    SessionKind.RESALE: frozenset({Leg.GOLD_OUT, Leg.MONEY}),
    SessionKind.EXCHANGE: frozenset({Leg.GOLD_IN, Leg.GOLD_OUT}),
}
"""The two sides that must be received before the parties part."""


class PossessionKind(StrEnum):
    """The ways a side is received that count as possession, real or constructive."""

    CASH = "cash"
    BANK_CREDIT_SAME_DAY = "bank_credit_same_day"
    CERTIFIED_CHEQUE = "certified_cheque"
    CARD_PAYMENT = "card_payment"
    ALLOCATED_BAR = "allocated_bar"
    GOLD_IN_HAND = "gold_in_hand"


GOLD_POSSESSIONS = frozenset({PossessionKind.ALLOCATED_BAR, PossessionKind.GOLD_IN_HAND})
MONEY_POSSESSIONS = frozenset(PossessionKind) - GOLD_POSSESSIONS
REAL_POSSESSIONS = frozenset({PossessionKind.CASH, PossessionKind.GOLD_IN_HAND})
"""What is in the hand; every other kind is proven by a reference."""


class MixClass(StrEnum):
    """What gold is mixed with, which decides what may be counted as gold."""

    ALLOY = "alloy"
    GOLD_AND_SILVER = "gold_and_silver"
    MOSTLY_GOLD = "mostly_gold"
    HALF_GOLD_OR_LESS = "half_gold_or_less"
    TRACE = "trace"


class SessionEnd(StrEnum):
    """How a session ended: the parties left, or each told the other that it is final."""

    PARTING = "parting"
    MUTUAL_WAIVER = "mutual_waiver"


class Rounding(StrEnum):
    """Which whole minor unit a value becomes."""

    DOWN = "down"
    UP = "up"


@dataclass(frozen=True, slots=True)
class Window:
    """The days between which a promise may be called upon, both included."""

    opens_on: date
    closes_on: date

    def holds(self, day: date) -> bool:
        """Whether that day lies in the window."""
        return self.opens_on <= day <= self.closes_on


def window(sold_on: date, opens_months: int, closes_months: int) -> Window:
    """From one anniversary of the sale to another: sold on 31 August, six months are 28 February.

    Refuses (`ValueError`) a window that closes before it opens.
    """
    if not 0 <= opens_months <= closes_months:
        raise ValueError("a window opens before it closes")
    return Window(add_months(sold_on, opens_months), add_months(sold_on, closes_months))


def is_in_window(day: date, opens_on: date, closes_on: date) -> bool:
    """Whether that day lies between the two, both included."""
    return Window(opens_on, closes_on).holds(day)


def months_between(start_on: date, end_on: date) -> int:
    """Whole months that have passed, by anniversaries; negative when the end comes first."""
    months = (end_on.year - start_on.year) * 12 + end_on.month - start_on.month
    return months if add_months(start_on, months) <= end_on else months - 1


def fine_mg(net_weight_mg: int, fineness_bp: int) -> Fraction:
    """The pure metal of a piece, exactly: 50 g of 999 hold 49,950 mg."""
    return Fraction(net_weight_mg * fineness_bp, FINE_BP)


def fine_mg_of(pieces: Iterable[tuple[int, int]]) -> Fraction:
    """The pure metal of several pieces, exactly."""
    return sum((fine_mg(net, fineness) for net, fineness in pieces), Fraction(0))


def fine_equal(fine_in_tenths: int, fine_out_tenths: int, tolerance_tenths: int = 0) -> bool:
    """Whether two fine weights are the same as far as the scale can tell (AAOIFI SS 57 3/1/1).

    Weights and tolerance are in tenths of a milligram. Refuses (`ValueError`) a negative tolerance.
    """
    if tolerance_tenths < 0:
        raise ValueError("a scale's tolerance is not negative")
    return abs(fine_in_tenths - fine_out_tenths) <= tolerance_tenths


def pure_gram_price(board: PriceBoard, fineness_bp: int) -> Fraction:
    """Minor units for a gram of the pure metal in a piece of that fineness, exactly.

    A price quoted for 999 is divided by 0.999; a board per grade prices the metal of each grade by
    itself. Refuses FINENESS_UNKNOWN as the board's own valuation does.
    """
    require_grade(board.metal, fineness_bp)
    quoted = board.quoted_fineness_bp or fineness_bp
    if quoted not in board.grades:
        raise FinenessNotPriced.of(fineness_bp)
    return Fraction(board.grades[quoted] * MG_PER_GRAM * FINE_BP, MG_PER_KG * quoted)


def gram_prices(board: PriceBoard, pieces: Metals) -> Mapping[int, Fraction]:
    """The price of a gram of pure metal for each fineness among the pieces.

    Refuses FINENESS_UNKNOWN what the board does not price.
    """
    return {fineness: pure_gram_price(board, fineness) for _, fineness in pieces}


def gram_price_of(prices: GramPrice, fineness_bp: int) -> Fraction:
    """The price that goes with a fineness: the one price there is, or the one of its grade."""
    return prices if isinstance(prices, Fraction) else prices[fineness_bp]


def market_value(board: PriceBoard, pieces: Metals) -> Fraction:
    """What pieces are worth on a board, in minor units, exactly and unrounded.

    Refuses FINENESS_UNKNOWN what the board does not price.
    """
    return value_at(gram_prices(board, pieces), pieces)


def value_at(prices: GramPrice, pieces: Metals) -> Fraction:
    """What pieces are worth at the given price of pure metal, in minor units, exactly."""
    return sum(
        (
            fine_mg(net, fineness) * gram_price_of(prices, fineness) / MG_PER_GRAM
            for net, fineness in pieces
        ),
        Fraction(0),
    )


def market_minor(board: PriceBoard, pieces: Metals) -> int:
    """What pieces are worth on a board in whole minor units, rounded down once, at the end.

    Refuses FINENESS_UNKNOWN what the board does not price.
    """
    return floor(market_value(board, pieces))


def share_minor(value: Fraction | int, share_bp: int, rounding: Rounding = Rounding.DOWN) -> int:
    """A share of a value in whole minor units, rounded once: 7,500 of 10,000 at 7,500 bp.

    Takes the exact value: a share of a value already rounded would be rounded twice.
    """
    share = Fraction(value) * share_bp / BP
    return floor(share) if rounding is Rounding.DOWN else ceil(share)
