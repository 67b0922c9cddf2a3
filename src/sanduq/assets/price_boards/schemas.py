"""Wire shapes of price boards."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, Field

from sanduq.assets.model import Metal, fine_weight_tenths, price_per_kg_of_ounce
from sanduq.assets.price_boards.model import (
    BoardStatus,
    NewBoard,
    PriceBoard,
    PriceMethod,
    Quote,
    QuotedUnit,
    lines,
)
from sanduq.assets.schemas import fine_grams, price_milli, price_per_gram
from sanduq.kit.errors import ValidationFailed
from sanduq.kit.money import Asset
from sanduq.kit.wire import (
    AmountIn,
    AmountOut,
    Currency,
    ExternalId,
    Input,
    ListOutput,
    Metadata,
    Output,
    PageQuery,
    Text,
    asset_of,
    number,
)
from sanduq.kit.wire_weight import (
    FinenessIn,
    NumberOut,
    fineness_bp,
    fraction,
    grams,
    per_mille,
    weight_mg,
)

PricedMetal = Literal["gold", "silver"]
_CSV_MAX = 200_000


class GradePriceIn(Input):
    fineness: FinenessIn
    price_per_gram: AmountIn


class PriceBoardIn(Input):
    """One of `price_per_gram`, `price_per_ounce` (troy) and `lines` (a price for each grade).

    `quoted_fineness` says what the one price is a price of: 1000 for pure metal, 999, ...
    """

    metal: PricedMetal
    currency: Currency
    price_per_gram: AmountIn | None = None
    price_per_ounce: AmountIn | None = None
    quoted_fineness: FinenessIn = 1000
    lines: Annotated[list[GradePriceIn], Field(max_length=50)] = Field(default_factory=list)
    effective_at: AwareDatetime | None = None
    source: Text
    observed_at: AwareDatetime
    spike_explanation: Text | None = None
    external_id: ExternalId | None = None
    metadata: Metadata = Field(default_factory=dict)

    def command(self) -> NewBoard:
        """The board to propose. Refuses VALIDATION_ERROR prices that cannot be read."""
        asset = asset_of(self.currency)
        unit = QuotedUnit.GRAM if self.price_per_ounce is None else QuotedUnit.TROY_OUNCE
        return NewBoard(
            metal=Metal(self.metal),
            asset=asset,
            method=PriceMethod.PER_GRADE if self.lines else PriceMethod.FINE_PRICE,
            grades=self._grades(asset),
            quoted_unit=unit,
            effective_at=self.effective_at,
            source=self.source,
            observed_at=self.observed_at,
            spike_explanation=self.spike_explanation,
            external_id=self.external_id,
            metadata=self.metadata,
        )

    def _grades(self, asset: Asset) -> Mapping[int, int]:
        given = (self.price_per_gram is not None, self.price_per_ounce is not None, self.lines)
        if sum(map(bool, given)) != 1:
            raise ValidationFailed.field(
                "price_per_gram", "one_price", "send price_per_gram, price_per_ounce or lines"
            )
        quoted = fineness_bp(self.quoted_fineness, "quoted_fineness")
        if self.price_per_gram is not None:
            return {quoted: price_milli(self.price_per_gram, asset, "price_per_gram")}
        if self.price_per_ounce is not None:
            price = price_milli(self.price_per_ounce, asset, "price_per_ounce")
            return {quoted: price_per_kg_of_ounce(price)}
        grades = {
            fineness_bp(line.fineness, f"lines.{place}.fineness"): price_milli(
                line.price_per_gram, asset, f"lines.{place}.price_per_gram"
            )
            for place, line in enumerate(self.lines)
        }
        if len(grades) < len(self.lines):
            raise ValidationFailed.field("lines", "fineness_twice", "a fineness has one price")
        return grades


class PriceImportIn(Input):
    """A sheet with the columns metal, fineness, price_per_gram or price_per_ounce, currency and
    observed_at."""

    csv: Annotated[str, Field(min_length=1, max_length=_CSV_MAX)]
    source: Text


class RejectionIn(Input):
    reason: Text


class ApprovalIn(Input):
    reason: Text | None = None


class CurrentQuery(Input):
    metal: PricedMetal = "gold"
    currency: Currency


class PriceBoardFilters(PageQuery):
    metal: PricedMetal | None = None
    currency: Currency | None = None
    status: BoardStatus | None = None
    external_id: ExternalId | None = None
    effective_from: Annotated[AwareDatetime | None, Field(alias="effective_at.gte")] = None
    effective_before: Annotated[AwareDatetime | None, Field(alias="effective_at.lt")] = None


class QuoteQuery(Input):
    """`weight_grams` is the net weight: without stones and other parts."""

    weight_grams: Annotated[str, Field(max_length=40)]
    fineness: Annotated[str, Field(max_length=40)]

    def weight(self) -> int:
        """Milligrams. Refuses VALIDATION_ERROR."""
        return weight_mg(self.weight_grams, "weight_grams", is_positive=True)

    def grade(self) -> int:
        """Parts per ten thousand. Refuses VALIDATION_ERROR."""
        return fineness_bp(self.fineness)


class GradePriceOut(Output):
    fineness: NumberOut
    price_per_gram: NumberOut


class PriceBoardOut(Output):
    """`lines` hold the price of every grade, rounded down to a thousandth of a minor unit;
    values are computed on the quoted price itself."""

    id: str
    type: Literal["price_board"]
    metal: Metal
    currency: str
    method: PriceMethod
    quoted_unit: QuotedUnit
    quoted_fineness: NumberOut | None
    quoted_price_per_gram: NumberOut | None
    lines: list[GradePriceOut]
    status: BoardStatus
    effective_at: datetime
    in_force_from: datetime | None
    source: str
    observed_at: datetime
    spike_explanation: str | None
    decided_at: datetime | None
    decided_by: str | None
    decision_reason: str | None
    external_id: str | None
    metadata: dict[str, str]
    created_at: datetime
    created_by: str


class PriceBoardList(ListOutput):
    data: list[PriceBoardOut]


class PriceImportOut(Output):
    type: Literal["price_import"]
    data: list[PriceBoardOut]


class PriceQuoteOut(Output):
    """`market_value` on the board, and `value` after the policy's haircut; both rounded down."""

    type: Literal["price_quote"]
    price_board_id: str
    metal: Metal
    weight_grams: NumberOut
    fineness: NumberOut
    fine_weight_grams: NumberOut
    haircut: NumberOut
    market_value: AmountOut
    value: AmountOut
    currency: str


