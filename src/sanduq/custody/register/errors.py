"""What the register refuses."""

from __future__ import annotations

from collections.abc import Sequence

from sanduq.kit.errors import Conflict


class ItemInCustody(Conflict):
    """The thing is in custody already."""

    code = "ITEM_IN_CUSTODY"

    @classmethod
    def of(cls, item_ids: Sequence[str]) -> ItemInCustody:
        """Names the things that are held."""
        named = ", ".join(item_ids)
        message = f"in custody already: {named}; a thing is in one place, so it is received once"
        return cls(
            message,
            details=[
                {"field": "item_ids", "code": "in_custody", "message": item_id}
                for item_id in item_ids
            ],
        )


class ItemElsewhere(Conflict):
    """A thing is not where this step would take it from: read its holding again."""
