"""The two structures on a chunk of paths. Money per gram of gold; the engine weighs it.

Each function answers, for one group of customers and one standing for cash, what would happen on
every path of the chunk. A draw then picks one of them per path, or shares weigh them all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sanduq.sarf.simulation.behaviour import Flags, first_step_where, is_worth_it
from sanduq.sarf.simulation.model import (
    Behaviour,
    CustomerGroup,
    PledgeStructure,
    SarfStructure,
    SimulationParameters,
    price_steps,
)
from sanduq.sarf.simulation.paths import Floats

Steps = NDArray[np.int16]
NEVER = -1


@dataclass(frozen=True, slots=True)
class Window:
    """Steps of a path: when the promise opens and closes, the pledge falls due and ends at last.

    What lies beyond the horizon is moved to its end; a window that opens after it never opens.
    """

    opens: int
    closes: int
    matures: int
    ends: int
    is_open: bool
    steps_per_month: int

    def months(self, step: Steps | int) -> Floats | float:
        return step / float(self.steps_per_month)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What happened on each path, per gram of the gold brought.

    `exit_step` is when the part wanted came back, else when the last of the gold was sold;
    `held_months` weighs the parts; `flat` is the cost of the part that came back beside the money
    had for it; `shortfall` is what a sold pledge leaves unpaid. What is alike on all paths is one
    number.
    """

    profit: Floats
    cost: Floats
    flat: Floats | float
    is_back: Flags | bool
    exit_step: Steps | int
    held_months: Floats | float
    shortfall: Floats | float


def window_of(parameters: SimulationParameters) -> Window:
    """Where the months of the two structures lie on the paths."""
    last, per_month = price_steps(parameters), parameters.prices.steps_per_month
    sarf, pledge = parameters.sarf, parameters.pledge
    return Window(
        opens=min(sarf.opens_months * per_month, last),
        closes=min(sarf.closes_months * per_month, last),
        matures=min(pledge.maturity_months * per_month, last),
        ends=min((pledge.maturity_months + pledge.renewal_months) * per_month, last),
        is_open=sarf.opens_months * per_month <= last,
        steps_per_month=per_month,
    )


@dataclass(frozen=True, slots=True)
class Drawn:
    """The outcome of the one person drawn for each path."""

    profit: Floats
    cost: Floats
    flat: Floats
    is_back: Flags
    exit_step: Steps
    held_months: Floats
    shortfall: Floats


def drawn(outcomes: Sequence[tuple[Outcome, Flags]], count: int) -> Drawn:
    """Of each path the outcome whose flag is set; one flag is set for each path."""
    found = Drawn(
        profit=np.empty(count),
        cost=np.empty(count),
        flat=np.empty(count),
        is_back=np.empty(count, dtype=np.bool_),
        exit_step=np.empty(count, dtype=np.int16),
        held_months=np.empty(count),
        shortfall=np.empty(count),
    )
    for outcome, where in outcomes:
        for name in Outcome.__slots__:
            np.copyto(
                getattr(found, name), getattr(outcome, name), where=where, casting="same_kind"
            )
    return found


def sarf_steps(
    prices: Floats, window: Window, group: CustomerGroup, sarf: SarfStructure, trade: float,
    *, is_late: bool,
) -> Steps | int:  # fmt: skip
    """When a person with the cash buys back, on each path: -1 is never, else within the window.

    `is_late`: the cash is there on the last day only.
    """
    first = window.closes if is_late else window.opens
    if not window.is_open or group.behaviour is Behaviour.NEVER:
        return NEVER
    if group.behaviour is Behaviour.ALWAYS_LAST_DAY:
        return window.closes
    if group.behaviour is Behaviour.ALWAYS_FIRST_DAY:
        return first
    if group.behaviour is Behaviour.IF_WORTH_IT:
        return first if is_worth_it(sarf.cap_fraction, group, trade) else NEVER
    limit = prices[0] * (group.budget * sarf.buy_fraction / sarf.cap_fraction)
    return first_step_where(prices[first : window.closes + 1], limit, first)


def sarf_outcome(
    prices: Floats, window: Window, parameters: SimulationParameters, group: CustomerGroup,
    bought_at: Steps | int,
) -> Outcome:  # fmt: skip
    """Contract 1 on day one; the part wanted sold back at the cap on `bought_at`; the rest, or all
    of it, sold to others at the close of the window."""
    sarf = parameters.sarf
    received = prices[0] * sarf.buy_fraction
    closing = prices[window.closes]
    resold = closing * sarf.resale_fraction
    keeping = prices[0] * (parameters.keeping_cost_per_100_per_month / 100)
    months_at_close = float(window.months(window.closes))
    if isinstance(bought_at, int) and bought_at == NEVER:
        return Outcome(
            profit=resold - received - keeping * months_at_close,
            cost=closing - received,
            flat=0.0,
            is_back=False,
            exit_step=window.closes,
            held_months=months_at_close,
            shortfall=0.0,
        )
    is_back = bought_at != NEVER
    part = is_back * group.part
    step = bought_at if isinstance(bought_at, int) else np.where(is_back, bought_at, window.closes)
    paid = _at(prices, step) * sarf.cap_fraction
    held = part * window.months(step) + (1 - part) * months_at_close
    return Outcome(
        profit=part * paid + (1 - part) * resold - received - keeping * held,
        cost=part * paid + (1 - part) * closing - received,
        flat=is_back * (paid / received - 1),
        is_back=is_back,
        exit_step=step,
        held_months=held,
        shortfall=0.0,
    )


