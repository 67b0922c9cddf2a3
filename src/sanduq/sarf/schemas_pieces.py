"""Wire shapes of owned gold."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from pydantic import Field

from sanduq.kit.money import Money
from sanduq.kit.wire import AmountOut, Currency, ListOutput, Output, PageQuery, asset_of, number
from sanduq.kit.wire_weight import NumberOut, grams, per_mille
from sanduq.sarf.pieces.model import Piece, PieceFilters, PieceStatus

ItemId = Annotated[str, Field(pattern=r"^itm_[0-9A-Za-z_]{1,60}$")]


class PieceQuery(PageQuery):
    status: PieceStatus | None = None
    currency: Currency | None = None
    item_id: ItemId | None = None

    def filters(self) -> PieceFilters:
        """Which pieces are asked for."""
        asset = asset_of(self.currency) if self.currency is not None else None
        return PieceFilters(self.status, asset, self.item_id)


class PieceOut(Output):
    id: str
    item_id: str
    status: PieceStatus
    kind: str
    gross_weight_grams: NumberOut
    net_weight_grams: NumberOut
    fineness: NumberOut
    fine_weight_grams: NumberOut
    currency: str
    cost: AmountOut
    written_down: AmountOut
    branch_id: str
    acquired_in: str
    acquired_on: date
    session_id: str | None
    left_on: date | None


class PieceList(ListOutput):
    data: list[PieceOut]


def piece_out(piece: Piece) -> dict[str, Any]:
    """A piece as the API writes it."""
    return PieceOut(
        id=piece.piece_id,
        item_id=piece.item_id,
        status=piece.status,
        kind=piece.kind,
        gross_weight_grams=grams(piece.gross_weight_mg),
        net_weight_grams=grams(piece.net_weight_mg),
        fineness=per_mille(piece.fineness_bp),
        fine_weight_grams=grams(piece.fine_weight_mg),
        currency=piece.asset.code,
        cost=number(Money(piece.cost_minor, piece.asset)),
        written_down=number(Money(piece.written_down_minor, piece.asset)),
        branch_id=piece.branch_id,
        acquired_in=piece.acquired_session_id,
        acquired_on=piece.acquired_on,
        session_id=piece.session_id,
        left_on=piece.left_on,
    ).model_dump()
