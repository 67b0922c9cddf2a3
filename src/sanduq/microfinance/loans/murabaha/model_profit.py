"""When a deferred profit is earned: by the effective method, instalment by instalment.

The profit was fixed at the sale and never grows; this only says in which period how much of it
is shown as income (FAS 28, paragraphs 25-26). Minor units throughout.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from itertools import accumulate, pairwise

from sanduq.kit.days import ONE_DAY
from sanduq.obligations.model import Debt, settled_by_schedule
from sanduq.obligations.schedule import Frequency, Schedule

_PERIOD_DAYS = {
    Frequency.MONTHLY: Decimal("30.4375"),
    Frequency.BIWEEKLY: Decimal(14),
    Frequency.WEEKLY: Decimal(7),
}
_PERIODS_A_YEAR = {Frequency.MONTHLY: 12, Frequency.BIWEEKLY: 26, Frequency.WEEKLY: 52}
STRAY_MAX_MINOR = 2
_DIGITS = 34
_TOLERANCE = Decimal("1e-24")
_HIGHEST = Decimal(1_000_000)


@dataclass(frozen=True, slots=True)
class ProfitPlan:
    """What each due date of one schedule version earns, after `recognised_minor` earned before."""

    schedule_version: int
    recognised_minor: int
    due_on: tuple[date, ...]
    profit_minor: tuple[int, ...]

    def earned_through(self, day: date) -> int:
        """All that is earned by the end of `day`."""
        earned = zip(self.due_on, self.profit_minor, strict=True)
        return self.recognised_minor + sum(minor for due, minor in earned if due <= day)

    def next_on(self, day: date) -> date | None:
        """The first due date after `day` that earns anything."""
        earned = zip(self.due_on, self.profit_minor, strict=True)
        return min((due for due, minor in earned if due > day and minor), default=None)


def profit_by_period(
    cost_minor: int,
    schedule: Schedule,
    *,
    frequency: Frequency = Frequency.MONTHLY,
    started_on: date | None = None,
) -> tuple[int, ...]:
    """The profit each instalment earns; they sum exactly to the price less `cost_minor`.

    One rate per period makes the instalments worth the cost; a period earns that rate on what
    is still carried. The first period is a single one unless `started_on` lies more than one and
    a half before the first due date; a gap in the dates counts as the periods it spans. Each
    period is rounded half-even, never straying more than two units from the exact sum; the last
    absorbs the rest. A cost of nothing left earns in proportion to the instalments.
    Refuses (`ValueError`) a price below the cost.
    """
    amounts = [line.total_minor for line in schedule.lines]
    profit_minor = sum(amounts) - cost_minor
    if profit_minor < 0:
        raise ValueError("a murabaha is not sold below its cost")
    if profit_minor == 0:
        return (0,) * len(amounts)
    if cost_minor <= 0:
        return _differences([_rounded(Decimal(sum_) * profit_minor / sum(amounts))
                             for sum_ in accumulate(amounts)])  # fmt: skip
    gaps = _gaps(schedule.due_on, frequency, started_on)
    with localcontext() as context:
        context.prec = _DIGITS
        growth = 1 + _rate(cost_minor, amounts, gaps)
        carried, exact, told, cumulative = Decimal(cost_minor), Decimal(0), 0, []
        for amount, gap in zip(amounts, gaps, strict=True):
            grown = carried * growth**gap
            exact += grown - carried
            told = min(_told(told, grown - carried, exact), profit_minor)
            carried = grown - amount
            cumulative.append(told)
    cumulative[-1] = profit_minor
    return _differences(cumulative)


def _told(before: int, period: Decimal, exact: Decimal) -> int:
    """What is earned so far in whole minor units: each period rounded half-even by itself, unless
    that strays further than `STRAY_MAX_MINOR` from the exact sum."""
    by_period = before + _rounded(period)
    return by_period if abs(by_period - exact) <= STRAY_MAX_MINOR else max(before, _rounded(exact))


def effective_annual_rate(
    cost_minor: int, schedule: Schedule, *, frequency: Frequency, started_on: date | None = None
) -> Decimal:
    """What the profit weighs in a year, compounded by period, to four decimals: disclosure."""
    amounts = [line.total_minor for line in schedule.lines]
    if sum(amounts) <= cost_minor:
        return Decimal(0)
    with localcontext() as context:
        context.prec = _DIGITS
        rate = _rate(cost_minor, amounts, _gaps(schedule.due_on, frequency, started_on))
        return ((1 + rate) ** _PERIODS_A_YEAR[frequency] - 1).quantize(Decimal("0.0001"))


def plan_of_sale(
    cost_minor: int, schedule: Schedule, *, frequency: Frequency, started_on: date
) -> ProfitPlan:
    """The plan of the schedule agreed at the sale."""
    earned = profit_by_period(cost_minor, schedule, frequency=frequency, started_on=started_on)
    return ProfitPlan(schedule.version, 0, schedule.due_on, earned)


def plan_anew(
    debt: Debt, *, recognised_minor: int, deferred_minor: int, frequency: Frequency, on: date
) -> ProfitPlan:
    """The plan of a schedule agreed anew: what is still deferred, over what is still to come.

    Carried is what is unpaid of the instalments after `on`, less what is deferred. With nothing
    to come, the rest is earned the day after.
    """
    version = debt.schedule.version
    ahead = [line for line in settled_by_schedule(debt, on) if line.due_on > on]
    lines = [(line.due_on, line.unpaid_minor) for line in ahead if line.unpaid_minor]
    if not lines or deferred_minor == 0:
        return ProfitPlan(version, recognised_minor, (on + ONE_DAY,), (deferred_minor,))
    due_on, amounts = (tuple(column) for column in zip(*lines, strict=True))
    rest = Schedule(version, due_on, amounts, (0,) * len(amounts))
    cost_minor = max(0, rest.total_minor - deferred_minor)
    if cost_minor == 0:  # less is unpaid than deferred: an act of the creditor not told to us
        shares = accumulate(amounts)
        earned = _differences(
            [_rounded(Decimal(share) * deferred_minor / rest.total_minor) for share in shares]
        )
    else:
        earned = profit_by_period(cost_minor, rest, frequency=frequency, started_on=on)
    return ProfitPlan(version, recognised_minor, due_on, earned)


def _gaps(due_on: Sequence[date], frequency: Frequency, started_on: date | None) -> list[int]:
    """Periods from each due date to the next; the first counted from the start, if it is known."""
    length = _PERIOD_DAYS[frequency]
    first = 1 if started_on is None else _periods((due_on[0] - started_on).days, length)
    return [first, *(_periods((later - day).days, length) for day, later in pairwise(due_on))]


def _periods(days: int, length: Decimal) -> int:
    return max(1, _rounded(days / length))


def _rate(cost_minor: int, amounts: Sequence[int], gaps: Sequence[int]) -> Decimal:
    """The rate of one period at which the amounts are worth the cost; bisection."""
    low, high = Decimal(0), Decimal(1)
    while high < _HIGHEST and _worth(amounts, gaps, high) > cost_minor:
        low, high = high, high * 2
    while high - low > _TOLERANCE:
        middle = (low + high) / 2
        if middle in (low, high):
            break
        if _worth(amounts, gaps, middle) > cost_minor:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def _worth(amounts: Sequence[int], gaps: Sequence[int], rate: Decimal) -> Decimal:
    # From the last instalment backwards: what follows, brought back over one gap at a time.
    worth = Decimal(0)
    for amount, gap in zip(reversed(amounts), reversed(gaps), strict=True):
        worth = (worth + amount) / (1 + rate) ** gap
    return worth


def _rounded(number: Decimal) -> int:
    return int(number.quantize(Decimal(1), rounding=ROUND_HALF_EVEN))


def _differences(cumulative: Sequence[int]) -> tuple[int, ...]:
    return tuple(later - earlier for earlier, later in pairwise((0, *cumulative)))


__all__ = [
    "ProfitPlan", "effective_annual_rate", "plan_anew", "plan_of_sale", "profit_by_period",
]  # fmt: skip
