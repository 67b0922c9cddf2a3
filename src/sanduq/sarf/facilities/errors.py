"""What facilities refuse."""

from __future__ import annotations

from sanduq.kit.errors import Conflict, NotFound
from sanduq.sarf.facilities.model import ALLOWED, FacilityAction, FacilityStatus
from sanduq.shariah.rulebook import found

ORDERED_BY = {
    FacilityAction.CANCEL: "SCF-17",
    FacilityAction.OPEN_SESSION: "SCF-14",
    FacilityAction.UNDERTAKE: "SCF-04",
    FacilityAction.BUY_BACK: "SCF-05",
    FacilityAction.LAPSE: "SCF-12",
}
"""The rule that puts a step in its place: who comes too early or too late is told which."""


class UnknownFacility(NotFound):
    """There is no such facility in this institution."""


class UnknownPromise(NotFound):
    """No promise was issued for this facility."""


class FacilityExternalIdTaken(Conflict):
    """Another facility has this external_id."""


class QuoteUsed(Conflict):
    """A facility was opened on this quote already: ask for a new one."""


class FacilityChanged(Conflict):
    """The facility has changed since you read it: read it again."""


class FacilityState(Conflict):
    """The facility is not in a state that allows this."""

    @classmethod
    def of(cls, facility_id: str, action: FacilityAction, status: FacilityStatus) -> FacilityState:
        """Names the state, and those that would allow it."""
        allowed = ", ".join(sorted(ALLOWED[action]))
        rule_id = ORDERED_BY[action]
        message = f"{facility_id} is {status}; {action} is for {allowed} ({rule_id})"
        rule = found(rule_id, "status", message, observed=str(status), limit=allowed)
        return cls(message, details=[rule.as_details()])


class QuoteExpired(Conflict):
    """The quote has expired: ask for a new one, and its time to think."""

    code = "QUOTE_EXPIRED"


class TermsNotLive(Conflict):
    """These terms open no facility: they are not active under a resolution in force."""

    code = "TERMS_NOT_LIVE"


class BuyBackOpen(Conflict):
    """A purchase of this facility is asked for or open already: end it first."""


class NoBuyBackAgreed(Conflict):
    """No purchase is agreed for today: the customer asks for one first."""


class BuyBackOfAnotherDay(Conflict):
    """The purchase was agreed at the price of another day: ask for it again today."""

    code = "BUY_BACK_OTHER_DAY"


class WindowOver(Conflict):
    """The window of this sale is over: nothing is promised for it any more."""


class BuyBackDecided(Conflict):
    """This purchase waits for no decision: it was decided on, withdrawn or has ended."""


class WindowNotOver(Conflict):
    """A promise lapses when its window is over, never before."""

    code = "WINDOW_NOT_OVER"
