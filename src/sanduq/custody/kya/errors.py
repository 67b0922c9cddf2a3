"""What knowing one's assets refuses."""

from __future__ import annotations

from collections.abc import Sequence

from sanduq.custody.kya.model import Twin
from sanduq.kit.errors import Conflict


class ItemAlreadyPledged(Conflict):
    """The same thing is in custody under another name."""

    code = "ITEM_ALREADY_PLEDGED"

    @classmethod
    def of(cls, twins: Sequence[Twin]) -> ItemAlreadyPledged:
        """Names what is held, for whom, and what was alike."""
        details = [
            {
                "field": "item_ids",
                "code": f"same_{twin.matched_on}",
                "message": f"{twin.item_id} is like {twin.twin_item_id}, held for"
                f" {twin.subject_id}: {twin.matched_on}",
                "subject_id": twin.subject_id,
            }
            for twin in twins
        ]
        return cls(
            f"{details[0]['message']}; nothing was received: compare the two things, and correct"
            " the record of the one that is wrong",
            details=details,
        )
