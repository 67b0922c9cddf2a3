"""What products refuse."""

from __future__ import annotations

from sanduq.kit.errors import Conflict, LimitExceeded, NotFound


class UnknownProduct(NotFound):
    """There is no such product in this institution."""


class ProductStateRefuses(Conflict):
    """The product's state does not allow this."""


class ProductChanged(Conflict):
    """The product has changed since you read it: read it again."""


class ProductExternalIdTaken(Conflict):
    """Another product has this external_id."""


class AmountAboveProduct(LimitExceeded):
    """The amount is above what this product lends."""
