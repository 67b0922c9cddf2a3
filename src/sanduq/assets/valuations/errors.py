"""What valuations refuse."""

from __future__ import annotations

from sanduq.assets.valuations.model import SecondReason, ValuationStatus
from sanduq.kit.errors import Conflict, Forbidden, NotFound, Refusal


class UnknownValuation(NotFound):
    """There is no such valuation in this institution."""


class ValuationExternalIdTaken(Conflict):
    """Another valuation has this external_id."""


class ValuerConfirmsOwn(Forbidden):
    """Whoever valued a thing is not its second officer: another must confirm."""

    code = "VALUER_CONFIRMS_OWN"


class NotAwaitingSecond(Conflict):
    """This valuation does not wait for a second officer."""

    @classmethod
    def of(cls, status: ValuationStatus) -> NotAwaitingSecond:
        """Says what it is."""
        return cls(f"this valuation is {status.value}: only AWAITING_SECOND takes a second officer")


class ValuationLapsed(Conflict):
    """This valuation is more than a day old: value the thing again."""


class SecondValuerRequired(Refusal):
    """A witness is not enough: the second officer must be a valuer with tests of his own."""

    code = "SECOND_VALUER_REQUIRED"
    status = 422

    @classmethod
    def of(cls, reasons: tuple[SecondReason, ...]) -> SecondValuerRequired:
        """Says why, and what is missing."""
        listed = ", ".join(reason.value for reason in reasons)
        return cls(
            f"the second officer must test and conclude by himself ({listed}): send findings with"
            " weights, tests and fineness (of what is no metal: value, basis and source)",
            details=[
                {"field": "findings", "code": reason.value, "message": listed} for reason in reasons
            ],
        )
