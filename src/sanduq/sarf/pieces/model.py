"""Gold the institution owns: each piece at what it cost, from the sitting it came in. No I/O."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sanduq.kit.money import Asset

INVENTORY = "inventory"
"""The subject under which custody keeps what the institution owns."""


class PieceStatus(StrEnum):
    HELD = "HELD"
    RESERVED = "RESERVED"
    SOLD = "SOLD"
    RETURNED = "RETURNED"
    EXCHANGED = "EXCHANGED"
    LOST = "LOST"


NEXT: Mapping[PieceStatus, frozenset[PieceStatus]] = {
    PieceStatus.HELD: frozenset({PieceStatus.RESERVED, PieceStatus.RETURNED, PieceStatus.LOST}),
    PieceStatus.RESERVED: frozenset({PieceStatus.HELD, PieceStatus.SOLD, PieceStatus.EXCHANGED}),
    PieceStatus.SOLD: frozenset({PieceStatus.HELD}),
    PieceStatus.EXCHANGED: frozenset({PieceStatus.HELD}),
    PieceStatus.RETURNED: frozenset(),
    PieceStatus.LOST: frozenset(),
}
"""A piece that was sold is held again only when its sale is void."""

OWNED = (PieceStatus.HELD, PieceStatus.RESERVED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One piece. `session_id` is the sitting it is reserved for or left in."""

    piece_id: str
    item_id: str
    status: PieceStatus
    asset: Asset
    kind: str
    gross_weight_mg: int
    net_weight_mg: int
    fineness_bp: int
    fine_weight_mg: int
    cost_minor: int
    written_down_minor: int
    branch_id: str
    acquired_session_id: str
    acquired_on: date
    session_id: str | None
    left_on: date | None
    version: int

    @property
    def carrying_minor(self) -> int:
        """What it stands at in the books."""
        return self.cost_minor - self.written_down_minor


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPiece:
    """A piece about to be owned."""

    item_id: str
    kind: str
    gross_weight_mg: int
    net_weight_mg: int
    fineness_bp: int
    fine_weight_mg: int
    cost_minor: int


@dataclass(frozen=True, slots=True)
class PieceFilters:
    """Which pieces a list shows; None does not filter."""

    status: PieceStatus | None = None
    asset: Asset | None = None
    item_id: str | None = None


def shared_minor(total_minor: int, weights: Sequence[int]) -> tuple[int, ...]:
    """An amount shared by weight: whole minor units that add up to it exactly.

    Each is rounded down, and what is left goes, a unit each, to the largest remainders, the
    earlier before the later.
    """
    whole = sum(weights)
    floors = [total_minor * weight // whole for weight in weights]
    left = total_minor - sum(floors)
    by_remainder = sorted(
        range(len(weights)), key=lambda place: (-(total_minor * weights[place] % whole), place)
    )
    for place in by_remainder[:left]:
        floors[place] += 1
    return tuple(floors)
