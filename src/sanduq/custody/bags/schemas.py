"""Wire shapes of bags."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from sanduq.custody.bags.model import Bag, BagFilters, NewBag
from sanduq.custody.model import BagStatus, Basis
from sanduq.custody.schemas import (
    ConsentsIn,
    ConsentsOut,
    Identifier,
    Name,
    WeightIn,
    WeightOut,
    consents_out,
    grams,
    weight_mg,
)
from sanduq.kit.wire import ExternalId, Input, ListOutput, Metadata, Output, PageQuery, checked_id


class BagIn(Input):
    """What the first officer sealed, and what the sealed bag weighs."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "subject_id": "rhn_0001", "basis": "pledge", "item_ids": ["itm_0001"],
                    "bag_number": "B-0001", "seal_number": "S-778812", "weight_grams": 26.5,
                    "place_id": "plc_0001",
                }
            ]
        }
    )  # fmt: skip

    subject_id: Identifier
    basis: Basis
    item_ids: Annotated[list[Identifier], Field(min_length=1, max_length=100)]
    bag_number: Name
    seal_number: Name
    weight_grams: WeightIn
    place_id: Identifier
    branch_id: Identifier | None = None
    consents: ConsentsIn | None = None
    external_id: ExternalId | None = None
    metadata: Metadata = Field(default_factory=dict)

    def command(self) -> NewBag:
        """The bag to receive. Refuses VALIDATION_ERROR a weight or ids that cannot be read."""
        return NewBag(
            subject_id=self.subject_id,
            basis=self.basis,
            item_ids=tuple(checked_id(each, "itm", "item_ids") for each in self.item_ids),
            bag_number=self.bag_number,
            seal_number=self.seal_number,
            weight_mg=weight_mg(self.weight_grams, "weight_grams"),
            place_id=checked_id(self.place_id, "plc", "place_id"),
            branch_id=self.branch_id,
            consents=self.consents.command() if self.consents else None,
            external_id=self.external_id,
            metadata=self.metadata,
        )


class BagQuery(PageQuery):
    subject_id: Identifier | None = None
    status: BagStatus | None = None
    place_id: Identifier | None = None
    bag_number: Name | None = None

    def filters(self) -> BagFilters:
        """What to list."""
        return BagFilters(self.subject_id, self.status, self.place_id, self.bag_number)


class BagOut(Output):
    """`received_weight_grams` and `confirmed_weight_grams`: what each officer read off the scale;
    `sealed_weight_grams`: what it weighs under its present seal."""

    id: str
    type: Literal["custody_bag"]
    bag_number: str
    seal_number: str
    subject_id: str
    basis: Basis
    status: BagStatus
    place_id: str
    branch_id: str
    is_in_transit: bool
    move_id: str | None
    received_weight_grams: WeightOut
    confirmed_weight_grams: WeightOut | None
    sealed_weight_grams: WeightOut
    content_weight_grams: WeightOut
    item_ids: list[str]
    first_officer_id: str
    second_officer_id: str | None
    consents: ConsentsOut | None
    external_id: str | None
    metadata: dict[str, str]
    created_at: datetime
    confirmed_at: datetime | None
    ended_at: datetime | None
    etag: str


class BagList(ListOutput):
    data: list[BagOut]


def bag_out(bag: Bag) -> dict[str, Any]:
    """A bag as the API writes it."""
    confirmed_mg = bag.confirmed_weight_mg
    return BagOut(
        id=bag.bag_id,
        type="custody_bag",
        bag_number=bag.bag_number,
        seal_number=bag.seal_number,
        subject_id=bag.subject_id,
        basis=bag.basis,
        status=bag.status,
        place_id=bag.place_id,
        branch_id=bag.branch_id,
        is_in_transit=bag.is_in_transit,
        move_id=bag.move_id,
        received_weight_grams=grams(bag.received_weight_mg),
        confirmed_weight_grams=grams(confirmed_mg) if confirmed_mg is not None else None,
        sealed_weight_grams=grams(bag.sealed_weight_mg),
        content_weight_grams=grams(bag.content_weight_mg),
        item_ids=list(bag.item_ids),
        first_officer_id=bag.first_officer_id,
        second_officer_id=bag.second_officer_id,
        consents=consents_out(bag.consents),
        external_id=bag.external_id,
        metadata=dict(bag.metadata),
        created_at=bag.received_at,
        confirmed_at=bag.confirmed_at,
        ended_at=bag.ended_at,
        etag=bag.etag,
    ).model_dump()
