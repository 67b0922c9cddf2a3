"""A debt as such: what is owed, how a payment divides, what is due, late or settled.

Paid amounts are running totals; which instalment they cover is derived, oldest first. Nothing
here takes time as a reason to owe more: dates decide what is due, never how much is owed
(rule GEN-08; AAOIFI SS 8 4/8 and 5/7, SS 59 4/1/3/3).
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from sanduq.kit.money import Asset
from sanduq.obligations.errors import ObligationTransitionRefused
from sanduq.obligations.schedule import Schedule


class ComponentOrder(StrEnum):
    """How a payment divides between principal and fee."""

    PRO_RATA = "pro_rata"  # as the instalment lines have them
    PRINCIPAL_FIRST = "principal_first"  # all principal before any fee: insolvent clients
    FEE_FIRST = "fee_first"  # within each instalment the fee first


class ObligationStatus(StrEnum):
    """Where a debt stands. There is no state of default: that is a classification."""

    PENDING = "PENDING"
    ACTIVE = "ACTIVE"
    SETTLED = "SETTLED"
    WRITTEN_OFF = "WRITTEN_OFF"
    CANCELLED = "CANCELLED"


# A reversed repayment reopens a settled debt, a reversed disbursement undoes an active one.
# A write-off is accounting only: the claim survives and may yet be settled (rule DEF-15).
TRANSITIONS: dict[ObligationStatus, frozenset[ObligationStatus]] = {
    ObligationStatus.PENDING: frozenset({ObligationStatus.ACTIVE, ObligationStatus.CANCELLED}),
    ObligationStatus.ACTIVE: frozenset(
        {ObligationStatus.SETTLED, ObligationStatus.WRITTEN_OFF, ObligationStatus.CANCELLED}
    ),
    ObligationStatus.SETTLED: frozenset({ObligationStatus.ACTIVE}),
    ObligationStatus.WRITTEN_OFF: frozenset({ObligationStatus.ACTIVE, ObligationStatus.SETTLED}),
    ObligationStatus.CANCELLED: frozenset(),
}


def move_to(current: ObligationStatus, target: ObligationStatus) -> ObligationStatus:
    """`target`, if the table allows it. Refuses `OBLIGATION_TRANSITION_REFUSED` otherwise."""
    if target not in TRANSITIONS[current]:
        raise ObligationTransitionRefused(
            f"an obligation that is {current} cannot become {target}",
            current=current.value,
            target=target.value,
        )
    return target


@dataclass(frozen=True, slots=True)
class Debt:
    """One obligation with the running totals of what has been paid on it, in minor units."""

    obligation_id: str
    asset: Asset
    schedule: Schedule
    principal_paid_minor: int = 0
    fee_paid_minor: int = 0
    component_order: ComponentOrder = ComponentOrder.PRO_RATA

    def __post_init__(self) -> None:
        if not (
            0 <= self.principal_paid_minor <= self.schedule.principal_total_minor
            and 0 <= self.fee_paid_minor <= self.schedule.fee_total_minor
        ):
            raise ValueError(f"paid totals of {self.obligation_id} are outside its schedule")

    @property
    def paid_minor(self) -> int:
        return self.principal_paid_minor + self.fee_paid_minor

    @property
    def principal_outstanding_minor(self) -> int:
        return self.schedule.principal_total_minor - self.principal_paid_minor

    @property
    def fee_outstanding_minor(self) -> int:
        return self.schedule.fee_total_minor - self.fee_paid_minor

    @property
    def outstanding_minor(self) -> int:
        return self.schedule.total_minor - self.paid_minor

    @property
    def is_settled(self) -> bool:
        return self.outstanding_minor == 0


@dataclass(frozen=True, slots=True)
class Allocation:
    """How one payment divides. The excess was not owed: it goes back, or is a gift if said so."""

    principal_minor: int
    fee_minor: int
    excess_minor: int


def allocate_payment(debt: Debt, amount_minor: int) -> Allocation:
    """Divides a payment: oldest instalment first, within it by the debt's component order.

    The fee part is the distance to the fee that the schedule calls for at the new paid total,
    so one payment or many end in the same figures, also after the order was changed. The parts
    sum to `amount_minor` and no component exceeds what is outstanding. The day of payment is no
    argument: early or late, the same is owed (rules GEN-08, QRD-16).
    Refuses (`ValueError`) a negative amount.
    """
    if amount_minor < 0:
        raise ValueError("a payment is not negative; a reversal undoes the stored parts")
    paid_before = debt.paid_minor
    applied = min(amount_minor, debt.schedule.total_minor - paid_before)
    fee_due = fee_paid_at(debt.schedule, debt.component_order, paid_before + applied)
    fee = min(max(fee_due - debt.fee_paid_minor, 0), applied)
    return Allocation(applied - fee, fee, amount_minor - applied)


def fee_paid_at(schedule: Schedule, order: ComponentOrder, paid_minor: int) -> int:
    """How much of `paid_minor`, paid in all, is fee. Grows by 0 or 1 with each minor unit."""
    if order is ComponentOrder.PRINCIPAL_FIRST:
        return max(0, paid_minor - schedule.principal_total_minor)
    cumulative = schedule.cumulative_total_minor
    covered = bisect_right(cumulative, paid_minor)
    if covered == len(cumulative):
        return schedule.fee_total_minor
    total_before = cumulative[covered - 1] if covered else 0
    fee_before = schedule.cumulative_fee_minor[covered - 1] if covered else 0
    part, line_fee = paid_minor - total_before, schedule.fee_minor[covered]
    if order is ComponentOrder.FEE_FIRST:
        return fee_before + min(part, line_fee)
    return fee_before + _half_even(line_fee * part, cumulative[covered] - total_before)


def _half_even(numerator: int, denominator: int) -> int:
    quotient, rest = divmod(numerator, denominator)
    is_up = 2 * rest > denominator or (2 * rest == denominator and quotient % 2 == 1)
    return quotient + is_up


def after_payment(debt: Debt, allocation: Allocation) -> Debt:
    """The debt with the running totals moved on."""
    return replace(
        debt,
        principal_paid_minor=debt.principal_paid_minor + allocation.principal_minor,
        fee_paid_minor=debt.fee_paid_minor + allocation.fee_minor,
    )


class InstalmentStatus(StrEnum):
    """An instalment due today is due, not overdue. One paid in part and past its day is overdue;
    PARTLY_PAID is said only of one paid in part ahead of its day."""

    PAID = "PAID"
    PARTLY_PAID = "PARTLY_PAID"
    DUE = "DUE"
    OVERDUE = "OVERDUE"
    UPCOMING = "UPCOMING"


@dataclass(frozen=True, slots=True)
class InstalmentState:
    """An instalment and how far the payments so far cover it."""

    number: int
    due_on: date
    principal_minor: int
    fee_minor: int
    paid_minor: int
    status: InstalmentStatus

    @property
    def unpaid_minor(self) -> int:
        return self.principal_minor + self.fee_minor - self.paid_minor


def settled_by_schedule(debt: Debt, as_of: date) -> list[InstalmentState]:
    """Every instalment as the payments so far cover it, oldest first, seen on `as_of`."""
    states: list[InstalmentState] = []
    left = debt.paid_minor
    for number, line in enumerate(debt.schedule.lines, start=1):
        paid = min(left, line.total_minor)
        left -= paid
        status = _status(paid, line.total_minor, line.due_on, as_of)
        states.append(
            InstalmentState(number, line.due_on, line.principal_minor, line.fee_minor, paid, status)
        )
    return states


def _status(paid_minor: int, total_minor: int, due_on: date, as_of: date) -> InstalmentStatus:
    if paid_minor == total_minor:
        return InstalmentStatus.PAID
    if due_on < as_of:
        return InstalmentStatus.OVERDUE
    if due_on == as_of:
        return InstalmentStatus.DUE
    return InstalmentStatus.PARTLY_PAID if paid_minor else InstalmentStatus.UPCOMING


def _first_uncovered(debt: Debt) -> int:
    return bisect_right(debt.schedule.cumulative_total_minor, debt.paid_minor)


def oldest_unpaid_due_on(debt: Debt) -> date | None:
    """The due date of the oldest instalment not fully covered; None once settled."""
    index = _first_uncovered(debt)
    return debt.schedule.due_on[index] if index < len(debt.schedule.due_on) else None


@dataclass(frozen=True, slots=True)
class NextDue:
    """The next instalment still to be paid, and how much of it is left."""

    number: int
    due_on: date
    amount_minor: int


def next_due(debt: Debt, as_of: date) -> NextDue | None:
    """The first instalment on or after `as_of` that is not fully covered; None if none is."""
    schedule = debt.schedule
    index = max(_first_uncovered(debt), bisect_left(schedule.due_on, as_of))
    while index < len(schedule.due_on):
        before = schedule.cumulative_total_minor[index - 1] if index else 0
        left = schedule.cumulative_total_minor[index] - max(before, debt.paid_minor)
        if left > 0:
            return NextDue(index + 1, schedule.due_on[index], left)
        index += 1  # a line of nothing, which rounding to a large multiple can leave
    return None


def due_minor(debt: Debt, as_of: date) -> int:
    """What may be demanded on `as_of`: unpaid instalments due on that day or before. No more,
    because a stipulated term binds the lender (rule QRD-15; AAOIFI SS 19 cl. 6)."""
    return _unpaid_of_first(debt, bisect_right(debt.schedule.due_on, as_of))


def overdue_minor(debt: Debt, as_of: date) -> int:
    """Unpaid instalments due before `as_of`; one due on the day itself is not overdue."""
    return _unpaid_of_first(debt, bisect_left(debt.schedule.due_on, as_of))


def _unpaid_of_first(debt: Debt, lines: int) -> int:
    called = debt.schedule.cumulative_total_minor[lines - 1] if lines else 0
    return max(0, called - debt.paid_minor)


def days_past_due(debt: Debt, as_of: date) -> int:
    """`as_of` minus the due date of the oldest instalment not fully paid; 0 if none is late."""
    oldest = oldest_unpaid_due_on(debt)
    return max(0, (as_of - oldest).days) if oldest else 0


AGEING_BUCKETS: tuple[tuple[int, int | None], ...] = (
    (1, 30),
    (31, 60),
    (61, 90),
    (91, 180),
    (181, None),
)


def ageing_class(days: int) -> str:
    """`current`, `1-30`, `31-60`, `61-90`, `91-180` or `over-180`, by days past due."""
    if days < 1:
        return "current"
    for first, last in AGEING_BUCKETS:
        if last is not None and days <= last:
            return f"{first}-{last}"
    return "over-180"


@dataclass(frozen=True, slots=True)
class AgeingBucket:
    """Overdue money whose own instalment is `days_min` to `days_max` days late."""

    days_min: int
    days_max: int | None
    amount_minor: int


def ageing_by_instalment(
    debt: Debt, as_of: date, buckets: Sequence[tuple[int, int | None]] = AGEING_BUCKETS
) -> tuple[AgeingBucket, ...]:
    """Overdue amounts by the age of their own instalment; buckets with nothing are left out.

    Another figure than portfolio at risk, which takes the whole balance of a late debt.
    """
    late = [
        ((as_of - state.due_on).days, state.unpaid_minor)
        for state in settled_by_schedule(debt, as_of)
        if state.status is InstalmentStatus.OVERDUE
    ]
    filled = (
        AgeingBucket(
            first,
            last,
            sum(
                unpaid for days, unpaid in late if first <= days <= (days if last is None else last)
            ),
        )
        for first, last in buckets
    )
    return tuple(bucket for bucket in filled if bucket.amount_minor)


@dataclass(frozen=True, slots=True)
class SettlementQuote:
    """What pays the debt off on a day. The charge is always nothing (rule QRD-16)."""

    quoted_on: date
    principal_minor: int
    fee_minor: int
    total_minor: int
    charge_minor: int = 0


def settlement_quote(debt: Debt, on: date) -> SettlementQuote:
    """Early settlement: what is outstanding, with no charge on any day (AAOIFI SS 19 4/1)."""
    return SettlementQuote(
        quoted_on=on,
        principal_minor=debt.principal_outstanding_minor,
        fee_minor=debt.fee_outstanding_minor,
        total_minor=debt.outstanding_minor,
    )
