"""What the keeping of bags refuses."""

from __future__ import annotations

from sanduq.custody.bags.model import NEXT, Bag
from sanduq.kit.errors import Conflict, NotFound


class UnknownBag(NotFound):
    """There is no such bag in this institution."""


class BagState(Conflict):
    """The bag is not in a state that allows this."""

    @classmethod
    def of(cls, bag: Bag, what: str) -> BagState:
        """Says the state and what it allows."""
        allowed = ", ".join(sorted(NEXT[bag.status])) or "nothing more"
        return cls(
            f"bag {bag.bag_number} ({bag.bag_id}) is {bag.status}; {what}. It may become: {allowed}"
        )


class BagOnTheWay(Conflict):
    """The bag is on the way between two places: have the transport confirmed or turned back."""


class NumberTaken(Conflict):
    """A bag in custody has this bag number, seal number or external_id."""

    code = "BAG_NUMBER_TAKEN"

    @classmethod
    def of(cls, field: str, value: str) -> NumberTaken:
        """Names the number."""
        message = f"a bag in custody has the {field.replace('_', ' ')} {value!r} already"
        return cls(message, details=[{"field": field, "code": "taken", "message": message}])
