"""Ids carry their kind and sort by time: TypeID (a prefix and a UUIDv7 in Crockford base32)."""

from __future__ import annotations

import hashlib
import re

from uuid_utils import uuid7

from sanduq.kit.errors import ValidationFailed

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_PAIRS = [a + b for a in _ALPHABET for b in _ALPHABET]
_OWN_ID = re.compile(r"\A[a-z]{2,5}_[0-9A-Za-z_]{1,60}\Z", re.ASCII)


def new_id(prefix: str) -> str:
    """A fresh id such as `mfl_01h455vb4pex5vsknk084sn02q`, later ids sorting after earlier ones."""
    return f"{prefix}_{_base32(uuid7().int)}"


def derived_id(prefix: str, *parts: str) -> str:
    """The one id that belongs to `parts`: same parts, same id, on any machine."""
    digest = hashlib.sha256()
    for part in parts:
        raw = part.encode()
        digest.update(len(raw).to_bytes(4, "big") + raw)
    return f"{prefix}_{_base32(int.from_bytes(digest.digest()[:16], 'big'))}"


def own_id(value: str, prefix: str, field: str = "id") -> str:
    """Checks an id a caller brought along; refuses (VALIDATION_ERROR) wrong prefix or shape."""
    if not _OWN_ID.match(value) or not value.startswith(prefix + "_"):
        raise ValidationFailed.field(
            field,
            "wrong_id",
            f"{field} must be an id that starts with {prefix}_ (got {value[:70]!r})",
        )
    return value


def _base32(number: int) -> str:
    chunks = []
    for _ in range(13):
        number, low = divmod(number, 1024)
        chunks.append(_PAIRS[low])
    return "".join(reversed(chunks))
