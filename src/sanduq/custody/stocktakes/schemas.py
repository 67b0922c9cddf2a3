"""Wire shapes of stock-takes. Nothing of what is expected is shown before the end."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from sanduq.custody.schemas import Identifier, Name, WeightIn, WeightOut, grams, weight_mg
from sanduq.custody.stocktakes.model import (
    NewScan,
    NewStocktake,
    Outcome,
    Stocktake,
    StocktakeFilters,
    StocktakeResult,
    StocktakeStatus,
)
from sanduq.kit.wire import Input, ListOutput, Output, PageQuery, checked_id


class StocktakeIn(Input):
    """A branch (the default one when neither is named), or a place and all within it."""

    branch_id: Identifier | None = None
    place_id: Identifier | None = None
    sample_size: Annotated[int, Field(ge=0, le=100_000)] = 5

    def command(self) -> NewStocktake:
        """What to count. Refuses VALIDATION_ERROR an id of another kind."""
        if self.place_id is not None:
            checked_id(self.place_id, "plc", "place_id")
        return NewStocktake(self.branch_id, self.place_id, self.sample_size)


class BagScanIn(Input):
    place_id: Identifier
    bag_number: Name
    seal_number: Name
    weight_grams: WeightIn | None = None


class BagScansIn(Input):
    scans: Annotated[list[BagScanIn], Field(min_length=1, max_length=200)]

    def command(self) -> list[NewScan]:
        """What was read. Refuses VALIDATION_ERROR weights that cannot be read."""
        return [
            NewScan(
                checked_id(one.place_id, "plc", f"scans.{place}.place_id"),
                one.bag_number,
                one.seal_number,
                weight_mg(one.weight_grams, f"scans.{place}.weight_grams")
                if one.weight_grams is not None
                else None,
            )
            for place, one in enumerate(self.scans)
        ]


class StocktakeQuery(PageQuery):
    branch_id: Identifier | None = None
    status: StocktakeStatus | None = None

    def filters(self) -> StocktakeFilters:
        """What to list."""
        return StocktakeFilters(self.branch_id, self.status)


class BagScansOut(Output):
    """`to_weigh`: bags just scanned that were drawn; scan them again with their weight."""

    type: Literal["stocktake_scans"]
    stocktake_id: str
    scanned: int
    to_weigh: list[str]


class DiscrepancyOut(Output):
    outcome: Outcome
    bag_number: str
    bag_id: str | None
    expected_place_id: str | None
    found_place_id: str | None
    expected: str | None
    found: str | None


class StocktakeResultOut(Output):
    is_clean: bool
    expected_count: int
    found_count: int
    missing_count: int
    unexpected_count: int
    sampled_count: int
    weighed_count: int
    expected_weight_grams: WeightOut
    discrepancies: list[DiscrepancyOut]


class StocktakeOut(Output):
    """`result` once counting is over; `seed` and `certificate`, with what was expected, once two
    have signed. `places_to_recount` names places, never bags."""

    id: str
    type: Literal["stocktake"]
    branch_id: str
    place_id: str | None
    status: StocktakeStatus
    sample_size: int
    scan_count: int
    places_to_recount: list[str]
    result: StocktakeResultOut | None
    seed: str | None
    certificate: dict[str, Any] | None
    first_signer_id: str | None
    first_signed_at: datetime | None
    second_signer_id: str | None
    second_signed_at: datetime | None
    cancel_reason: str | None
    created_at: datetime
    created_by: str
    closed_at: datetime | None
    etag: str


class StocktakeList(ListOutput):
    data: list[StocktakeOut]


def stocktake_out(one: Stocktake) -> dict[str, Any]:
    """A stock-take as the API writes it."""
    is_finished = one.status is StocktakeStatus.FINISHED
    return StocktakeOut(
        id=one.stocktake_id,
        type="stocktake",
        branch_id=one.branch_id,
        place_id=one.place_id,
        status=one.status,
        sample_size=one.sample_size,
        scan_count=one.scan_count,
        places_to_recount=list(one.recounted_place_ids),
        result=_result_out(one.result) if one.result is not None else None,
        seed=str(one.seed) if is_finished else None,
        certificate=dict(one.certificate) if one.certificate is not None else None,
        first_signer_id=one.first_signer_id,
        first_signed_at=one.first_signed_at,
        second_signer_id=one.second_signer_id,
        second_signed_at=one.second_signed_at,
        cancel_reason=one.cancel_reason,
        created_at=one.created_at,
        created_by=one.created_by,
        closed_at=one.closed_at,
        etag=one.etag,
    ).model_dump()


def _result_out(result: StocktakeResult) -> StocktakeResultOut:
    return StocktakeResultOut(
        is_clean=result.is_clean,
        expected_count=result.expected_count,
        found_count=result.found_count,
        missing_count=result.count_of(Outcome.MISSING),
        unexpected_count=result.count_of(Outcome.UNEXPECTED),
        sampled_count=result.sampled_count,
        weighed_count=result.weighed_count,
        expected_weight_grams=grams(result.expected_weight_mg),
        discrepancies=[
            DiscrepancyOut(
                outcome=one.outcome,
                bag_number=one.bag_number,
                bag_id=one.bag_id,
                expected_place_id=one.expected_place_id,
                found_place_id=one.found_place_id,
                expected=one.expected,
                found=one.found,
            )
            for one in result.discrepancies
        ],
    )


def scans_out(stocktake_id: str, scanned: int, to_weigh: Sequence[str]) -> dict[str, Any]:
    """What was taken down, as the API writes it."""
    return BagScansOut(
        type="stocktake_scans",
        stocktake_id=stocktake_id,
        scanned=scanned,
        to_weigh=list(to_weigh),
    ).model_dump()
