"""A call on a group: how it divides, its states, and what the payers claim back. No I/O."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from fractions import Fraction

from sanduq.kit.money import Asset, Money

COMMON_FUND = "common_fund"
"""The payer of the part that the group's own purse is asked for."""


class CallRule(StrEnum):
    """How a call divides among those who answer."""

    EQUAL = "equal"
    PRO_RATA_TO_CAP = "pro_rata_to_cap"
    COMMON_FUND_FIRST = "common_fund_first"


class CallStatus(StrEnum):
    OPEN = "OPEN"
    PART_PAID = "PART_PAID"
    PAID = "PAID"
    CANCELLED = "CANCELLED"


TRANSITIONS: Mapping[CallStatus, frozenset[CallStatus]] = {
    CallStatus.OPEN: frozenset({CallStatus.PART_PAID, CallStatus.PAID, CallStatus.CANCELLED}),
    CallStatus.PART_PAID: frozenset({CallStatus.PAID, CallStatus.CANCELLED}),
    CallStatus.PAID: frozenset(),
    CallStatus.CANCELLED: frozenset(),
}
"""A payment taken back takes the call back with it, to what the payments left call for."""

PAYABLE = frozenset({CallStatus.OPEN, CallStatus.PART_PAID})


@dataclass(frozen=True, slots=True)
class Surety:
    """One who answers: the whole cap, and what earlier calls left of it."""

    payer_id: str
    cap_minor: int
    room_minor: int


def spread(amount_minor: int, sureties: Sequence[Surety], rule: CallRule) -> dict[str, int]:
    """Each one's share: equal, or in proportion to the caps, up to the room each has left.

    What one cannot carry is shared by the rest; odd units go by largest remainder, and by id
    where remainders are the same, so that the order of `sureties` never matters. The shares sum
    to the amount (rule KFL-09). Refuses (`ValueError`) more than the room of all together.
    """
    room = {one.payer_id: one.room_minor for one in sureties if one.room_minor > 0}
    if not 0 <= amount_minor <= sum(room.values()):
        raise ValueError("the amount is more than all of them answer for")
    is_pro_rata = rule is CallRule.PRO_RATA_TO_CAP
    weights = {one.payer_id: one.cap_minor if is_pro_rata else 1 for one in sureties}
    shares: dict[str, int] = {}
    left = amount_minor
    open_ids = sorted(room)
    while True:
        total = sum(weights[one] for one in open_ids)
        full = [one for one in open_ids if left * weights[one] >= room[one] * total]
        if not full:
            break
        for one in full:
            shares[one] = room[one]
            left -= room[one]
        open_ids = [one for one in open_ids if one not in shares]
    parts = {one: Fraction(left * weights[one], total) for one in open_ids}
    shares.update({one: int(part) for one, part in parts.items()})
    odd = amount_minor - sum(shares.values())
    by_remainder = sorted(open_ids, key=lambda one: (int(parts[one]) - parts[one], one))
    for one in by_remainder[:odd]:
        shares[one] += 1
    return {one: minor for one, minor in sorted(shares.items()) if minor > 0}


def divide(
    amount_minor: int, sureties: Sequence[Surety], rule: CallRule, fund_minor: int
) -> dict[str, int]:
    """The shares of a call; with `common_fund_first` the purse pays what it can, then equally."""
    if rule is not CallRule.COMMON_FUND_FIRST:
        return spread(amount_minor, sureties, rule)
    of_fund = min(amount_minor, max(0, fund_minor))
    shares = spread(amount_minor - of_fund, sureties, CallRule.EQUAL)
    return {**({COMMON_FUND: of_fund} if of_fund else {}), **shares}


@dataclass(frozen=True, slots=True)
class Share:
    """One payer's part of a call."""

    payer_id: str
    guarantee_id: str | None
    amount_minor: int
    paid_minor: int = 0

    @property
    def left_minor(self) -> int:
        return self.amount_minor - self.paid_minor


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What a group was asked to pay of one member's overdue debt."""

    call_id: str
    external_id: str | None
    group_id: str
    loan_id: str
    debtor_id: str
    status: CallStatus
    asset: Asset
    rule: CallRule
    overdue_minor: int
    amount_minor: int
    paid_minor: int
    reason: str
    cancel_reason: str | None
    closed_at: datetime | None
    created_at: datetime
    created_by: str
    version: int
    shares: tuple[Share, ...] = ()

    @property
    def etag(self) -> str:
        """The entity tag of this version, quoted as HTTP writes it."""
        return f'"v{self.version}"'

    def share_of(self, payer_id: str) -> Share | None:
        return next((one for one in self.shares if one.payer_id == payer_id), None)


def paid(call: Call, payer_id: str, amount_minor: int, at: datetime) -> Call:
    """The call after a payment, or after one was taken back (a negative amount)."""
    shares = tuple(
        replace(one, paid_minor=one.paid_minor + amount_minor) if one.payer_id == payer_id else one
        for one in call.shares
    )
    total = call.paid_minor + amount_minor
    status = call.status
    if status is not CallStatus.CANCELLED:
        status = CallStatus.PART_PAID if total else CallStatus.OPEN
        status = CallStatus.PAID if total == call.amount_minor else status
    is_closed = status in (CallStatus.PAID, CallStatus.CANCELLED)
    return replace(
        call,
        shares=shares,
        paid_minor=total,
        status=status,
        closed_at=(call.closed_at or at) if is_closed else None,
        version=call.version + 1,
    )


class RecourseStatus(StrEnum):
    OPEN = "OPEN"
    RECOVERED = "RECOVERED"
    CANCELLED = "CANCELLED"


@dataclass(frozen=True, slots=True)
class Recovery:
    """What the debtor gave back to the one who paid for him."""

    recovery_id: str
    amount_minor: int
    recovered_on: date
    note: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recourse:
    """A debt from member to member, of exactly what was paid; it never grows (KFL-05, KFL-06)."""

    recourse_id: str
    group_id: str
    call_id: str
    payment_id: str
    creditor_id: str
    debtor_id: str
    asset: Asset
    amount_minor: int
    recovered_minor: int
    status: RecourseStatus
    created_at: datetime
    created_by: str
    version: int
    recoveries: tuple[Recovery, ...] = ()

    @property
    def left(self) -> Money:
        return Money(self.amount_minor - self.recovered_minor, self.asset)


def recovered(recourse: Recourse, recovery: Recovery) -> Recourse:
    """The recourse after something was given back."""
    total = recourse.recovered_minor + recovery.amount_minor
    is_whole = total == recourse.amount_minor
    return replace(
        recourse,
        recovered_minor=total,
        status=RecourseStatus.RECOVERED if is_whole else RecourseStatus.OPEN,
        recoveries=(*recourse.recoveries, recovery),
        version=recourse.version + 1,
    )
