"""The simulation's sums by a plain Python loop: the standard customers on drawn prices."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass

from sanduq.sarf.simulation.model import Behaviour, SimulationParameters


@dataclass(slots=True)
class PlainSums:
    """What a loop over paths adds up."""

    sarf_profit: float = 0.0
    sarf_squares: float = 0.0
    sarf_book: float = 0.0
    pledge_profit: float = 0.0
    pledge_book: float = 0.0
    bought: int = 0
    called: int = 0
    shortfall: float = 0.0


def plain_loop(asked: SimulationParameters, paths: int, stream: random.Random) -> PlainSums:
    """Draws and reckons path by path: both structures, one person drawn and all in the mean.

    For months as steps and groups that want all of their gold, as the standard ones do.
    """
    sums = PlainSums()
    for _ in range(paths):
        prices = _path(asked, stream)
        _sarf(asked, prices, sums, who := _person(asked, stream))
        _pledge(asked, prices, sums, who)
    return sums


def _path(asked: SimulationParameters, stream: random.Random) -> list[float]:
    terms = asked.prices
    shift = (terms.drift - terms.volatility**2 / 2) / 12
    spread = terms.volatility * math.sqrt(1 / 12)
    level, found = 0.0, [terms.start_price]
    for _ in range(asked.months):
        level += shift + spread * stream.gauss(0.0, 1.0)
        found.append(terms.start_price * math.exp(level))
    return found


def _person(asked: SimulationParameters, stream: random.Random) -> tuple[int, bool, bool, bool]:
    point, group = stream.random(), 0
    while group < len(asked.customers) - 1 and point >= asked.customers[group].share:
        point -= asked.customers[group].share
        group += 1
    return (
        group,
        stream.random() < asked.customers[group].short_of_cash,
        stream.random() < asked.finds_cash_later,
        stream.random() < asked.renews_without_cash,
    )


def _sarf(
    asked: SimulationParameters,
    prices: list[float],
    sums: PlainSums,
    who: tuple[int, bool, bool, bool],
) -> None:
    terms, grams = asked.sarf, asked.weight_grams
    cost = terms.buy_fraction * prices[0]
    resold = terms.resale_fraction * prices[terms.closes_months]
    book = 0.0
    for number, group in enumerate(asked.customers):
        at_once, at_last = resold, resold
        is_at_once = is_at_last = False
        for month in range(terms.opens_months, terms.closes_months + 1):
            price, is_last = terms.cap_fraction * prices[month], month == terms.closes_months
            if group.behaviour is Behaviour.NEVER:
                wants = False
            elif group.behaviour is Behaviour.ALWAYS_LAST_DAY:
                wants = is_last
            elif group.behaviour is Behaviour.IF_AFFORDABLE:
                wants = price <= group.budget * cost
            else:
                wants = True
            if wants and not is_at_once:
                at_once, is_at_once = price, True
            if wants and is_last:
                at_last, is_at_last = price, True
        short, finds = group.short_of_cash, asked.finds_cash_later
        mean = (1 - short) * at_once + short * (finds * at_last + (1 - finds) * resold)
        book += group.share * (mean - cost)
        if number == who[0]:
            proceeds, is_bought = at_once, is_at_once
            if who[1]:
                proceeds, is_bought = (at_last, is_at_last) if who[2] else (resold, False)
            profit = (proceeds - cost) * grams
            sums.sarf_profit += profit
            sums.sarf_squares += profit * profit
            sums.bought += is_bought
    sums.sarf_book += book * grams


def _pledge(
    asked: SimulationParameters,
    prices: list[float],
    sums: PlainSums,
    who: tuple[int, bool, bool, bool],
) -> None:
    terms, grams = asked.pledge, asked.weight_grams
    loan, fee = terms.loan_margin * prices[0], terms.fee_per_100_per_month / 100 * prices[0]
    matures, ends = terms.maturity_months, terms.maturity_months + terms.renewal_months

    def ended(month: int, *, is_redeemed: bool) -> tuple[float, float]:
        owed, proceeds = loan + fee * month, terms.sale_fraction * prices[month]
        unpaid = 0.0 if is_redeemed else max(owed - proceeds, 0.0)
        return fee * month - unpaid * (1 - terms.recovered_fraction), unpaid

    book = 0.0
    for number, group in enumerate(asked.customers):
        wants = group.behaviour is not Behaviour.NEVER
        first = ends if group.behaviour is Behaviour.ALWAYS_LAST_DAY else matures
        is_able = group.behaviour is not Behaviour.IF_AFFORDABLE
        has_cash = ended(
            first, is_redeemed=wants and (is_able or loan + fee * first <= group.budget * loan)
        )
        later = ended(
            ends, is_redeemed=wants and (is_able or loan + fee * ends <= group.budget * loan)
        )
        renewed, sold = ended(ends, is_redeemed=False), ended(matures, is_redeemed=False)
        if not wants:
            has_cash = later = renewed = sold
        short, finds, renews = (
            group.short_of_cash, asked.finds_cash_later, asked.renews_without_cash,
        )  # fmt: skip
        without = renews * renewed[0] + (1 - renews) * sold[0]
        book += group.share * (
            (1 - short) * has_cash[0] + short * (finds * later[0] + (1 - finds) * without)
        )
        if number == who[0]:
            found, last = has_cash, first
            if who[1] and wants:
                found, last = later if who[2] else renewed, ends
                if not (who[2] or who[3]):
                    found, last = sold, matures
            sums.pledge_profit += found[0] * grams
            sums.shortfall += found[1] * grams
            sums.called += any(
                loan + fee * month >= terms.call_ratio * prices[month] for month in range(1, last)
            )
    sums.pledge_book += book * grams
