"""Who the customers are, drawn once, and what the same person would do in either structure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sanduq.sarf.simulation.model import CustomerGroup, SimulationParameters
from sanduq.sarf.simulation.paths import Floats

Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class People:
    """One customer per path: the group, and how that person stands for cash.

    `is_short`: has no cash on the first day, yet `finds_cash` by the last. Who is short and finds
    none lets the promise lapse, or the pledge be sold: at maturity, or where the person `renews`
    at the end of the renewal.
    """

    group: NDArray[np.int64]
    is_short: Flags
    finds_cash: Flags
    renews: Flags


@dataclass(frozen=True, slots=True)
class Standing:
    """The four ways a person of a group may stand for cash, and how likely each is."""

    has_cash: float
    later: float
    never_renews: float
    never: float


def draw_people(
    parameters: SimulationParameters, count: int, stream: np.random.Generator
) -> People:
    """The customers of a chunk."""
    drawn = stream.random((4, count))
    bounds = np.cumsum([group.share for group in parameters.customers])[:-1]
    group = np.searchsorted(bounds, drawn[0], side="right")
    short = np.asarray([each.short_of_cash for each in parameters.customers])
    return People(
        group=group,
        is_short=drawn[1] < short[group],
        finds_cash=drawn[2] < parameters.finds_cash_later,
        renews=drawn[3] < parameters.renews_without_cash,
    )


def standing_of(group: CustomerGroup, parameters: SimulationParameters) -> Standing:
    """How the people of a group stand, as shares of it."""
    short = group.short_of_cash
    never = short * (1 - parameters.finds_cash_later)
    return Standing(
        has_cash=1 - short,
        later=short * parameters.finds_cash_later,
        never_renews=never * parameters.renews_without_cash,
        never=never * (1 - parameters.renews_without_cash),
    )


def members(people: People, number: int) -> tuple[Flags, Flags, Flags, Flags]:
    """Who of a group stands how, in the order of `Standing`."""
    of_group = people.group == number
    is_short = of_group & people.is_short
    has_none = is_short & ~people.finds_cash
    return (
        of_group & ~people.is_short,
        is_short & people.finds_cash,
        has_none & people.renews,
        has_none & ~people.renews,
    )


def is_worth_it(pay_fraction: float, group: CustomerGroup, trade_fraction: float) -> bool:
    """Whether what must be paid is at most so much of what the trade would give, both as shares
    of the same day's market: so the answer is the same on every day and at every price."""
    return pay_fraction <= group.worth_threshold * trade_fraction


def first_step_where(rows: Floats, limit: Floats | float, first: int) -> NDArray[np.int16]:
    """For each path the first step whose row is at most `limit`; -1 where none is."""
    found = np.full(rows.shape[1], -1, dtype=np.int16)
    for step in reversed(range(len(rows))):
        found[rows[step] <= limit] = first + step
    return found
