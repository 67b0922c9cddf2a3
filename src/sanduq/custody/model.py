"""What every part of custody agrees on: consents, weighing, the words of a bag. No I/O."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from sanduq.kit.errors import ValidationFailed

MOVE = "custody.move"
RELEASE = "custody.release"
WEIGHT_TOLERANCE_MG = 20
"""By how much two weighings of one bag may differ where the institution has set nothing."""

WEIGHT_TOLERANCE_MG_MAX = 1000


class Basis(StrEnum):
    """Why a thing is kept: in pledge, in safe-keeping, or the institution's own goods."""

    PLEDGE = "pledge"
    DEPOSIT = "deposit"
    OWN = "own"


class BagStatus(StrEnum):
    AWAITING_SECOND = "AWAITING_SECOND"
    IN_CUSTODY = "IN_CUSTODY"
    OPENED = "OPENED"
    EMPTY = "EMPTY"
    CANCELLED = "CANCELLED"


HELD = (BagStatus.AWAITING_SECOND, BagStatus.IN_CUSTODY, BagStatus.OPENED)
"""States in which a bag stands somewhere and takes a bag number and a seal number."""

CONFIRMED = (BagStatus.IN_CUSTODY, BagStatus.OPENED)
"""States in which two officers have vouched for what is in the bag."""


@dataclass(frozen=True, slots=True)
class Consents:
    """References of what both parties of a pledge signed, for a thing with their third party."""

    pledgor: str
    pledgee: str


def agrees(weight_mg: int, expected_mg: int, tolerance_mg: int) -> bool:
    """Whether two weighings are of the same thing, as far as scales can tell."""
    return abs(weight_mg - expected_mg) <= tolerance_mg


def required_text(value: str, field: str) -> str:
    """The text without blanks around it. Refuses VALIDATION_ERROR `missing_field`."""
    stripped = value.strip()
    if not stripped:
        raise ValidationFailed.field(field, "missing_field", f"{field} is missing")
    return stripped
