"""Wire shapes of items and their photos."""

from __future__ import annotations

import base64
import binascii
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, Field

from sanduq.assets.items.model import Item, ItemKind, MediaType, NewItem, Photo
from sanduq.assets.model import Metal, fine_weight_tenths
from sanduq.assets.schemas import Identifier, fine_grams
from sanduq.kit.errors import ValidationFailed
from sanduq.kit.wire import ExternalId, Input, ListOutput, Metadata, Output, PageQuery, Text
from sanduq.kit.wire_weight import (
    FinenessIn,
    NumberOut,
    WeightIn,
    fineness_bp,
    grams,
    per_mille,
    weight_mg,
)

Serial = Annotated[Text, Field(max_length=120)]
_CONTENT_TEXT_MAX = 2_900_000  # 2 MiB in base64, with room to say that it is too much


class ItemIn(Input):
    owner_id: Identifier
    kind: ItemKind
    metal: Metal
    description: Text
    marks: Text | None = None
    serial: Serial | None = None
    gross_weight_grams: WeightIn
    stone_weight_grams: WeightIn = 0
    other_weight_grams: WeightIn = 0
    fineness: FinenessIn | None = None
    volume_mm3: Annotated[int, Field(ge=1, le=1_000_000_000_000)] | None = None
    external_id: ExternalId | None = None
    metadata: Metadata = Field(default_factory=dict)

    def command(self) -> NewItem:
        """The item to register. Refuses VALIDATION_ERROR weights and fineness that cannot be."""
        return NewItem(
            owner_id=self.owner_id,
            kind=self.kind,
            metal=self.metal,
            description=self.description,
            marks=self.marks,
            serial=self.serial,
            gross_weight_mg=weight_mg(
                self.gross_weight_grams, "gross_weight_grams", is_positive=True
            ),
            stone_weight_mg=weight_mg(self.stone_weight_grams, "stone_weight_grams"),
            other_weight_mg=weight_mg(self.other_weight_grams, "other_weight_grams"),
            fineness_bp=None if self.fineness is None else fineness_bp(self.fineness),
            volume_mm3=self.volume_mm3,
            external_id=self.external_id,
            metadata=self.metadata,
        )


class ItemFilters(PageQuery):
    owner_id: Identifier | None = None
    kind: ItemKind | None = None
    metal: Metal | None = None
    serial: Serial | None = None
    external_id: ExternalId | None = None
    created_from: Annotated[AwareDatetime | None, Field(alias="created_at.gte")] = None
    created_before: Annotated[AwareDatetime | None, Field(alias="created_at.lt")] = None


class ItemOut(Output):
    """`fineness` is as declared at registration; what was found later is in its valuations."""

    id: str
    type: Literal["item"]
    owner_id: str
    kind: ItemKind
    metal: Metal
    description: str
    marks: str | None
    serial: str | None
    gross_weight_grams: NumberOut
    stone_weight_grams: NumberOut
    other_weight_grams: NumberOut
    net_weight_grams: NumberOut
    fineness: NumberOut | None
    fine_weight_grams: NumberOut | None
    volume_mm3: int | None
    photo_hashes: list[str]
    external_id: str | None
    metadata: dict[str, str]
    created_at: datetime
    created_by: str


class ItemList(ListOutput):
    data: list[ItemOut]


class PhotoIn(Input):
    media_type: MediaType
    content_base64: Annotated[str, Field(min_length=1, max_length=_CONTENT_TEXT_MAX)]

    def content(self) -> bytes:
        """The photo itself. Refuses VALIDATION_ERROR what is not base64."""
        try:
            return base64.b64decode(self.content_base64, validate=True)
        except (binascii.Error, ValueError):
            raise ValidationFailed.field(
                "content_base64", "not_base64", "send the photo in base64"
            ) from None


class PhotoOut(Output):
    id: str
    type: Literal["photo"]
    item_id: str
    media_type: MediaType
    sha256: str
    size_bytes: int
    created_at: datetime
    created_by: str


class PhotoList(ListOutput):
    data: list[PhotoOut]


def item_out(item: Item) -> dict[str, Any]:
    """An item as the API writes it."""
    tenths = (
        None
        if item.fineness_bp is None
        else fine_weight_tenths(item.net_weight_mg, item.fineness_bp)
    )
    return ItemOut(
        id=item.item_id,
        type="item",
        owner_id=item.owner_id,
        kind=item.kind,
        metal=item.metal,
        description=item.description,
        marks=item.marks,
        serial=item.serial,
        gross_weight_grams=grams(item.gross_weight_mg),
        stone_weight_grams=grams(item.stone_weight_mg),
        other_weight_grams=grams(item.other_weight_mg),
        net_weight_grams=grams(item.net_weight_mg),
        fineness=None if item.fineness_bp is None else per_mille(item.fineness_bp),
        fine_weight_grams=None if tenths is None else fine_grams(tenths),
        volume_mm3=item.volume_mm3,
        photo_hashes=list(item.photo_hashes),
        external_id=item.external_id,
        metadata=dict(item.metadata),
        created_at=item.created_at,
        created_by=item.created_by,
    ).model_dump()


def photo_out(photo: Photo) -> dict[str, Any]:
    """A photo as the API writes it, without its content."""
    return PhotoOut(
        id=photo.photo_id,
        type="photo",
        item_id=photo.item_id,
        media_type=photo.media_type,
        sha256=photo.sha256,
        size_bytes=photo.size_bytes,
        created_at=photo.created_at,
        created_by=photo.created_by,
    ).model_dump()
