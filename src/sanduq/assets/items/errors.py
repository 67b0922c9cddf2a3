"""What the register of items refuses."""

from __future__ import annotations

from sanduq.kit.errors import Conflict, NotFound


class UnknownItem(NotFound):
    """There is no such item in this institution."""


class UnknownPhoto(NotFound):
    """There is no such photo of this item."""


class ItemExternalIdTaken(Conflict):
    """Another item has this external_id."""


class PhotoTaken(Conflict):
    """This very photo is on record for this item already."""
