"""What releases refuse."""

from __future__ import annotations

from sanduq.custody.releases.model import NEXT, ReleaseOrder
from sanduq.kit.errors import Conflict, NotFound, Refusal


class UnknownRelease(NotFound):
    """There is no such release order in this institution."""


class ReleaseState(Conflict):
    """The release order is not in a state that allows this."""

    @classmethod
    def of(cls, order: ReleaseOrder) -> ReleaseState:
        """Says the state and what it allows."""
        allowed = ", ".join(sorted(NEXT[order.status])) or "nothing more"
        return cls(f"{order.release_id} is {order.status}; it may become: {allowed}")


class NotHandedOverYet(Conflict):
    """The first officer has not recorded the hand-over: do that first, then confirm it."""


class ItemNotHeld(Conflict):
    """A thing is not in custody for this subject, confirmed by two officers."""

    code = "ITEM_NOT_HELD"


class ReleaseOrdered(Conflict):
    """A thing is in another release order that is READY: hand that over, or cancel it."""

    code = "RELEASE_ORDERED"


class RecipientNotEntitled(Refusal):
    """A thing goes to its owner, or to an agent or heir of his with proof of it."""

    code = "RELEASE_RECIPIENT"

    @classmethod
    def of(cls, field: str, message: str) -> RecipientNotEntitled:
        """Says what was found and what is needed."""
        return cls(message, details=[{"field": field, "code": "not_entitled", "message": message}])


class WrongThings(Conflict):
    """What was laid out is not what the order names: nothing is handed over."""

    code = "RELEASE_MISMATCH"
