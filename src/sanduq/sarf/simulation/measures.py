"""What many paths come to: distributions, tails, costs by the year, bins."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sanduq.sarf.simulation.model import (
    FAN_QUANTILES,
    HISTOGRAM_BINS,
    Distribution,
    Histogram,
    Quantile,
    YearlyCost,
)
from sanduq.sarf.simulation.paths import MONTHS_PER_YEAR, Floats

DIGITS = 6
EDGE_PER_MILLE = 1


def rounded(value: float | np.floating) -> float:
    """A figure as it is told: to six decimals, and never minus nothing."""
    return round(float(value), DIGITS) + 0.0


def tail_count(paths: int, percent: int) -> int:
    """How many paths make the worst `100 - percent` of a hundred: at least one, rounded up."""
    return max(1, -(-paths * (100 - percent) // 100))


def value_at_risk(ascending: Floats, percent: int) -> float:
    """The loss that is reached or passed on the worst `100 - percent` per cent of the paths."""
    return -float(ascending[tail_count(len(ascending), percent) - 1])


def expected_shortfall(ascending: Floats, percent: int) -> float:
    """The mean loss on the worst `100 - percent` per cent of the paths."""
    return -float(ascending[: tail_count(len(ascending), percent)].mean())


def quantiles(ascending: Floats, at: Sequence[float] = FAN_QUANTILES) -> tuple[Quantile, ...]:
    """Quantiles of sorted values, with straight lines between neighbours."""
    place = np.asarray(at) * (len(ascending) - 1)
    low = np.floor(place).astype(np.int64)
    high = np.minimum(low + 1, len(ascending) - 1)
    found = ascending[low] + (ascending[high] - ascending[low]) * (place - low)
    return tuple(Quantile(q, rounded(value)) for q, value in zip(at, found, strict=True))


def distribution(profits: Floats) -> Distribution:
    """What profits per path come to."""
    ascending = np.sort(profits)
    return Distribution(
        mean=rounded(profits.mean()),
        standard_deviation=rounded(profits.std()),
        minimum=rounded(ascending[0]),
        maximum=rounded(ascending[-1]),
        loss_probability=rounded(losing_share(ascending)),
        value_at_risk_95=rounded(value_at_risk(ascending, 95)),
        value_at_risk_99=rounded(value_at_risk(ascending, 99)),
        expected_shortfall_95=rounded(expected_shortfall(ascending, 95)),
        expected_shortfall_99=rounded(expected_shortfall(ascending, 99)),
        quantiles=quantiles(ascending),
    )


def cost_distribution(costs: Floats) -> Distribution:
    """What costs per path come to: here the bad tail is the dear one."""
    ascending = np.sort(costs)
    gains = -ascending[::-1]
    return Distribution(
        mean=rounded(costs.mean()),
        standard_deviation=rounded(costs.std()),
        minimum=rounded(ascending[0]),
        maximum=rounded(ascending[-1]),
        loss_probability=rounded(losing_share(gains)),
        value_at_risk_95=rounded(value_at_risk(gains, 95)),
        value_at_risk_99=rounded(value_at_risk(gains, 99)),
        expected_shortfall_95=rounded(expected_shortfall(gains, 95)),
        expected_shortfall_99=rounded(expected_shortfall(gains, 99)),
        quantiles=quantiles(ascending),
    )


def losing_share(ascending: Floats) -> float:
    """The share of paths that lose; less than a millionth of a unit of money is no loss."""
    return int(np.searchsorted(ascending, -(10.0**-DIGITS), side="right")) / len(ascending)


def yearly_costs(
    flat: Floats, months: Floats, received: Floats
) -> tuple[YearlyCost, YearlyCost] | tuple[None, None]:
    """Mean and median of what having the gold back cost, path by path; none where nobody did."""
    if not len(flat):
        return None, None
    years = months / MONTHS_PER_YEAR
    figures = (months, flat * received, flat, flat / years, np.expm1(np.log1p(flat) / years))
    mean, median = (YearlyCost(*(rounded(of(figure)) for figure in figures)) for of in _CENTRES)
    return mean, median


def histogram(sarf: Floats, pledge: Floats) -> Histogram:
    """Profits of both structures in common bins, which leave out a thousandth at either end."""
    ascending = (np.sort(sarf), np.sort(pledge))
    ends = [
        (each[len(each) * EDGE_PER_MILLE // 1000], each[-1 - len(each) * EDGE_PER_MILLE // 1000])
        for each in ascending
    ]
    low, high = min(end[0] for end in ends), max(end[1] for end in ends)
    if high - low < 1.0:
        low, high = low - 0.5, high + 0.5
    edges = np.linspace(low, high, HISTOGRAM_BINS + 1)
    counted = [_counted(each, edges) for each in ascending]
    return Histogram(
        edges=tuple(rounded(edge) for edge in edges),
        sarf=counted[0][0],
        pledge=counted[1][0],
        sarf_below=counted[0][1],
        sarf_above=counted[0][2],
        pledge_below=counted[1][1],
        pledge_above=counted[1][2],
    )


def _counted(ascending: Floats, edges: Floats) -> tuple[tuple[int, ...], int, int]:
    # The last bin holds its upper edge too.
    places = np.searchsorted(ascending, edges, side="left")
    places[-1] = np.searchsorted(ascending, edges[-1], side="right")
    counts: NDArray[np.int64] = np.diff(places)
    return tuple(map(int, counts)), int(places[0]), int(len(ascending) - places[-1])


_CENTRES = (np.mean, np.median)
