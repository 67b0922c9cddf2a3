"""Wire shapes of holdings, totals and movements."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

from sanduq.custody.model import BagStatus, Basis
from sanduq.custody.register.model import (
    Holding,
    HoldingFilters,
    Movement,
    MovementFilters,
    MovementKind,
    Total,
)
from sanduq.custody.schemas import Identifier, WeightOut, grams
from sanduq.kit.wire import Input, ListOutput, Output, PageQuery


class HoldingQuery(PageQuery):
    """`place_id` stands for the place and all within it."""

    subject_id: Identifier | None = None
    place_id: Identifier | None = None
    branch_id: Identifier | None = None
    item_id: Identifier | None = None

    def filters(self) -> HoldingFilters:
        """What to list."""
        return HoldingFilters(self.subject_id, self.place_id, self.branch_id, self.item_id)


class MovementQuery(PageQuery):
    """`thing_id`: an item or a bag; `reference_id`: a receipt's bag, a move or a release."""

    thing_id: Identifier | None = None
    reference_id: Identifier | None = None

    def filters(self) -> MovementFilters:
        """What to list."""
        return MovementFilters(self.thing_id, self.reference_id)


class TotalQuery(Input):
    by: Literal["branch", "place"] = "branch"
    branch_id: Identifier | None = None


class HoldingOut(Output):
    item_id: str
    type: Literal["custody_holding"]
    bag_id: str
    bag_number: str
    bag_status: BagStatus
    subject_id: str
    basis: Basis
    owner_id: str
    branch_id: str
    place_id: str
    place_path: str
    is_in_transit: bool
    metal: str
    gross_weight_grams: WeightOut
    fine_weight_grams: WeightOut


class HoldingList(ListOutput):
    data: list[HoldingOut]


class MovementOut(Output):
    """One step. Positions: `owner:…`, `bag:…`, `out:…` of items; `place:…`, `transit:…`,
    `outside` of bags."""

    id: str
    type: Literal["custody_movement"]
    thing_id: str
    step: int
    kind: MovementKind
    from_position: str
    to_position: str
    weight_grams: WeightOut
    fine_weight_grams: WeightOut
    reference_id: str
    created_at: datetime
    created_by: str


class MovementList(ListOutput):
    data: list[MovementOut]


class CustodyTotalOut(Output):
    branch_id: str
    place_id: str | None
    place_path: str | None
    is_in_transit: bool
    bag_count: int
    item_count: int
    gross_weight_grams: WeightOut
    fine_weight_grams: WeightOut


class CustodyTotalsOut(Output):
    type: Literal["custody_totals"]
    by: Literal["branch", "place"]
    data: list[CustodyTotalOut]


def holding_out(one: Holding) -> dict[str, Any]:
    """A holding as the API writes it."""
    return HoldingOut(
        item_id=one.item_id,
        type="custody_holding",
        bag_id=one.bag_id,
        bag_number=one.bag_number,
        bag_status=BagStatus(one.bag_status),
        subject_id=one.subject_id,
        basis=Basis(one.basis),
        owner_id=one.owner_id,
        branch_id=one.branch_id,
        place_id=one.place_id,
        place_path=one.place_path,
        is_in_transit=one.is_in_transit,
        metal=one.metal,
        gross_weight_grams=grams(one.gross_weight_mg),
        fine_weight_grams=grams(one.fine_weight_mg),
    ).model_dump()


def movement_out(one: Movement) -> dict[str, Any]:
    """A movement as the API writes it."""
    return MovementOut(
        id=one.movement_id,
        type="custody_movement",
        thing_id=one.thing_id,
        step=one.step,
        kind=one.kind,
        from_position=one.from_position,
        to_position=one.to_position,
        weight_grams=grams(one.weight_mg),
        fine_weight_grams=grams(one.fine_weight_mg),
        reference_id=one.reference_id,
        created_at=one.moved_at,
        created_by=one.moved_by,
    ).model_dump()


def totals_out(totals: Sequence[Total], by: Literal["branch", "place"]) -> dict[str, Any]:
    """Totals as the API writes them."""
    return CustodyTotalsOut(
        type="custody_totals",
        by=by,
        data=[
            CustodyTotalOut(
                branch_id=one.branch_id,
                place_id=one.place_id,
                place_path=one.place_path,
                is_in_transit=one.is_in_transit,
                bag_count=one.bag_count,
                item_count=one.item_count,
                gross_weight_grams=grams(one.gross_weight_mg),
                fine_weight_grams=grams(one.fine_weight_mg),
            )
            for one in totals
        ],
    ).model_dump()
