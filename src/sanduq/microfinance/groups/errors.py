"""What the keeping of lending groups refuses."""

from __future__ import annotations

from collections.abc import Sequence

from sanduq.kit.errors import Conflict, NotFound
from sanduq.microfinance.groups.model import GroupAction, GroupStatus, actions_of


class GroupNotFound(NotFound):
    """There is no such lending group in this institution."""


class GroupChangedMeanwhile(Conflict):
    """The group changed since you read it; read it again and decide anew."""


class GroupIdTaken(Conflict):
    """A group with this id or external id exists already."""


class TooFewMembers(Conflict):
    """A group begins to lend with two members or more, who can answer for one another."""


class GroupHasOpenDebts(Conflict):
    """Loans or guarantee calls of the group are still open."""

    @classmethod
    def of(cls, ids: Sequence[str]) -> GroupHasOpenDebts:
        """Names what is open."""
        return cls(
            f"{', '.join(ids)} {'is' if len(ids) == 1 else 'are'} still open;"
            " settle or cancel that first",
            details=[{"field": "group", "code": "open", "message": one} for one in ids],
        )


class GroupStateRefuses(Conflict):
    """The group's state does not allow this."""

    @classmethod
    def of(cls, group_id: str, status: GroupStatus, action: GroupAction) -> GroupStateRefuses:
        """Says the state and what it allows."""
        allowed = actions_of(status)
        return cls(
            f"{group_id} is {status}; {action} is not possible. "
            + (f"Possible now: {', '.join(allowed)}." if allowed else "Nothing more can be done."),
            details=[{"field": "status", "code": "state", "message": str(status)}],
            state=str(status),
            allowed=allowed,
        )
