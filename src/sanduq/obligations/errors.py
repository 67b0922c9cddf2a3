"""What the keeping of debts refuses. `rule` names the rule of the rulebook that is kept."""

from __future__ import annotations

from sanduq.kit.errors import Conflict, Refusal


class ScheduleSumMismatch(Refusal):
    """The instalments do not add up to the contract amount."""

    code = "SCHEDULE_SUM_MISMATCH"
    status = 422
    rule = "GEN-20"


class ScheduleDatesInvalid(Refusal):
    """Due dates must follow one another and must not lie before the day of the agreement."""

    code = "SCHEDULE_DATES_INVALID"
    status = 422


class RescheduleIncrease(Refusal):
    """Rescheduling may not change what is owed: principal and fee stay as they were."""

    code = "RESCHEDULE_INCREASE"
    status = 422
    rule = "DEF-09"


class NothingToReschedule(Conflict):
    """The debt is settled, or the instalment named is not on its schedule."""

    code = "NOTHING_TO_RESCHEDULE"


class ObligationTransitionRefused(Conflict):
    """The obligation cannot go from its state to the one asked for."""

    code = "OBLIGATION_TRANSITION_REFUSED"
