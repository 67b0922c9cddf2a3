"""Places: what they are called, what may stand in what, and whether a bag may be put there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class PlaceKind(StrEnum):
    VAULT = "vault"
    CABINET = "cabinet"
    TRAY = "tray"
    SLOT = "slot"


PARENT_OF: Mapping[PlaceKind, PlaceKind | None] = {
    PlaceKind.VAULT: None,
    PlaceKind.CABINET: PlaceKind.VAULT,
    PlaceKind.TRAY: PlaceKind.CABINET,
    PlaceKind.SLOT: PlaceKind.TRAY,
}


@dataclass(frozen=True, slots=True)
class NewPlace:
    """A place to be set up. What stands in another takes its branch, class and keeper from it.

    `capacity`: how many bags it takes itself; 0 where bags only lie in places within it.
    """

    name: str
    kind: PlaceKind
    capacity: int
    parent_id: str | None = None
    branch_id: str | None = None
    vault_class: int | None = None
    keeper_party_id: str | None = None
    external_id: str | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A place; `path` is its names from the vault down; `bag_count` counts bags it holds or awaits.

    `keeper_party_id`: the third party both sides of a pledge agreed on ('adl), if it is his.
    """

    place_id: str
    external_id: str | None
    branch_id: str
    parent_id: str | None
    kind: PlaceKind
    name: str
    path: str
    vault_class: int
    capacity: int
    is_open: bool
    keeper_party_id: str | None
    bag_count: int
    is_being_counted: bool
    metadata: Mapping[str, str]
    created_at: datetime
    created_by: str
    version: int

    @property
    def is_full(self) -> bool:
        return self.bag_count >= self.capacity

    @property
    def etag(self) -> str:
        """The entity tag of this version, quoted as HTTP writes it."""
        return f'"v{self.version}"'


@dataclass(frozen=True, slots=True)
class PlaceFilters:
    """Which places a list holds; None does not filter."""

    branch_id: str | None = None
    parent_id: str | None = None
