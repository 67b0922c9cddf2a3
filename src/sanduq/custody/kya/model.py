"""What makes two records the same thing: serial, marks with weight, photographs. No I/O."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from enum import StrEnum

MARKS_WEIGHT_TOLERANCE_MG = 50
"""How far two weighings of one thing may lie apart for its marks to count as the same."""


class MatchedOn(StrEnum):
    SERIAL = "serial"
    PHOTO = "photo"
    MARKS_AND_WEIGHT = "marks_and_weight"


@dataclass(frozen=True, slots=True)
class Twin:
    """`item_id` looks like `twin_item_id`, which is held for `subject_id`."""

    item_id: str
    twin_item_id: str
    subject_id: str
    matched_on: MatchedOn


def key_of(text: str | None) -> str | None:
    """A serial or marks as they are compared: letters and digits alone, in one case and script.

    Nothing where no letter or digit is left.
    """
    if text is None:
        return None
    kept = []
    for sign in unicodedata.normalize("NFKC", text).casefold():
        digit = unicodedata.decimal(sign, None)
        if digit is not None:
            kept.append(str(digit))
        elif sign.isalnum():
            kept.append(sign)
    return "".join(kept) or None
