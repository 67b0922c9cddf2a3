"""What the room of agents, heirs and lost tickets refuses."""

from __future__ import annotations

from sanduq.kit.errors import Conflict, NotFound, Refusal, ValidationFailed


class AgentNotFound(NotFound):
    """There is no such agent on this pledge."""


class AgentRevokedAlready(Conflict):
    """This appointment has ended already."""


class AgentImpossible(ValidationFailed):
    """The appointment cannot hold."""


class DeclarationByAnother(Refusal):
    """The owner declares the loss of a ticket in person; nobody does it for him."""

    code = "RELEASE_RECIPIENT"


class HeirsImpossible(ValidationFailed):
    """These heirs cannot be recorded."""


class NotEntitled(Refusal):
    """A pledge goes to its owner, or to a proven agent or heir."""

    code = "RELEASE_RECIPIENT"

    @classmethod
    def of(cls, message: str) -> NotEntitled:
        """Says who may come."""
        return cls(
            message,
            details=[
                {
                    "field": "recipient_id", "code": "not_entitled", "message": message,
                    "rule_id": "ARN-12",
                }
            ],
            rule_id="ARN-12",
        )  # fmt: skip


class TicketNotShown(Refusal):
    """The pledge is given back against its ticket, or a declaration that it is lost."""

    code = "RELEASE_TICKET"

    @classmethod
    def of(cls, message: str) -> TicketNotShown:
        """Says what is wrong with the ticket and what to do."""
        return cls(
            message,
            details=[
                {
                    "field": "ticket_number", "code": "ticket", "message": message,
                    "rule_id": "ARN-12",
                }
            ],
            rule_id="ARN-12",
        )  # fmt: skip
