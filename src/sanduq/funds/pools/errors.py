"""What the keeping of pools refuses."""

from __future__ import annotations

from sanduq.kit.errors import Conflict, FundsInsufficient, NotFound


class UnknownPool(NotFound):
    """There is no such pool in this institution."""


class UnknownPoolSource(NotFound):
    """The pool has no source of that number."""


class PoolChanged(Conflict):
    """The pool has changed since you read it: read it again."""


class PoolExternalIdTaken(Conflict):
    """Another pool has this external_id."""


class PoolStepRefused(Conflict):
    """The pool's status does not allow this."""


class PoolEmpty(FundsInsufficient):
    """No source of the pool has as much money free: place capital, or lend less."""
