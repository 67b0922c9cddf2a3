"""Which things of a pledge to sell, and what they answer for. No I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations

BP = 10_000
EXACT_ITEMS_MAX = 12
"""Up to so many things every choice is looked at; beyond, things are taken greedily."""


class Finding(StrEnum):
    """How a debtor in default is classed before his pledge is touched (AAOIFI SS 3 cl. 1)."""

    SOLVENT_DELAYING = "solvent_delaying"
    INSOLVENT = "insolvent"
    EXCUSED = "excused"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Claims:
    """What a pledge answers for today, in minor units.

    `due_minor` of the debt may be demanded now; `outstanding_minor` is all of it.
    """

    due_minor: int
    outstanding_minor: int
    fee_minor: int

    @property
    def needed_minor(self) -> int:
        """What a sale has to bring before costs."""
        return self.due_minor + self.fee_minor

    @property
    def payoff_minor(self) -> int:
        """What frees the pledge today."""
        return self.outstanding_minor + self.fee_minor


def reserve_minor(market_minor: int, reserve_bp: int) -> int:
    """The lowest price at which a lot may go: a share of its market value, rounded up (ARN-06)."""
    return -(-market_minor * reserve_bp // BP)


def minimal_lot(values: Mapping[str, int], needed_minor: int) -> tuple[str, ...]:
    """The things to sell so that a debt and its costs are covered, and as little else as may be.

    Of all choices that cover `needed_minor` the one worth least; of equals the one with fewer
    things, then by id (ARN-08, AAOIFI SS 39 3/4/1). With many things they are taken from the
    dearest down, and those that prove not to be needed are put back, dearest first. When all
    together do not cover it, all are sold.
    """
    if sum(values.values()) <= needed_minor:
        return tuple(sorted(values))
    if needed_minor <= 0:
        return ()
    if len(values) <= EXACT_ITEMS_MAX:
        return _least(values, needed_minor)
    return _greedy(values, needed_minor)


def _least(values: Mapping[str, int], needed_minor: int) -> tuple[str, ...]:
    ids = sorted(values)
    covering = (
        chosen
        for count in range(1, len(ids) + 1)
        for chosen in combinations(ids, count)
        if sum(values[one] for one in chosen) >= needed_minor
    )
    return min(
        covering, key=lambda chosen: (sum(values[one] for one in chosen), len(chosen), chosen)
    )


def _greedy(values: Mapping[str, int], needed_minor: int) -> tuple[str, ...]:
    dearest = sorted(values, key=lambda one: (-values[one], one))
    chosen: list[str] = []
    for one in dearest:
        if sum(values[each] for each in chosen) >= needed_minor:
            break
        chosen.append(one)
    for one in tuple(chosen):
        rest = sum(values[each] for each in chosen if each != one)
        if rest >= needed_minor:
            chosen.remove(one)
    return tuple(sorted(chosen))


def is_oversale(values: Mapping[str, int], chosen: tuple[str, ...], needed_minor: int) -> bool:
    """Whether one of the things chosen could have stayed with its owner."""
    total = sum(values[one] for one in chosen)
    return any(total - values[one] >= needed_minor for one in chosen)
