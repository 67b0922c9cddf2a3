"""What sales left for owners: kept in trust, looked for, paid, and never income. No I/O."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from sanduq.kit.money import Asset

UNCLAIMED_DAYS = 365
"""Days a surplus is kept for its owner, where the institution has set nothing."""

TRACES_MIN = 3


class SurplusStatus(StrEnum):
    """`TRANSFERRED`: it lies elsewhere, and is the owner's all the same."""

    RECORDED = "RECORDED"
    PAID = "PAID"
    TRANSFERRED = "TRANSFERRED"


class TraceMethod(StrEnum):
    LETTER = "letter"
    PHONE = "phone"
    VISIT = "visit"
    MESSAGE = "message"
    KIN = "kin"
    ADVERTISEMENT = "advertisement"
    REGISTRY = "registry"


class TraceOutcome(StrEnum):
    REACHED = "reached"
    NOT_REACHED = "not_reached"
    MOVED = "moved"
    DECEASED = "deceased"


class PayoutKind(StrEnum):
    """A payment to the owner's side, or where unclaimed money goes by law or by resolution."""

    PAYMENT = "payment"
    AUTHORITY = "authority"
    CHARITY = "charity"


class PayoutStatus(StrEnum):
    PENDING = "PENDING"
    DONE = "DONE"
    REJECTED = "REJECTED"


class Capacity(StrEnum):
    """As whom somebody receives a surplus."""

    OWNER = "owner"
    HEIR = "heir"
    AGENT = "agent"


@dataclass(frozen=True, slots=True)
class Trace:
    """One attempt to find the owner."""

    number: int
    tried_on: date
    method: TraceMethod
    outcome: TraceOutcome
    note: str
    recorded_at: datetime
    recorded_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Surplus:
    """What one sale left for one owner, in minor units of `asset`."""

    surplus_id: str
    contract_id: str
    sale_id: str
    pledgor_id: str
    branch_id: str
    asset: Asset
    status: SurplusStatus
    amount_minor: int
    sold_on: date
    pay_by_on: date
    statement_notice_id: str | None
    statement_on: date | None
    settled_on: date | None
    created_at: datetime
    created_by: str
    version: int
    traces: tuple[Trace, ...] = ()

    @property
    def etag(self) -> str:
        return f'"{self.surplus_id}.{self.version}.{len(self.traces)}"'

    def days_on(self, day: date) -> int:
        """How long it lies, or lay until it went out."""
        return ((self.settled_on or day) - self.sold_on).days

    def is_late_on(self, day: date) -> bool:
        """Whether the owner waits, or waited, longer than he was promised (ARN-09)."""
        return (self.settled_on or day) > self.pay_by_on

    def is_statement_late_on(self, day: date) -> bool:
        return (self.statement_on or day) > self.pay_by_on


@dataclass(frozen=True, slots=True, kw_only=True)
class Payout:
    """A surplus on its way out, whole: asked for by one, decided by another."""

    payout_id: str
    surplus_id: str
    kind: PayoutKind
    status: PayoutStatus
    asset: Asset
    amount_minor: int
    recipient_id: str | None
    capacity: Capacity | None
    mandate_id: str | None
    proof: str | None
    method: str
    reference: str | None
    resolution_id: str | None
    reason: str | None
    requested_at: datetime
    requested_by: str
    decided_at: datetime | None
    decided_by: str | None
    done_on: date | None
    journal_id: str | None


@dataclass(frozen=True, slots=True)
class Policy:
    """How long a surplus is kept, and how often its owner is looked for, before it may go on."""

    unclaimed_days: int = UNCLAIMED_DAYS
    traces_min: int = TRACES_MIN
    authority_name: str | None = None
    legal_basis: str = "no law named"
    set_at: datetime | None = None
    set_by: str | None = None


class AgeBucket(StrEnum):
    """How long money has waited for its owner, in days."""

    WEEK = "0-7"
    MONTH = "8-30"
    QUARTER = "31-90"
    YEAR = "91-365"
    OLDER = "over-365"


_ENDS = ((7, AgeBucket.WEEK), (30, AgeBucket.MONTH), (90, AgeBucket.QUARTER), (365, AgeBucket.YEAR))


def bucket_of(days: int) -> AgeBucket:
    """The bucket of an age."""
    return next((bucket for last, bucket in _ENDS if days <= last), AgeBucket.OLDER)


def bucket_days(bucket: AgeBucket) -> tuple[int, int | None]:
    """The ages of a bucket, first and last (None: no last)."""
    first = 0
    for last, each in _ENDS:
        if each is bucket:
            return first, last
        first = last + 1
    return first, None


def may_be_transferred_on(surplus: Surplus, policy: Policy) -> date:
    """The first day on which unclaimed money may leave its trust (RHN-34)."""
    return surplus.sold_on + timedelta(days=policy.unclaimed_days)


def is_sought(traces: Sequence[Trace], policy: Policy) -> bool:
    """Whether the owner was looked for often enough, and not found at the last."""
    if len(traces) < policy.traces_min:
        return False
    return traces[-1].outcome is not TraceOutcome.REACHED
