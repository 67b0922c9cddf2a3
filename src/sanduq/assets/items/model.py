"""A thing of value as it was brought in: what it weighs, what is stamped on it, what it looks like.

Its facts are never changed: what is found later is found by a valuation, which carries its own
weights and fineness. No I/O.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from sanduq.assets.model import Metal, fine_weight_tenths

PHOTO_BYTES_MAX = 2 * 1024 * 1024


class ItemKind(StrEnum):
    BAR = "bar"
    COIN = "coin"
    JEWELLERY = "jewellery"
    OTHER = "other"


class MediaType(StrEnum):
    JPEG = "image/jpeg"
    PNG = "image/png"
    WEBP = "image/webp"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewItem:
    """A thing about to be registered; weights in milligrams, fineness in parts per ten thousand.

    `fineness_bp` is what was declared or stamped, and may be unknown until it is assayed;
    `volume_mm3` is the room it takes.
    """

    owner_id: str
    kind: ItemKind
    metal: Metal
    description: str
    gross_weight_mg: int
    stone_weight_mg: int = 0
    other_weight_mg: int = 0
    fineness_bp: int | None = None
    volume_mm3: int | None = None
    marks: str | None = None
    serial: str | None = None
    external_id: str | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Item(NewItem):
    """A thing on record. `photo_hashes` are SHA-256 in hex, in the order photos were taken."""

    item_id: str
    photo_hashes: tuple[str, ...] = ()
    created_at: datetime
    created_by: str

    @property
    def net_weight_mg(self) -> int:
        """The whole less stones and other parts, as declared."""
        return self.gross_weight_mg - self.stone_weight_mg - self.other_weight_mg

    @property
    def fine_weight_mg(self) -> int | None:
        """Pure metal in whole milligrams, rounded down; None while the fineness is unknown."""
        if self.fineness_bp is None:
            return None
        return fine_weight_tenths(self.net_weight_mg, self.fineness_bp) // 10


@dataclass(frozen=True, slots=True)
class Photo:
    """A photo of an item, without its content."""

    photo_id: str
    item_id: str
    media_type: MediaType
    sha256: str
    size_bytes: int
    created_at: datetime
    created_by: str


def media_type_of(content: bytes) -> MediaType | None:
    """What a photo is by its first bytes; None for anything but JPEG, PNG and WebP."""
    if content.startswith(b"\xff\xd8\xff"):
        return MediaType.JPEG
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return MediaType.PNG
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return MediaType.WEBP
    return None
