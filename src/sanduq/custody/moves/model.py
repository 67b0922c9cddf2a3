"""Transports, broken seals and new seals: proposed by one officer, confirmed by another. No I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sanduq.custody.model import Consents


class MoveKind(StrEnum):
    TRANSPORT = "transport"
    OPENING = "opening"
    RESEALING = "resealing"


class OpeningReason(StrEnum):
    """For what a seal may be broken."""

    VALUATION = "valuation"
    RELEASE = "release"
    STOCK_TAKE = "stock_take"
    CUSTOMER_VIEW = "customer_view"


class MoveStatus(StrEnum):
    PROPOSED = "PROPOSED"
    CONFIRMED = "CONFIRMED"
    RETURNED = "RETURNED"
    CANCELLED = "CANCELLED"


NEXT: Mapping[MoveKind, frozenset[MoveStatus]] = {
    MoveKind.TRANSPORT: frozenset({MoveStatus.CONFIRMED, MoveStatus.RETURNED}),
    MoveKind.OPENING: frozenset({MoveStatus.CONFIRMED, MoveStatus.CANCELLED}),
    MoveKind.RESEALING: frozenset({MoveStatus.CONFIRMED, MoveStatus.CANCELLED}),
}
"""How what was proposed may end. A bag that has left is confirmed or turned back, never forgotten.
"""


@dataclass(frozen=True, slots=True)
class NewTransport:
    """A bag to be taken to another place of the institution, weighed before it leaves."""

    bag_id: str
    to_place_id: str
    weight_mg: int
    reason: str
    consents: Consents | None = None


@dataclass(frozen=True, slots=True)
class NewOpening:
    """A seal to be broken: the number read off it, the weight before, and who is present."""

    bag_id: str
    seal_number: str
    weight_mg: int
    reason: OpeningReason
    present: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NewResealing:
    """A new seal on an opened bag, and its weight under it.

    `put_in`: items out of other opened bags of the same subject that now belong in this one.
    """

    bag_id: str
    seal_number: str
    weight_mg: int
    reason: str
    put_in: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """One transport, broken seal or new seal, with both officers and both weights."""

    move_id: str
    kind: MoveKind
    bag_id: str
    subject_id: str
    status: MoveStatus
    from_place_id: str
    to_place_id: str
    reason: str
    seal_number: str
    present: tuple[str, ...]
    item_ids: tuple[str, ...]
    consents: Consents | None
    first_weight_mg: int
    second_weight_mg: int | None
    first_officer_id: str
    second_officer_id: str | None
    created_at: datetime
    closed_at: datetime | None
    version: int

    @property
    def is_in_transit(self) -> bool:
        return self.kind is MoveKind.TRANSPORT and self.status is MoveStatus.PROPOSED

    @property
    def etag(self) -> str:
        """The entity tag of this version, quoted as HTTP writes it."""
        return f'"v{self.version}"'


@dataclass(frozen=True, slots=True)
class MoveFilters:
    """Which moves a list shows; None does not filter."""

    bag_id: str | None = None
    subject_id: str | None = None
    status: MoveStatus | None = None
