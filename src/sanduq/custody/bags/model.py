"""A sealed bag: who put what into it, who vouched for it, where it is. No I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sanduq.custody.model import HELD, BagStatus, Basis, Consents

NEXT: Mapping[BagStatus, frozenset[BagStatus]] = {
    BagStatus.AWAITING_SECOND: frozenset({BagStatus.IN_CUSTODY, BagStatus.CANCELLED}),
    BagStatus.IN_CUSTODY: frozenset({BagStatus.OPENED, BagStatus.EMPTY}),
    BagStatus.OPENED: frozenset({BagStatus.IN_CUSTODY, BagStatus.EMPTY}),
    BagStatus.EMPTY: frozenset(),
    BagStatus.CANCELLED: frozenset(),
}


@dataclass(frozen=True, slots=True)
class NewBag:
    """Things to be received for a subject, sealed in a bag and weighed by the first officer.

    `branch_id`: where the bag must lie, if whoever receives for the subject says so.
    """

    subject_id: str
    basis: Basis | str
    item_ids: tuple[str, ...]
    bag_number: str
    seal_number: str
    weight_mg: int
    place_id: str
    branch_id: str | None = None
    consents: Consents | None = None
    external_id: str | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bag:
    """A bag as it stands. `item_ids` is what is in it now.

    `move_id`: the transport it is on; until that is confirmed `place_id` is where it left.
    """

    bag_id: str
    external_id: str | None
    bag_number: str
    seal_number: str
    subject_id: str
    basis: Basis
    status: BagStatus
    place_id: str
    branch_id: str
    keeper_party_id: str | None
    move_id: str | None
    received_weight_mg: int
    confirmed_weight_mg: int | None
    sealed_weight_mg: int
    item_ids: tuple[str, ...]
    content_weight_mg: int
    first_officer_id: str
    second_officer_id: str | None
    received_at: datetime
    confirmed_at: datetime | None
    ended_at: datetime | None
    consents: Consents | None
    metadata: Mapping[str, str]
    version: int

    @property
    def is_held(self) -> bool:
        return self.status in HELD

    @property
    def is_in_transit(self) -> bool:
        return self.move_id is not None

    @property
    def etag(self) -> str:
        """The entity tag of this version, quoted as HTTP writes it."""
        return f'"v{self.version}"'

    def may_become(self, status: BagStatus) -> bool:
        """Whether the table of states allows it."""
        return status in NEXT[self.status]


@dataclass(frozen=True, slots=True)
class BagFilters:
    """Which bags a list shows; None does not filter."""

    subject_id: str | None = None
    status: BagStatus | None = None
    place_id: str | None = None
    bag_number: str | None = None
