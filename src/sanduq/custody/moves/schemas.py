"""Wire shapes of moves."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from sanduq.custody.moves.model import (
    Move,
    MoveFilters,
    MoveKind,
    MoveStatus,
    NewOpening,
    NewResealing,
    NewTransport,
    OpeningReason,
)
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
from sanduq.kit.wire import Input, ListOutput, Output, PageQuery, Text, checked_id


class MoveIn(Input):
    """A bag to be taken to another place; its weight as it leaves."""

    bag_id: Identifier
    to_place_id: Identifier
    weight_grams: WeightIn
    reason: Text
    consents: ConsentsIn | None = None

    def command(self) -> NewTransport:
        """The transport. Refuses VALIDATION_ERROR a weight or ids that cannot be read."""
        return NewTransport(
            bag_id=checked_id(self.bag_id, "bag", "bag_id"),
            to_place_id=checked_id(self.to_place_id, "plc", "to_place_id"),
            weight_mg=weight_mg(self.weight_grams, "weight_grams"),
            reason=self.reason,
            consents=self.consents.command() if self.consents else None,
        )


class BagOpeningIn(Input):
    """The seal number read off the bag, its weight before, and who is present."""

    seal_number: Name
    weight_grams: WeightIn
    reason: OpeningReason
    present: Annotated[list[Name], Field(min_length=1, max_length=20)]

    def command(self, bag_id: str) -> NewOpening:
        """The opening of one bag. Refuses VALIDATION_ERROR a weight that cannot be read."""
        return NewOpening(
            bag_id=bag_id,
            seal_number=self.seal_number,
            weight_mg=weight_mg(self.weight_grams, "weight_grams"),
            reason=self.reason,
            present=tuple(self.present),
        )


class BagResealingIn(Input):
    """The new seal, the weight under it, and what comes in out of other opened bags."""

    seal_number: Name
    weight_grams: WeightIn
    reason: Text
    put_in: Annotated[list[Identifier], Field(max_length=100)] = Field(default_factory=list)

    def command(self, bag_id: str) -> NewResealing:
        """The new seal of one bag. Refuses VALIDATION_ERROR a weight that cannot be read."""
        return NewResealing(
            bag_id=bag_id,
            seal_number=self.seal_number,
            weight_mg=weight_mg(self.weight_grams, "weight_grams"),
            reason=self.reason,
            put_in=tuple(sorted({checked_id(each, "itm", "put_in") for each in self.put_in})),
        )


class MoveQuery(PageQuery):
    bag_id: Identifier | None = None
    subject_id: Identifier | None = None
    status: MoveStatus | None = None

    def filters(self) -> MoveFilters:
        """What to list."""
        return MoveFilters(self.bag_id, self.subject_id, self.status)


class MoveOut(Output):
    id: str
    type: Literal["custody_move"]
    kind: MoveKind
    bag_id: str
    subject_id: str
    status: MoveStatus
    is_in_transit: bool
    from_place_id: str
    to_place_id: str
    reason: str
    seal_number: str
    present: list[str]
    put_in: list[str]
    consents: ConsentsOut | None
    first_weight_grams: WeightOut
    second_weight_grams: WeightOut | None
    first_officer_id: str
    second_officer_id: str | None
    created_at: datetime
    closed_at: datetime | None
    etag: str


class MoveList(ListOutput):
    data: list[MoveOut]


def move_out(one: Move) -> dict[str, Any]:
    """A move as the API writes it."""
    second_mg = one.second_weight_mg
    return MoveOut(
        id=one.move_id,
        type="custody_move",
        kind=one.kind,
        bag_id=one.bag_id,
        subject_id=one.subject_id,
        status=one.status,
        is_in_transit=one.is_in_transit,
        from_place_id=one.from_place_id,
        to_place_id=one.to_place_id,
        reason=one.reason,
        seal_number=one.seal_number,
        present=list(one.present),
        put_in=list(one.item_ids),
        consents=consents_out(one.consents),
        first_weight_grams=grams(one.first_weight_mg),
        second_weight_grams=grams(second_mg) if second_mg is not None else None,
        first_officer_id=one.first_officer_id,
        second_officer_id=one.second_officer_id,
        created_at=one.created_at,
        closed_at=one.closed_at,
        etag=one.etag,
    ).model_dump()
