"""What custody refuses wherever it is asked."""

from __future__ import annotations

from sanduq.custody.model import Consents
from sanduq.kit.errors import Conflict, Forbidden, Refusal
from sanduq.kit.weight import Weight


class SameOfficer(Forbidden):
    """The second officer must be another than the first: two people vouch for every bag."""


class WeightDiffers(Conflict):
    """The weighings do not agree."""

    code = "BAG_WEIGHT_DIFFERS"

    @classmethod
    def of(cls, bag: str, weight_mg: int, expected_mg: int, tolerance_mg: int) -> WeightDiffers:
        """Says what was weighed and what is on record."""
        message = (
            f"{bag} weighs {Weight(weight_mg)} where {Weight(expected_mg)} is on record, more than"
            f" {Weight(tolerance_mg)} apart: nothing was changed; weigh again, or count the vault"
        )
        return cls(
            message,
            details=[{"field": "weight_grams", "code": "weight_differs", "message": message}],
        )


class SealDiffers(Conflict):
    """The seal on the bag is not the seal on record: stop, and call the branch manager."""

    code = "BAG_SEAL_DIFFERS"


class BagTooLight(Refusal):
    """The bag weighs less than what is said to be in it."""

    code = "BAG_TOO_LIGHT"

    @classmethod
    def of(cls, weight_mg: int, content_mg: int) -> BagTooLight:
        """Says both weights."""
        message = (
            f"the bag weighs {Weight(weight_mg)}, the items in it {Weight(content_mg)} together:"
            " something is missing; nothing was recorded"
        )
        return cls(
            message,
            details=[{"field": "weight_grams", "code": "below_content", "message": message}],
        )


class AdlMove(Conflict):
    """Neither party alone may move what an agreed third party keeps."""

    code = "ADL_MOVE"

    @classmethod
    def of(cls, place_id: str, keeper_id: str) -> AdlMove:
        """Names the place and what is missing (rule RHN-26, AAOIFI SS 39 3/1/3)."""
        message = (
            f"{place_id} is kept by {keeper_id}, the third party both sides agreed on (RHN-26):"
            " send the references of the pledgor's and of the pledgee's consent"
        )
        return cls(
            message, details=[{"field": "consents", "code": "consent_missing", "message": message}]
        )


def require_consents(keepers: dict[str, str | None], consents: Consents | None) -> None:
    """Refuses ADL_MOVE when any place, by id, has a third party as keeper and consent lacks."""
    for place_id, keeper_id in sorted(keepers.items()):
        if keeper_id is not None and (
            consents is None or not consents.pledgor.strip() or not consents.pledgee.strip()
        ):
            raise AdlMove.of(place_id, keeper_id)
