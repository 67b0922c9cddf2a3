"""What the ledger refuses. SQLSTATE SQ002 to SQ011 of its functions map to these.

SQ001 (another institution) and SQ012 (editing what is written) are faults of ours, not answers.
"""

from __future__ import annotations

import psycopg

from sanduq.kit.errors import Conflict, FundsInsufficient, NotFound, Refusal, ValidationFailed


class PeriodClosed(Conflict):
    """The effective date falls in a period that is closed; use a date in an open one."""


class PeriodOverlaps(Conflict):
    """The period overlaps one that is closed already."""


class ReversedAlready(Conflict):
    """This journal is reversed already; a journal is reversed once."""


class AccountUnknown(NotFound):
    """There is no such account in this institution."""


class JournalUnknown(NotFound):
    """There is no such journal in this institution."""


class PeriodNotOver(ValidationFailed):
    """A period is closed after its last day is over."""


class CapitalUnknown(NotFound):
    """There is no such request to add capital in this institution."""


class CheckpointContradicted(Conflict):
    """A checkpoint written before names a block that this chain does not hold."""


class FloorBroken(FundsInsufficient):
    """An account would fall below its floor: there is not enough money there."""


class JournalMalformed(ValidationFailed):
    """The journal says nothing, or its entries do not sum to zero per asset and fund."""


_BY_STATE: dict[str, type[Refusal]] = {
    "SQ002": JournalMalformed,
    "SQ003": JournalMalformed,
    "SQ004": AccountUnknown,
    "SQ005": JournalMalformed,
    "SQ006": JournalMalformed,
    "SQ007": PeriodClosed,
    "SQ008": JournalMalformed,
    "SQ009": ReversedAlready,
    "SQ010": FloorBroken,
    "SQ011": PeriodOverlaps,
    "22003": JournalMalformed,
}


def refusal_of(error: psycopg.Error) -> Refusal | None:
    """The refusal a database error stands for, if it is one of the ledger's own."""
    kind = _BY_STATE.get(error.sqlstate or "")
    if kind is None:
        return None
    detail = error.diag.message_detail
    return kind(f"{(kind.__doc__ or '').strip()}" + (f" ({detail})" if detail else ""))
