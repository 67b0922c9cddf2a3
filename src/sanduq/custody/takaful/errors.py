"""What the keeping of covers refuses."""

from __future__ import annotations

from sanduq.kit.errors import Conflict, NotFound, Refusal


class UnknownCover(NotFound):
    """There is no such takaful cover in this institution."""


class CoverTaken(Conflict):
    """This policy is on record from that day on, or another cover has this external_id."""


class NotTakaful(Refusal):
    """What is kept in trust is covered by takaful, not by conventional insurance (GEN-18): nothing
    was recorded; ask a takaful operator."""

    code = "INSURANCE_NOT_TAKAFUL"
