"""What the sale of a pledge refuses."""

from __future__ import annotations

from sanduq.kit.errors import Conflict, Forbidden, NotFound, ValidationFailed


class SaleUnknown(NotFound):
    """There is no such sale in this institution."""


class SaleChanged(Conflict):
    """The sale has changed since you read it: read it again."""


class SaleExternalIdTaken(Conflict):
    """Another sale has this external_id."""


class SaleNotProposed(Conflict):
    """Only a sale that was proposed waits for a decision."""


class LotNotPaid(Conflict):
    """The lot is not paid for yet: take the price from its buyer first."""


class LotOfAnother(ValidationFailed):
    """This lot holds things of another pledge."""


class SameHand(Forbidden):
    """Whoever struck the lot does not also share out its price: ask another officer."""


class ItemInLot(Conflict):
    """One of these things is put up at an auction: withdraw the lot first."""


class DebtPaidElsewhere(Conflict):
    """The debt of this pledge cannot be paid from here."""


class NothingForCreditor(Conflict):
    """Nothing of this sale is owed to another creditor."""
