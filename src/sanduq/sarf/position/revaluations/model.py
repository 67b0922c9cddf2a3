"""One run over open promises and owned gold: what each should stand at. No I/O."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sanduq.kit.days import ONE_DAY
from sanduq.kit.money import Asset
from sanduq.sarf.position.model import (
    NONE_LEFT,
    OwnGold,
    cost_to_fulfil_minor,
    missing_mg,
    provision_target_minor,
    write_down_target_minor,
)
from sanduq.sarf.position.prices import GoldPrice


class RevaluationCause(StrEnum):
    """Who asked for it: an officer, or the end of a month."""

    REQUESTED = "requested"
    MONTH_END = "month_end"


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredPromise:
    """A facility whose promise is open, or for which something is set aside still.

    `remaining_mg` 0: nothing may be called any more.
    """

    facility_id: str
    remaining_mg: int
    cap_bp: int
    price_formula: str
    provision_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredPiece:
    """A piece on the books; `facility_id`: the facility it came in with, if any."""

    piece_id: str
    facility_id: str | None
    net_weight_mg: int
    fineness_bp: int
    fine_weight_mg: int
    cost_minor: int
    written_down_minor: int


@dataclass(frozen=True, slots=True)
class Targets:
    """What should be set aside by facility, and written down by piece, in minor units."""

    provisions: Mapping[str, int]
    write_downs: Mapping[str, int]


def own_gold(pieces: Sequence[MeasuredPiece]) -> dict[str, OwnGold]:
    """The gold still owned of each facility."""
    found: dict[str, OwnGold] = {}
    for one in pieces:
        if one.facility_id is not None:
            before = found.get(one.facility_id, NONE_LEFT)
            found[one.facility_id] = OwnGold(
                before.fine_weight_mg + one.fine_weight_mg, before.cost_minor + one.cost_minor
            )
    return found


def targets(
    promises: Sequence[MeasuredPromise],
    pieces: Sequence[MeasuredPiece],
    price: GoldPrice,
    sale_cost_bp: int,
) -> Targets:
    """What every promise and every piece should stand at on a price.

    A promise is held against what keeping it costs; gold under no open promise of its own facility
    against the market. No piece is counted in both.
    """
    own = own_gold(pieces)
    remaining = {one.facility_id: one.remaining_mg for one in promises}
    write_downs = {
        one.piece_id: _write_down(one, own, remaining, price, sale_cost_bp) for one in pieces
    }
    provisions = {
        one.facility_id: _provision(one, own.get(one.facility_id, NONE_LEFT), price)
        for one in promises
    }
    return Targets(provisions, write_downs)


def _provision(promise: MeasuredPromise, own: OwnGold, price: GoldPrice) -> int:
    if promise.remaining_mg == 0:
        return 0
    missing = price.fine_value_minor(missing_mg(promise.remaining_mg, own))
    cost = cost_to_fulfil_minor(promise.remaining_mg, own, missing)
    receivable = price.promised_minor(promise.remaining_mg, promise.price_formula, promise.cap_bp)
    return provision_target_minor(cost, receivable)


def _write_down(
    piece: MeasuredPiece,
    own: Mapping[str, OwnGold],
    remaining: Mapping[str, int],
    price: GoldPrice,
    sale_cost_bp: int,
) -> int:
    facility_id = piece.facility_id
    own_mg = piece.fine_weight_mg if facility_id is None else own[facility_id].fine_weight_mg
    promised = 0 if facility_id is None else remaining.get(facility_id, 0)
    market = price.piece_value_minor(piece.net_weight_mg, piece.fineness_bp)
    return write_down_target_minor(
        piece.cost_minor, market, sale_cost_bp, free_mg=max(0, own_mg - promised), own_mg=own_mg
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Revaluation:
    """A run on record: on which board, over how much, and what stood before and after it."""

    revaluation_id: str
    asset: Asset
    cause: RevaluationCause
    price_board_id: str
    revalued_on: date
    promise_count: int
    piece_count: int
    provision_before_minor: int
    provision_after_minor: int
    write_down_before_minor: int
    write_down_after_minor: int
    journal_id: str | None
    created_at: datetime
    created_by: str


def is_month_end(day: date) -> bool:
    """Whether that day is the last of its month."""
    return (day + ONE_DAY).day == 1
