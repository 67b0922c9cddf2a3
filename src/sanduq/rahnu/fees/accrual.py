"""How a custody fee grows day by day, and what the keeping costs beside it. Pure.

Only days, what is kept and the fee of a month are asked: no loan is in reach of this module.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise

from sanduq.kit.days import add_months
from sanduq.rahnu.fees.cost_studies.model import CostDriver, CustodyCostStudy
from sanduq.rahnu.fees.model import FeeBasis, FeeOfMonth


@dataclass(frozen=True, slots=True)
class FeeSegment:
    """The fee of a month from a day on, until the next segment begins."""

    from_on: date
    monthly_minor: int

    def __post_init__(self) -> None:
        if self.monthly_minor < 0:
            raise ValueError("a fee is not negative")


def accrued_minor(segments: Sequence[FeeSegment], through_on: date) -> int:
    """The fee grown from the first segment's day to `through_on`, in minor units.

    Whole months from a segment's start are exact; the days of the month begun count by that
    month's length, rounded down. Nothing on the first day; a day not reached adds nothing.
    Refuses (`ValueError`) segments out of order.
    """
    if any(one.from_on > after.from_on for one, after in pairwise(segments)):
        raise ValueError("the segments of a fee follow one another")
    ends = [*(segment.from_on for segment in segments[1:]), through_on][: len(segments)]
    return sum(
        _grown(segment, min(end, through_on)) for segment, end in zip(segments, ends, strict=True)
    )


def months_begun(from_on: date, through_on: date) -> tuple[int, date, date]:
    """Whole months passed, and the first day and the end of the month begun."""
    months = (through_on.year - from_on.year) * 12 + through_on.month - from_on.month
    if _month_end(from_on, months) > through_on:
        months -= 1
    return months, _month_end(from_on, months), _month_end(from_on, months + 1)


def month_by_month(segment: FeeSegment, months: int) -> tuple[FeeOfMonth, ...]:
    """The fee of each of the first months of a segment, with the sum so far."""
    fee = segment.monthly_minor
    return tuple(
        FeeOfMonth(
            number,
            _month_end(segment.from_on, number - 1),
            _month_end(segment.from_on, number) - timedelta(days=1),
            fee,
            fee * number,
        )
        for number in range(1, months + 1)
    )


def custody_cost_minor(study: CustodyCostStudy, basis: FeeBasis, months: int) -> int:
    """What keeping these things so many months costs under a study, rounded down.

    Things bear their share of what grows with things, grams of what grows with weight; the
    actual premium of the month counts where the study counts no premium itself (RHN-10).
    """
    of_items = Fraction(
        study.cost_minor(CostDriver.PER_ITEM_MONTH) * basis.item_count, study.item_months
    )
    of_weight = Fraction(
        study.cost_minor(CostDriver.PER_GRAM_MONTH) * basis.weight_mg, study.mg_months
    )
    premium = 0 if study.has_takaful else basis.takaful_premium_minor
    return int((of_items + of_weight + premium) * months)


def _grown(segment: FeeSegment, end_on: date) -> int:
    if end_on <= segment.from_on:
        return 0
    months, begun_on, ends_on = months_begun(segment.from_on, end_on)
    days, length = (end_on - begun_on).days, (ends_on - begun_on).days
    return segment.monthly_minor * months + segment.monthly_minor * days // length


def _month_end(from_on: date, months: int) -> date:
    return add_months(from_on, months, anchor_day=from_on.day)
