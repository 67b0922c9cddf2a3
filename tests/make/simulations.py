"""Simulations to test with, and the same sums by a plain loop: one person on one path."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from sanduq.sarf.simulation.model import (
    Behaviour,
    CustomerGroup,
    PriceModel,
    PricePaths,
    SimulationParameters,
)

FIRST_DAY = (CustomerGroup(Behaviour.ALWAYS_FIRST_DAY, 1.0),)


def flat_then(price: float, *, start: float = 200.0, months: int = 8) -> tuple[float, ...]:
    """A path that goes to `price` in the first month and stays there."""
    return (start, *[price] * months)


def on_paths(*paths: Sequence[float], **changed: Any) -> SimulationParameters:
    """A simulation on given paths, of customers who buy back on the first day."""
    standard: dict[str, Any] = {
        "paths": len(paths),
        "months": len(paths[0]) - 1,
        "customers": FIRST_DAY,
        "prices": PricePaths(PriceModel.GIVEN, given=tuple(tuple(path) for path in paths)),
    }
    return SimulationParameters(**standard | changed)


@dataclass(frozen=True, slots=True)
class Person:
    """Of which group, and how the person stands for cash."""

    group: CustomerGroup
    is_short: bool
    finds_cash: bool
    renews: bool


@dataclass(frozen=True, slots=True)
class Sarf:
    profit: float
    cost: float
    bought_at: int | None


@dataclass(frozen=True, slots=True)
class Pledge:
    profit: float
    cost: float
    is_redeemed: bool
    ended_at: int
    shortfall: float
    calls: int


def everyone(asked: SimulationParameters) -> list[tuple[Person, float]]:
    """Every kind of person there may be, and how likely one is."""
    found = []
    for group in asked.customers:
        for is_short, of_short in ((False, 1 - group.short_of_cash), (True, group.short_of_cash)):
            for finds, of_finding in (
                (True, asked.finds_cash_later), (False, 1 - asked.finds_cash_later),
            ):  # fmt: skip
                for renews, of_renewing in (
                    (True, asked.renews_without_cash), (False, 1 - asked.renews_without_cash),
                ):  # fmt: skip
                    share = group.share * of_short * of_finding * of_renewing
                    found.append((Person(group, is_short, finds, renews), share))
    return found


def plain_sarf(asked: SimulationParameters, path: Sequence[float], person: Person) -> Sarf:
    """The sarf structure for one person on one path, step by step."""
    per_month, terms, group = asked.prices.steps_per_month, asked.sarf, person.group
    last = asked.months * per_month
    opens, closes = terms.opens_months * per_month, min(terms.closes_months * per_month, last)
    received = terms.buy_fraction * path[0]
    bought_at = None
    for step in range(len(path)):
        if bought_at is not None or not opens <= step <= closes:
            continue
        if person.is_short and not (person.finds_cash and step == closes):
            continue
        price = terms.cap_fraction * path[step]
        wants = {
            Behaviour.NEVER: False,
            Behaviour.ALWAYS_FIRST_DAY: True,
            Behaviour.ALWAYS_LAST_DAY: step == closes,
            Behaviour.IF_WORTH_IT: terms.cap_fraction
            <= group.worth_threshold * asked.trade_fraction,
            Behaviour.IF_AFFORDABLE: path[step]
            <= path[0] * (group.budget * terms.buy_fraction / terms.cap_fraction),
        }[group.behaviour]
        if wants:
            bought_at, paid = step, price
    resold, closing = terms.resale_fraction * path[closes], path[closes]
    keeping = asked.keeping_cost_per_100_per_month / 100 * path[0]
    until_close = keeping * closes / per_month
    grams = asked.weight_grams
    if bought_at is None:
        return Sarf((resold - received - until_close) * grams, (closing - received) * grams, None)
    part, rest = group.part, 1 - group.part
    kept = part * keeping * bought_at / per_month + rest * until_close
    return Sarf(
        (part * paid + rest * resold - received - kept) * grams,
        (part * paid + rest * closing - received) * grams,
        bought_at,
    )


def plain_pledge(asked: SimulationParameters, path: Sequence[float], person: Person) -> Pledge:
    """The pledge for one person on one path, step by step."""
    per_month, terms, group = asked.prices.steps_per_month, asked.pledge, person.group
    last = asked.months * per_month
    matures = min(terms.maturity_months * per_month, last)
    ends = min((terms.maturity_months + terms.renewal_months) * per_month, last)
    loan = terms.loan_margin * path[0]

    def owed(step: int) -> float:
        return loan + terms.fee_per_100_per_month / 100 * path[0] * step / per_month

    wants, ended_at = group.behaviour is not Behaviour.NEVER, matures
    if wants and person.is_short:
        wants = person.finds_cash
        ended_at = ends if person.finds_cash or person.renews else matures
    elif group.behaviour is Behaviour.ALWAYS_LAST_DAY:
        ended_at = ends
    market, debt = path[ended_at], owed(ended_at)
    if group.behaviour is Behaviour.IF_WORTH_IT:
        wants = wants and debt <= group.worth_threshold * (asked.trade_fraction * market)
    if group.behaviour is Behaviour.IF_AFFORDABLE:
        wants = wants and debt <= group.budget * loan
    proceeds = terms.sale_fraction * market
    unpaid, surplus = max(debt - proceeds, 0.0), max(proceeds - debt, 0.0)
    recovered = unpaid * terms.recovered_fraction
    part = group.part if wants else 0.0
    keeping = asked.keeping_cost_per_100_per_month / 100 * path[0] * ended_at / per_month
    is_called = [
        owed(step) >= terms.call_ratio * path[step] for step in range(ended_at)
    ]  # fmt: skip
    is_called[:1] = [False]
    grams = asked.weight_grams
    return Pledge(
        profit=(debt - loan - keeping - (1 - part) * (unpaid - recovered)) * grams,
        cost=(part * (debt - loan) + (1 - part) * (market - loan - surplus + recovered)) * grams,
        is_redeemed=wants,
        ended_at=ended_at,
        shortfall=(1 - part) * unpaid * grams,
        calls=sum(later and not earlier for earlier, later in pairwise(is_called)),
    )
