"""What a sitting refuses."""

from __future__ import annotations

from sanduq.kit.errors import Conflict, NotFound, ValidationFailed
from sanduq.sarf.model import Leg
from sanduq.sarf.sessions.model import ALLOWED, SessionAction, SessionStatus
from sanduq.shariah.rulebook import load_rulebook


class UnknownSession(NotFound):
    """There is no such sitting in this institution."""


class SessionExternalIdTaken(Conflict):
    """Another sitting has this external_id."""


class SessionChanged(Conflict):
    """The sitting has changed since you read it: read it again."""


class SessionState(Conflict):
    """The sitting is not in a state that allows this."""

    @classmethod
    def of(cls, session_id: str, action: SessionAction, status: SessionStatus) -> SessionState:
        """Names the state, and those that would allow it."""
        allowed = ", ".join(sorted(ALLOWED[action]))
        message = f"{session_id} is {status}; {action} is for {allowed} (SRF-01)"
        rule = {"rule_id": "SRF-01", "source": load_rulebook()["SRF-01"].source}
        named = {"field": "status", "code": "state", "message": message}
        return cls(message, details=[{**named, **rule}])


class LegReceivedAlready(Conflict):
    """This side of the exchange was received and recorded already."""


class LegMissing(Conflict):
    """A sitting closes when both sides were received."""

    @classmethod
    def of(cls, session_id: str, legs: tuple[Leg, ...]) -> LegMissing:
        """Names the sides that lack."""
        missing = " and ".join(legs)
        message = (
            f"{session_id} cannot close: {missing} was not received. Confirm it in this sitting,"
            " or unwind it (SRF-01, AAOIFI SS 1 2/6/1)"
        )
        named = {"rule_id": "SRF-01", "code": "SARF_NOT_SPOT", "message": message}
        return cls(message, details=[{**named, "field": str(leg)} for leg in legs])


class NotOfThisSession(ValidationFailed):
    """This side is not part of the exchange."""


class GoldNotInHand(Conflict):
    """The gold was not taken over by two officers within this sitting."""

    code = "GOLD_NOT_IN_HAND"


class GoldNotBack(Conflict):
    """Gold that was handed over must come back before the exchange is undone."""

    code = "GOLD_NOT_BACK"


class NotValuedToday(Conflict):
    """A piece has no valuation of today confirmed by two officers."""

    code = "GOLD_NOT_VALUED"


class NothingDueBack(Conflict):
    """No money of this sitting waits to go back."""


class VoidAskedAlready(Conflict):
    """Somebody asked already that this exchange be void: another user decides on it first."""
