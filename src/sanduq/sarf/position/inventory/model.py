"""Gold the institution owns, beside its books and beside what custody keeps. No I/O."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from sanduq.kit.money import Asset
from sanduq.sarf.position.prices import GoldPrice


@dataclass(frozen=True, slots=True, kw_only=True)
class Lot:
    """Owned pieces of one currency, fineness and state, added up."""

    asset: Asset
    fineness_bp: int
    is_free: bool
    piece_count: int
    gross_weight_mg: int
    net_weight_mg: int
    fine_weight_mg: int
    cost_minor: int
    written_down_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CurrencyPosition:
    """Gold bought in one currency. `ledger_minor` is all of 1210 in it: what was bought of owners
    out of pledges stands there too. `market_minor` None: no price of today."""

    asset: Asset
    piece_count: int
    gross_weight_mg: int
    fine_weight_mg: int
    free_fine_mg: int
    reserved_fine_mg: int
    cost_minor: int
    written_down_minor: int
    ledger_minor: int
    price_board_id: str | None
    market_minor: int | None

    @property
    def carrying_minor(self) -> int:
        """What the pieces stand at: cost less what was written down."""
        return self.cost_minor - self.written_down_minor

    @property
    def other_gold_minor(self) -> int:
        """What lies on 1210 and is no piece of this rail."""
        return self.ledger_minor - self.cost_minor

    @property
    def gram_cost_minor(self) -> Fraction | None:
        """What a gram of pure gold cost on average; None where there is none."""
        if self.fine_weight_mg == 0:
            return None
        return Fraction(self.cost_minor * 1_000, self.fine_weight_mg)


@dataclass(frozen=True, slots=True)
class Kept:
    """What custody keeps as the institution's own, in pure milligrams.

    `pieces_mg` are pieces on the books; `handed_over_mg` pieces that were handed over in an
    exchange that has not closed; `other_mg` gold of exchanges under way, or undone and on its way
    back.
    """

    pieces_mg: int
    handed_over_mg: int
    other_mg: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """All owned gold: by the register of pieces, by the books (1210 in pure milligrams), and by
    custody. The three agree."""

    currencies: tuple[CurrencyPosition, ...]
    fine_weight_mg: int
    ledger_fine_mg: int
    kept: Kept

    @property
    def ledger_difference_mg(self) -> int:
        """Pieces less what the books say; never anything but nothing."""
        return self.fine_weight_mg - self.ledger_fine_mg

    @property
    def custody_difference_mg(self) -> int:
        """Pieces less what custody keeps of them or handed over; never anything but nothing."""
        return self.fine_weight_mg - self.kept.pieces_mg - self.kept.handed_over_mg


def currency_position(
    asset: Asset,
    lots: Sequence[Lot],
    ledger_minor: int,
    price: GoldPrice | None,
    price_board_id: str | None,
) -> CurrencyPosition:
    """The lots of one currency, added up and valued grade by grade."""
    market = None
    if price is not None:
        by_grade: dict[int, int] = {}
        for one in lots:
            by_grade[one.fineness_bp] = by_grade.get(one.fineness_bp, 0) + one.net_weight_mg
        market = sum(price.piece_value_minor(net, grade) for grade, net in by_grade.items())
    return CurrencyPosition(
        asset=asset,
        piece_count=sum(one.piece_count for one in lots),
        gross_weight_mg=sum(one.gross_weight_mg for one in lots),
        fine_weight_mg=sum(one.fine_weight_mg for one in lots),
        free_fine_mg=sum(one.fine_weight_mg for one in lots if one.is_free),
        reserved_fine_mg=sum(one.fine_weight_mg for one in lots if not one.is_free),
        cost_minor=sum(one.cost_minor for one in lots),
        written_down_minor=sum(one.written_down_minor for one in lots),
        ledger_minor=ledger_minor,
        price_board_id=price_board_id,
        market_minor=market,
    )


def by_currency(lots: Sequence[Lot], ledger: Mapping[Asset, int]) -> dict[Asset, list[Lot]]:
    """The lots of each currency that has gold, by name; one with money on 1210 alone has none."""
    found: dict[Asset, list[Lot]] = {asset: [] for asset in sorted(ledger, key=str)}
    for one in lots:
        found.setdefault(one.asset, []).append(one)
    return found


def shown_gram_cost(cost_minor: Fraction) -> Decimal:
    """An average cost to a thousandth of a minor unit, rounded half up."""
    return Decimal(int(cost_minor * 1_000 + Fraction(1, 2))) / 1_000
