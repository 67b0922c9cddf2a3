"""A price board: what metal is worth today, by fine weight or by grade, and since when. No I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from fractions import Fraction

from sanduq.assets.model import (
    FINE_BP,
    GRADES,
    Metal,
    fine_value_minor,
    fine_weight_tenths,
    grade_value_minor,
    require_grade,
)
from sanduq.assets.price_boards.errors import FinenessNotPriced
from sanduq.kit.money import Asset, Money


class PriceMethod(StrEnum):
    """`fine_price`: one price, by pure weight. `per_grade`: a price for each stamp, as written."""

    FINE_PRICE = "fine_price"
    PER_GRADE = "per_grade"


class BoardStatus(StrEnum):
    """SUPERSEDED is derived: a board published later, or effective later, is in force."""

    PROPOSED = "PROPOSED"
    PUBLISHED = "PUBLISHED"
    REJECTED = "REJECTED"
    SUPERSEDED = "SUPERSEDED"


class QuotedUnit(StrEnum):
    """The weight a price was quoted for, before it was brought to a kilogram."""

    GRAM = "gram"
    TROY_OUNCE = "troy_ounce"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewBoard:
    """A board about to be proposed.

    `grades` are minor units per kilogram by fineness: for `fine_price` the one price and the
    fineness it was quoted for, for `per_grade` every grade that has a price. `effective_at` None:
    at once. `spike_explanation` says why the price moved so far, where it did.
    """

    metal: Metal
    asset: Asset
    method: PriceMethod
    grades: Mapping[int, int]
    quoted_unit: QuotedUnit = QuotedUnit.GRAM
    effective_at: datetime | None = None
    source: str
    observed_at: datetime
    spike_explanation: str | None = None
    external_id: str | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceBoard:
    """A board on record. Its facts never change; what was decided on it stands beside them."""

    price_board_id: str
    metal: Metal
    asset: Asset
    method: PriceMethod
    grades: Mapping[int, int]
    quoted_unit: QuotedUnit
    effective_at: datetime
    source: str
    observed_at: datetime
    spike_explanation: str | None
    status: BoardStatus
    decided_at: datetime | None
    decided_by: str | None
    decision_reason: str | None
    external_id: str | None
    metadata: Mapping[str, str]
    created_at: datetime
    created_by: str

    @property
    def quoted_fineness_bp(self) -> int | None:
        """The fineness a fine price was quoted for; None where each grade has its own."""
        return next(iter(self.grades)) if self.method is PriceMethod.FINE_PRICE else None

    @property
    def in_force_from(self) -> datetime | None:
        """The later of being effective and being published; None unless it was published."""
        if self.decided_at is None or self.status not in IN_FORCE_ONCE:
            return None
        return max(self.effective_at, self.decided_at)


IN_FORCE_ONCE = (BoardStatus.PUBLISHED, BoardStatus.SUPERSEDED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """What a weight would be worth on a board; `value` is after the policy's haircut."""

    board: PriceBoard
    net_weight_mg: int
    fineness_bp: int
    haircut_bp: int
    market_value: Money
    value: Money


def value_minor(
    board: PriceBoard, net_weight_mg: int, fineness_bp: int, haircut_bp: int = 0
) -> int:
    """What a net weight is worth on a board, in minor units, rounded down once at the end.

    Refuses FINENESS_UNKNOWN what is no grade of the metal, or has no price on a board per grade.
    """
    require_grade(board.metal, fineness_bp)
    quoted = board.quoted_fineness_bp
    if quoted is not None:
        tenths = fine_weight_tenths(net_weight_mg, fineness_bp)
        return fine_value_minor(tenths, board.grades[quoted], quoted, haircut_bp)
    if fineness_bp not in board.grades:
        raise FinenessNotPriced.of(fineness_bp)
    return grade_value_minor(net_weight_mg, board.grades[fineness_bp], haircut_bp)


def lines(board: PriceBoard | NewBoard) -> dict[int, Fraction]:
    """Minor units per kilogram of each grade, finest first: the whole page, exactly."""
    if board.method is PriceMethod.PER_GRADE:
        return {grade: Fraction(board.grades[grade]) for grade in sorted(board.grades)[::-1]}
    ((quoted, price),) = board.grades.items()
    return {grade: Fraction(price * grade, quoted) for grade in GRADES[board.metal]}


def move_bp(before: PriceBoard, after: PriceBoard | NewBoard) -> Fraction:
    """The largest change of any grade both boards price, in basis points of the earlier price.

    A board that shares no grade with the last one tells nothing of it: the change is unknown and
    counts as the whole price.
    """
    earlier, later = lines(before), lines(after)
    moves = [
        abs(later[grade] - earlier[grade]) / earlier[grade] * FINE_BP
        for grade in earlier.keys() & later.keys()
    ]
    return max(moves, default=Fraction(FINE_BP))
