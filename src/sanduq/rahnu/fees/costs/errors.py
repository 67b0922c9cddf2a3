"""What the recording of custody costs refuses."""

from __future__ import annotations

from sanduq.kit.errors import Conflict, NotFound


class UnknownCustodyCost(NotFound):
    """There is no such custody cost in this institution."""


class CustodyCostExternalIdTaken(Conflict):
    """Another custody cost has this external_id."""


class CustodyCostReversed(Conflict):
    """This custody cost has been taken back already; nothing is left to reverse."""


class CounterEntry(Conflict):
    """This is itself a counter entry: record the cost anew instead of reversing it."""
