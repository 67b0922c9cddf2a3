"""What parties and their verification refuse."""

from __future__ import annotations

from sanduq.kit.errors import Conflict, LimitExceeded, NotFound


class PartyUnknown(NotFound):
    """There is no such party in this institution."""


class PartyIdTaken(Conflict):
    """A party with this id exists already."""


class ExternalIdTaken(Conflict):
    """Another party of this institution has this external id."""


class PartyChanged(Conflict):
    """The party was changed since you read it; read it again and repeat the change."""


class TiersMissing(Conflict):
    """This institution has no KYC tiers yet; install them before parties are created."""


class TierLimitExceeded(LimitExceeded):
    """The party's KYC tier does not allow an exposure of this size."""