def pledge_outcome(
    prices: Floats, window: Window, parameters: SimulationParameters, group: CustomerGroup,
    step: int, *, wants: bool,
) -> Outcome:  # fmt: skip
    """A pledge that ends on `step`: the part wanted is redeemed where the person `wants` it and
    the group's condition holds that day; the rest, or all of it, is sold."""
    pledge = parameters.pledge
    months = float(window.months(step))
    loan = prices[0] * pledge.loan_margin
    fee = prices[0] * (pledge.fee_per_100_per_month / 100 * months)
    keeping = prices[0] * (parameters.keeping_cost_per_100_per_month / 100 * months)
    owed, market = loan + fee, prices[step]
    is_back = wants and _redeems(group, owed, loan, market * parameters.trade_fraction)
    part = is_back * group.part
    rate = pledge.fee_per_100_per_month / 100 * months / pledge.loan_margin
    proceeds = market * pledge.sale_fraction
    unpaid = np.maximum(owed - proceeds, 0.0)
    surplus = np.maximum(proceeds - owed, 0.0)
    lost = unpaid * (1 - pledge.recovered_fraction)
    sold_cost = market - loan - surplus + unpaid * pledge.recovered_fraction
    return Outcome(
        profit=fee - keeping - (1 - part) * lost,
        cost=part * fee + (1 - part) * sold_cost,
        flat=np.multiply(is_back, rate, dtype=np.float64),
        is_back=is_back,
        exit_step=step,
        held_months=months,
        shortfall=(1 - part) * unpaid,
    )


def sarf_outcomes(
    prices: Floats, window: Window, parameters: SimulationParameters
) -> list[Sequence[Outcome]]:
    """What becomes of each group's sale and promise, in the order of `Standing`."""
    found: dict[tuple[int, float], Outcome] = {}

    def bought(group: CustomerGroup, *, is_late: bool) -> Outcome:
        step = sarf_steps(
            prices, window, group, parameters.sarf, parameters.trade_fraction, is_late=is_late
        )
        if not isinstance(step, int):
            return sarf_outcome(prices, window, parameters, group, step)
        return ended(group, step)

    def ended(group: CustomerGroup, step: int) -> Outcome:
        # Groups that do alike share the outcome; for who never buys the part is all the same.
        key = (step, group.part if step != NEVER else 0.0)
        if key not in found:
            found[key] = sarf_outcome(prices, window, parameters, group, step)
        return found[key]

    return [
        (
            bought(group, is_late=False),
            bought(group, is_late=True),
            ended(group, NEVER),
            ended(group, NEVER),
        )
        for group in parameters.customers
    ]


def pledge_outcomes(
    prices: Floats, window: Window, parameters: SimulationParameters
) -> list[Sequence[Outcome]]:
    """What becomes of each group's pledge, in the order of `Standing`."""
    found: dict[tuple[int, float], Outcome] = {}

    def ended(group: CustomerGroup, step: int, *, wants: bool) -> Outcome:
        if wants and group.behaviour in (Behaviour.IF_WORTH_IT, Behaviour.IF_AFFORDABLE):
            return pledge_outcome(prices, window, parameters, group, step, wants=True)
        key = (step, group.part if wants else 0.0)
        if key not in found:
            found[key] = pledge_outcome(prices, window, parameters, group, step, wants=wants)
        return found[key]

    def outcomes(group: CustomerGroup) -> Sequence[Outcome]:
        if group.behaviour is Behaviour.NEVER:
            return [ended(group, window.matures, wants=False)] * 4
        is_last = group.behaviour is Behaviour.ALWAYS_LAST_DAY
        return (
            ended(group, window.ends if is_last else window.matures, wants=True),
            ended(group, window.ends, wants=True),
            ended(group, window.ends, wants=False),
            ended(group, window.matures, wants=False),
        )

    return [outcomes(group) for group in parameters.customers]


def margin_calls(
    prices: Floats, window: Window, pledge: PledgeStructure, exit_step: Steps
) -> NDArray[np.int16]:
    """How often a pledge that is still open comes to the ratio at which it is called."""
    calls = np.zeros(prices.shape[1], dtype=np.int16)
    was_called = np.zeros(prices.shape[1], dtype=np.bool_)
    for step in range(1, window.ends):
        months = float(window.months(step))
        owed = prices[0] * (pledge.loan_margin + pledge.fee_per_100_per_month / 100 * months)
        is_called = (owed >= prices[step] * pledge.call_ratio) & (exit_step > step)
        calls += is_called & ~was_called
        was_called = is_called
    return calls


def _redeems(group: CustomerGroup, owed: Floats, loan: Floats, trade: Floats) -> Flags | bool:
    if group.behaviour is Behaviour.IF_WORTH_IT:
        return owed <= group.worth_threshold * trade
    if group.behaviour is Behaviour.IF_AFFORDABLE:
        return owed <= group.budget * loan
    return group.behaviour is not Behaviour.NEVER


def _at(prices: Floats, step: Steps | int) -> Floats:
    if isinstance(step, int):
        return np.asarray(prices[step], dtype=np.float64)
    return np.asarray(prices[step, np.arange(prices.shape[1])], dtype=np.float64)
