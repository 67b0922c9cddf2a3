"""Wire shapes of places."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from sanduq.custody.places.model import NewPlace, Place, PlaceFilters, PlaceKind
from sanduq.custody.schemas import Identifier, Name
from sanduq.kit.wire import ExternalId, Input, ListOutput, Metadata, Output, PageQuery, checked_id


class PlaceIn(Input):
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"kind": "vault", "name": "Main vault", "capacity": 200}]}
    )

    kind: PlaceKind
    name: Name
    capacity: Annotated[int, Field(ge=0, le=100_000)] = 0
    parent_id: Identifier | None = None
    branch_id: Identifier | None = None
    vault_class: Annotated[int, Field(ge=1, le=99)] | None = None
    keeper_party_id: Identifier | None = None
    external_id: ExternalId | None = None
    metadata: Metadata = Field(default_factory=dict)

    def command(self) -> NewPlace:
        """The place to set up. Refuses VALIDATION_ERROR an id of another kind."""
        if self.parent_id is not None:
            checked_id(self.parent_id, "plc", "parent_id")
        return NewPlace(
            name=self.name,
            kind=self.kind,
            capacity=self.capacity,
            parent_id=self.parent_id,
            branch_id=self.branch_id,
            vault_class=self.vault_class,
            keeper_party_id=self.keeper_party_id,
            external_id=self.external_id,
            metadata=self.metadata,
        )


class PlaceQuery(PageQuery):
    branch_id: Identifier | None = None
    parent_id: Identifier | None = None

    def filters(self) -> PlaceFilters:
        """What to list."""
        return PlaceFilters(self.branch_id, self.parent_id)


class PlaceOut(Output):
    id: str
    type: Literal["custody_place"]
    kind: PlaceKind
    name: str
    path: str
    branch_id: str
    parent_id: str | None
    vault_class: int
    capacity: int
    bag_count: int
    is_open: bool
    is_being_counted: bool
    keeper_party_id: str | None
    external_id: str | None
    metadata: dict[str, str]
    created_at: datetime
    created_by: str
    etag: str


class PlaceList(ListOutput):
    data: list[PlaceOut]


class CustodySettingsIn(Input):
    weight_tolerance_mg: Annotated[int, Field(ge=0, le=1000)]


class CustodySettingsOut(Output):
    """By how much two weighings of one bag may differ."""

    type: Literal["custody_settings"]
    weight_tolerance_mg: int


def place_out(one: Place) -> dict[str, Any]:
    """A place as the API writes it."""
    return PlaceOut(
        id=one.place_id,
        type="custody_place",
        kind=one.kind,
        name=one.name,
        path=one.path,
        branch_id=one.branch_id,
        parent_id=one.parent_id,
        vault_class=one.vault_class,
        capacity=one.capacity,
        bag_count=one.bag_count,
        is_open=one.is_open,
        is_being_counted=one.is_being_counted,
        keeper_party_id=one.keeper_party_id,
        external_id=one.external_id,
        metadata=dict(one.metadata),
        created_at=one.created_at,
        created_by=one.created_by,
        etag=one.etag,
    ).model_dump()


def settings_out(weight_tolerance_mg: int) -> dict[str, Any]:
    """The settings as the API writes them."""
    return CustodySettingsOut(
        type="custody_settings", weight_tolerance_mg=weight_tolerance_mg
    ).model_dump()
