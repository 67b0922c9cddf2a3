"""Wire shapes of the gold position."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

from sanduq.kit.money import Asset, Money, plain_number
from sanduq.kit.wire import AmountOut, Output, number
from sanduq.kit.wire_weight import NumberOut, grams
from sanduq.sarf.position.inventory.model import CurrencyPosition, Position, shown_gram_cost


class CurrencyPositionOut(Output):
    """Gold bought in one currency. `market_value` is null without a price of today.

    `ledger_cost` is account 1210; `other_gold_cost` what of it was bought of owners out of pledges.
    """

    currency: str
    piece_count: int
    gross_weight_grams: NumberOut
    fine_weight_grams: NumberOut
    free_fine_grams: NumberOut
    reserved_fine_grams: NumberOut
    cost: AmountOut
    written_down: AmountOut
    carrying_amount: AmountOut
    cost_per_fine_gram: AmountOut | None
    ledger_cost: AmountOut
    other_gold_cost: AmountOut
    price_board_id: str | None
    market_value: AmountOut | None


class SarfPositionOut(Output):
    """Owned gold by its register, by the books and by custody; both differences are zero.

    `handed_over_fine_grams`: pieces handed over in an exchange that has not closed.
    `other_own_fine_grams`: gold of exchanges under way, or undone and on its way back.
    """

    type: Literal["sarf_position"]
    as_of: date
    fine_weight_grams: NumberOut
    ledger_fine_grams: NumberOut
    ledger_difference_grams: NumberOut
    custody_fine_grams: NumberOut
    custody_difference_grams: NumberOut
    handed_over_fine_grams: NumberOut
    other_own_fine_grams: NumberOut
    currencies: list[CurrencyPositionOut]


def position_out(found: Position, today: date) -> dict[str, Any]:
    """The position as the API writes it."""
    return SarfPositionOut(
        type="sarf_position",
        as_of=today,
        fine_weight_grams=grams(found.fine_weight_mg),
        ledger_fine_grams=grams(found.ledger_fine_mg),
        ledger_difference_grams=grams(found.ledger_difference_mg),
        custody_fine_grams=grams(found.kept.pieces_mg),
        custody_difference_grams=grams(found.custody_difference_mg),
        handed_over_fine_grams=grams(found.kept.handed_over_mg),
        other_own_fine_grams=grams(found.kept.other_mg),
        currencies=[_currency_out(one) for one in found.currencies],
    ).model_dump()


def _currency_out(one: CurrencyPosition) -> CurrencyPositionOut:
    gram = one.gram_cost_minor
    return CurrencyPositionOut(
        currency=one.asset.code,
        piece_count=one.piece_count,
        gross_weight_grams=grams(one.gross_weight_mg),
        fine_weight_grams=grams(one.fine_weight_mg),
        free_fine_grams=grams(one.free_fine_mg),
        reserved_fine_grams=grams(one.reserved_fine_mg),
        cost=_money(one.cost_minor, one.asset),
        written_down=_money(one.written_down_minor, one.asset),
        carrying_amount=_money(one.carrying_minor, one.asset),
        cost_per_fine_gram=(
            None if gram is None else plain_number(shown_gram_cost(gram).scaleb(-one.asset.digits))
        ),
        ledger_cost=_money(one.ledger_minor, one.asset),
        other_gold_cost=_money(one.other_gold_minor, one.asset),
        price_board_id=one.price_board_id,
        market_value=None if one.market_minor is None else _money(one.market_minor, one.asset),
    )


def _money(minor: int, asset: Asset) -> Any:
    return number(Money(minor, asset))