def board_out(board: PriceBoard) -> dict[str, Any]:
    """A board as the API writes it, with the price of every grade."""
    quoted = board.quoted_fineness_bp
    return PriceBoardOut(
        id=board.price_board_id,
        type="price_board",
        metal=board.metal,
        currency=board.asset.code,
        method=board.method,
        quoted_unit=board.quoted_unit,
        quoted_fineness=None if quoted is None else per_mille(quoted),
        quoted_price_per_gram=None
        if quoted is None
        else price_per_gram(board.grades[quoted], board.asset),
        lines=[
            GradePriceOut(
                fineness=per_mille(grade), price_per_gram=price_per_gram(int(p), board.asset)
            )
            for grade, p in lines(board).items()
        ],
        status=board.status,
        effective_at=board.effective_at,
        in_force_from=board.in_force_from,
        source=board.source,
        observed_at=board.observed_at,
        spike_explanation=board.spike_explanation,
        decided_at=board.decided_at,
        decided_by=board.decided_by,
        decision_reason=board.decision_reason,
        external_id=board.external_id,
        metadata=dict(board.metadata),
        created_at=board.created_at,
        created_by=board.created_by,
    ).model_dump()


def import_out(boards: list[PriceBoard]) -> dict[str, Any]:
    """The boards a sheet made, as the API writes them."""
    return PriceImportOut(
        type="price_import", data=[PriceBoardOut(**board_out(board)) for board in boards]
    ).model_dump()


def quote_out(quote: Quote) -> dict[str, Any]:
    """A quote as the API writes it."""
    tenths = fine_weight_tenths(quote.net_weight_mg, quote.fineness_bp)
    return PriceQuoteOut(
        type="price_quote",
        price_board_id=quote.board.price_board_id,
        metal=quote.board.metal,
        weight_grams=grams(quote.net_weight_mg),
        fineness=per_mille(quote.fineness_bp),
        fine_weight_grams=fine_grams(tenths),
        haircut=fraction(quote.haircut_bp),
        market_value=number(quote.market_value),
        value=number(quote.value),
        currency=quote.board.asset.code,
    ).model_dump()
