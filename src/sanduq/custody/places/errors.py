"""What the keeping of places refuses."""

from __future__ import annotations

from sanduq.custody.places.model import Place
from sanduq.kit.errors import Conflict, NotFound


class UnknownPlace(NotFound):
    """There is no such place in this institution."""


class PlaceTaken(Conflict):
    """There is a place of this name there already, or another place has this external_id."""


class PlaceChanged(Conflict):
    """The place is in that state already."""


class PlaceUnfit(Conflict):
    """No bag can be put there."""

    code = "PLACE_UNFIT"

    @classmethod
    def of(cls, place: Place, why: str, code: str) -> PlaceUnfit:
        """Says why not, and what to do instead."""
        message = f"{place.path} ({place.place_id}) {why}; choose another place"
        return cls(message, details=[{"field": "place_id", "code": code, "message": message}])


class BeingCounted(Conflict):
    """The place is being counted."""

    code = "PLACE_BEING_COUNTED"

    @classmethod
    def of(cls, place: Place) -> BeingCounted:
        """Names the place."""
        return cls(
            f"{place.path} ({place.place_id}) is being counted: nothing moves there until the"
            " stock-take is closed or cancelled"
        )
