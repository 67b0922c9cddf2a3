"""Positions, holdings and movements. A thing is in one position; a movement takes it to another."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

OUTSIDE = "outside"
"""Where a bag is before it is first sealed and after it was emptied."""


class MovementKind(StrEnum):
    RECEIVED = "received"
    CANCELLED = "cancelled"
    DEPARTED = "departed"
    ARRIVED = "arrived"
    RETURNED = "returned"
    REBAGGED = "rebagged"
    HANDED_OVER = "handed_over"
    LOST = "lost"
    EMPTIED = "emptied"


def at_owner(owner_id: str) -> str:
    """With its owner: not in the register."""
    return f"owner:{owner_id}"


def in_bag(bag_id: str) -> str:
    """An item in a bag."""
    return f"bag:{bag_id}"


def at_place(place_id: str) -> str:
    """A bag in its place."""
    return f"place:{place_id}"


def on_the_way(move_id: str) -> str:
    """A bag between two places."""
    return f"transit:{move_id}"


def lost_by(reference_id: str) -> str:
    """An item that is gone though nobody was given it."""
    return f"lost:{reference_id}"


def handed_out(release_id: str) -> str:
    """An item that left by a release order."""
    return f"out:{release_id}"


@dataclass(frozen=True, slots=True)
class HeldItem:
    """One thing in custody, vouched for by two officers: its bag, its place, its weights."""

    item_id: str
    bag_id: str
    place_id: str
    gross_weight_mg: int
    fine_weight_mg: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """A thing held, with whose it is and why; `is_in_transit` while its bag is between places."""

    item_id: str
    bag_id: str
    bag_number: str
    bag_status: str
    subject_id: str
    basis: str
    owner_id: str
    branch_id: str
    place_id: str
    place_path: str
    is_in_transit: bool
    metal: str
    gross_weight_mg: int
    fine_weight_mg: int


@dataclass(frozen=True, slots=True)
class HoldingFilters:
    """Which holdings a list shows; None does not filter."""

    subject_id: str | None = None
    place_id: str | None = None
    branch_id: str | None = None
    item_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """What lies in one branch or place; bags on the way are counted apart, where they left."""

    branch_id: str
    place_id: str | None
    place_path: str | None
    is_in_transit: bool
    bag_count: int
    item_count: int
    gross_weight_mg: int
    fine_weight_mg: int


@dataclass(frozen=True, slots=True)
class MetalTotal:
    """What is held in a branch of one metal and fineness; None: nobody knows the fineness yet."""

    branch_id: str
    metal: str
    fineness_bp: int | None
    item_count: int
    net_weight_mg: int
    fine_weight_mg: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """One step of a thing's way; its steps are numbered from one and join without a gap."""

    movement_id: str
    thing_id: str
    step: int
    kind: MovementKind
    from_position: str
    to_position: str
    weight_mg: int
    fine_weight_mg: int
    reference_id: str
    moved_at: datetime
    moved_by: str


@dataclass(frozen=True, slots=True)
class MovementFilters:
    """Which movements a list shows; None does not filter."""

    thing_id: str | None = None
    reference_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entering:
    """A thing about to be received, with what it is recognised by."""

    item_id: str
    owner_id: str
    metal: str
    gross_weight_mg: int
    net_weight_mg: int
    fine_weight_mg: int
    fineness_bp: int | None
    serial_key: str | None
    marks_key: str | None
    photo_hashes: tuple[str, ...]
