"""What valuing pledges anew, margin calls and top-ups refuse."""

from __future__ import annotations

from sanduq.kit.errors import Conflict, LimitExceeded, NotFound, ValidationFailed
from sanduq.kit.money import Money


class UnknownMarginCall(NotFound):
    """There is no such margin call in this institution."""


class UnknownRun(NotFound):
    """There is no such revaluation of the book in this institution."""


class NoMetalUnderPledge(ValidationFailed):
    """No price board tells what these things are worth: name fresh valuations of them."""

    @classmethod
    def of(cls, contract_id: str) -> ValidationFailed:
        """Says what to send instead."""
        message = (
            f"{contract_id} holds nothing a price board values: have its things valued and send"
            " valuation_ids"
        )
        return cls.field("valuation_ids", "missing_field", message)


class ValueOfMetalStated(ValidationFailed):
    """The value of metal is its confirmed weight at the day's price; nobody states it."""

    @classmethod
    def of(cls) -> ValidationFailed:
        """Names the field."""
        message = (
            "appraised_value cannot be stated for metal, whose value is its confirmed weight at"
            " the day's price: send an empty body, or valuation_ids"
        )
        return cls.field("appraised_value", "metal_is_priced", message)


class ValuationOfAnother(ValidationFailed):
    """The valuation is of a thing that is not under this pledge."""


class NoticeDelivered(Conflict):
    """The delivery of this notice is on record already."""


class MarginCallEnded(Conflict):
    """This margin call has ended."""


class TopUpMissing(Conflict):
    """So much cash is not held beside this pledge."""

    @classmethod
    def of(cls, contract_id: str, held: Money) -> TopUpMissing:
        """Says what is held."""
        return cls(
            f"beside {contract_id} {held} of cash is held; no more can go back",
            details=[{"field": "amount", "code": "above_held", "message": str(held)}],
        )


class CoverNeeded(LimitExceeded):
    """What would be left does not cover the debt within the agreed ratio."""

    @classmethod
    def of(cls, ltv_after: str, limit: str) -> CoverNeeded:
        """Says what the ratio would be and may be."""
        return cls(
            f"without this cash the debt would be {ltv_after} of what covers it; the template's"
            f" limit is {limit}. Pay a part of the debt first, or take back less",
            details=[{"field": "amount", "code": "cover_needed", "message": ltv_after}],
        )
