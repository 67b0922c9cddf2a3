"""What the true-up of custody fees refuses."""

from __future__ import annotations

from sanduq.kit.errors import Conflict


class NoCustodySurplus(Conflict):
    """The custody fees of these days are not beyond what keeping cost: nothing is to resolve."""


class DaysCutTrueUp(Conflict):
    """These days cut through an earlier true-up: choose days that hold it whole, or none of it."""

    code = "TRUE_UP_OVERLAPS"


class NobodyToRefund(Conflict):
    """No owner on record bore the fees of these days: give the surplus to charity instead."""
