"""Default, hardship, write-off: what is known of a debtor and done about a debt. No I/O."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sanduq.kit.money import Asset, Money
from sanduq.shariah.facts import DebtorState

RESPONSE_DAYS = 14
"""Days a debtor has to answer a demand, where the demand names no day."""

OWN = "own"


class Channel(StrEnum):
    VISIT = "visit"
    LETTER = "letter"
    PHONE = "phone"
    MESSAGE = "message"
    MEETING = "meeting"


class WriteOffStatus(StrEnum):
    PENDING = "PENDING"
    POSTED = "POSTED"
    REFUSED = "REFUSED"


@dataclass(frozen=True, slots=True)
class Demand:
    """The debtor was asked for what is overdue, and has until `respond_by_on` to answer."""

    demand_id: str
    loan_id: str
    demanded_on: date
    respond_by_on: date
    channel: Channel
    overdue: Money
    note: str | None
    created_at: datetime
    created_by: str


@dataclass(frozen=True, slots=True)
class Assessment:
    """How the debtor is classed, on what findings. The latest one counts."""

    assessment_id: str
    loan_id: str
    party_id: str
    state: DebtorState
    findings: str
    document: str | None
    assessed_on: date
    created_at: datetime
    created_by: str


@dataclass(frozen=True, slots=True)
class CollectionCost:
    """What a third party was paid to collect, by receipt: owed beside the loan, on its own."""

    cost_id: str
    loan_id: str
    amount: Money
    payee: str
    receipt: str
    incurred_on: date
    journal_id: str
    created_at: datetime
    created_by: str
    outstanding_minor: int | None = None


@dataclass(frozen=True, slots=True)
class WriteOff:
    """A debt taken out of the portfolio; `fund` bears the loss. The claim survives.

    `spending_id` is the drawing on a donor fund, to which recoveries return.
    """

    write_off_id: str
    loan_id: str
    asset: Asset
    fund: str
    resolution_id: str | None
    reason: str
    status: WriteOffStatus
    principal_minor: int | None
    fee_minor: int | None
    written_off_on: date | None
    journal_id: str | None
    created_at: datetime
    created_by: str
    decided_at: datetime | None
    decided_by: str | None
    spending_id: str | None = None


@dataclass(frozen=True, slots=True)
class Forgiveness:
    """A claim given up by its owner, by the authority named."""

    forgiveness_id: str
    loan_id: str
    asset: Asset
    fund: str
    principal_minor: int
    fee_minor: int
    authority: str
    reason: str
    forgiven_on: date
    journal_id: str | None
    created_at: datetime
    created_by: str

    @property
    def total_minor(self) -> int:
        return self.principal_minor + self.fee_minor


def divided(amount_minor: int, principal_minor: int, fee_minor: int) -> tuple[int, int]:
    """How much principal and fee an amount gives up: the fee first, the lender's kindest part.

    `amount_minor` is at most both together.
    """
    fee = min(amount_minor, fee_minor)
    return min(amount_minor - fee, principal_minor), fee
