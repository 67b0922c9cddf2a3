"""Figures of impact: progress, change, and cells too small to be shown. No I/O."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from enum import StrEnum

from sanduq.kit.errors import ValidationFailed
from sanduq.kit.money import Asset
from sanduq.microfinance.programs.impact.facts import CELL_MINIMUM
from sanduq.microfinance.programs.indicators.model import (
    Aggregate,
    Dimension,
    Indicator,
    Source,
)

_STEP = Decimal("0.000001")
NOT_STATED = "not_stated"
REPORTABLE = (Source.SURVEY, Source.ECONOMIC)


class Basis(StrEnum):
    """Where a figure comes from: the books, people's answers, or a report of somebody."""

    COMPUTED = "computed"
    SURVEYED = "surveyed"
    RECORDED = "recorded"


class Gap(StrEnum):
    """Why there is no figure, or no progress."""

    NO_BASE = "no_base"  # nothing to divide by
    NOT_MEASURED = "not_measured"
    SUPPRESSED = "suppressed"  # so few people that it would tell on them
    TARGET_IS_BASELINE = "target_is_baseline"


@dataclass(frozen=True, slots=True)
class Period:
    """Days, the first and the last included."""

    starts_on: date
    ends_on: date


@dataclass(frozen=True, slots=True)
class Cell:
    """A figure about one part of the people. Suppressed: neither figure nor number is told."""

    cell: str
    value: Decimal | None
    respondents: int
    is_suppressed: bool = False


@dataclass(frozen=True, slots=True)
class Breakdown:
    """A figure by the parts of one dimension."""

    dimension: Dimension
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure and how many people it is about. `out_of`: the people it was picked from."""

    value: Decimal | None
    respondents: int
    out_of: int | None = None

    @property
    def is_small(self) -> bool:
        """Whether it, or the rest it was picked from, is about so few that it would tell."""
        rest = self.out_of - self.respondents if self.out_of is not None else 0
        return is_small(self.respondents) or is_small(rest)


@dataclass(frozen=True, slots=True)
class Change:
    """Before and after of the people asked twice; `bands` says how many rose, stayed and fell."""

    before_mean: Decimal | None
    after_mean: Decimal | None
    mean: Decimal | None
    median: Decimal | None
    respondents: int
    coverage: Decimal | None
    bands: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Tally:
    """Weighted sums of answers of one part of the people, as the database adds them up.

    `after_weight` counts everybody asked in the period, `pair_weight` those asked before too.
    """

    after_weight: Decimal
    after_sum: Decimal
    pair_weight: Decimal
    pair_before_sum: Decimal
    pair_after_sum: Decimal
    median: Decimal | None
    bands: Mapping[str, int]

    def figure(self, aggregate: Aggregate) -> Figure:
        """The one figure these answers make; None of it where there is nothing to divide by."""
        if aggregate in (Aggregate.CHANGE, Aggregate.GROWTH):
            base = self.pair_weight if aggregate is Aggregate.CHANGE else self.pair_before_sum
            difference = self.pair_after_sum - self.pair_before_sum
            return Figure(ratio(difference, base), _people(self.pair_weight))
        base = Decimal(1) if aggregate is Aggregate.SUM else self.after_weight
        value = ratio(self.after_sum, base) if self.after_weight else None
        return Figure(value, _people(self.after_weight))

    def change(self, base_count: int) -> Change:
        """Before and after, over those asked twice."""
        pairs, people = self.pair_weight, int(self.pair_weight)
        before, after = ratio(self.pair_before_sum, pairs), ratio(self.pair_after_sum, pairs)
        return Change(
            before_mean=before,
            after_mean=after,
            mean=ratio(self.pair_after_sum - self.pair_before_sum, pairs),
            median=rounded(self.median) if self.median is not None else None,
            respondents=people,
            coverage=ratio(Decimal(people), Decimal(base_count)),
            bands=suppress([Cell(name, None, count) for name, count in self.bands.items()]),
        )


@dataclass(frozen=True, slots=True)
class GivenCell:
    """A figure of one part of the people as somebody sends it, not read yet."""

    dimension: Dimension
    cell: str
    value: object
    respondents: int | None


@dataclass(frozen=True, slots=True)
class GivenMetric:
    """A figure as somebody sends it: read once its indicator, and so its unit, is known."""

    indicator: str
    value: object
    respondents: int | None
    source: Source | None
    cells: tuple[GivenCell, ...]


@dataclass(frozen=True, slots=True)
class Metric:
    """A figure on record. `respondents` None: nobody says how many people it is about."""

    indicator: str
    value: Decimal
    respondents: int | None
    source: Source
    iris_version: str | None
    dimension: Dimension | None = None
    cell: str | None = None


@dataclass(frozen=True, slots=True)
class ImpactRecord:
    """Figures reported for a period, as they were recorded; a later record corrects them."""

    record_id: str
    program_id: str
    period: Period
    metrics: tuple[Metric, ...]
    created_at: datetime
    created_by: str


def rounded(value: Decimal) -> Decimal:
    """To six decimals, half-even."""
    return value.quantize(_STEP, rounding=ROUND_HALF_EVEN)


def ratio(part: Decimal, whole: Decimal) -> Decimal | None:
    """A quotient to six decimals; None over zero, never zero or infinity."""
    return rounded(part / whole) if whole else None


def progress(baseline: Decimal, target: Decimal, actual: Decimal) -> Decimal | None:
    """(actual - baseline) ÷ (target - baseline), to six decimals; None where they are equal.

    40 to 100, at 76: 0.6. It may fall below zero or rise above one: nothing is cut off.
    """
    return ratio(actual - baseline, target - baseline)


def is_small(people: int, minimum: int = CELL_MINIMUM) -> bool:
    """Whether a figure about so many people would tell on them. Nobody is told on by nobody."""
    return 0 < people < minimum


def suppress(cells: Sequence[Cell], minimum: int = CELL_MINIMUM) -> tuple[Cell, ...]:
    """The cells of one breakdown with those hidden that would tell on a few people.

    Every cell of fewer than `minimum` people is hidden; and since the whole is told, more are
    hidden, smallest first, until at least two are and together hold `minimum` people: what the
    others leave of the whole then fits no single hidden cell.
    """
    hidden = {place for place, each in enumerate(cells) if is_small(each.respondents, minimum)}
    if not hidden:
        return tuple(cells)
    rest = sorted(
        (place for place, each in enumerate(cells) if each.respondents and place not in hidden),
        key=lambda place: (cells[place].respondents, place),
    )
    while rest and (len(hidden) < 2 or sum(cells[place].respondents for place in hidden) < minimum):
        hidden.add(rest.pop(0))
    return tuple(
        replace(each, value=None, is_suppressed=True) if place in hidden else each
        for place, each in enumerate(cells)
    )


def _people(weight: Decimal) -> int:
    """The people a weight stands for, rounded down: a part of one person is one person."""
    return max(1, int(weight)) if weight else 0


def read_metrics(
    given: Sequence[GivenMetric], known: Mapping[str, Indicator], asset: Asset
) -> tuple[Metric, ...]:
    """The figures sent, each read in the unit of its indicator: everybody, then the parts.

    Refuses VALIDATION_ERROR an indicator sent twice or computed by the platform, a figure its
    unit does not hold, and parts that hold more people than the whole.
    """
    codes = [each.indicator for each in given]
    found = []
    for place, each in enumerate(given):
        field, indicator = f"metrics.{place}", known[each.indicator]
        if codes.index(each.indicator) != place:
            raise ValidationFailed.field(
                f"{field}.indicator", "doubled", f"{each.indicator} is sent twice"
            )
        if indicator.is_computed:
            keeper = "books" if indicator.is_of_books else "scorecards people answered"
            message = f"{indicator.code} is computed from the {keeper}; it is not posted"
            raise ValidationFailed.field(f"{field}.indicator", "computed", message)
        source = each.source or indicator.source
        if source not in REPORTABLE:
            message = "a reported figure comes from a survey or from economic data"
            raise ValidationFailed.field(f"{field}.source", "computed", message)
        _check_parts(each, field)
        value = indicator.value(each.value, asset, f"{field}.value")
        version = indicator.iris_version
        found.append(Metric(indicator.code, value, each.respondents, source, version))
        for index, part in enumerate(each.cells):
            value = indicator.value(part.value, asset, f"{field}.disaggregation.{index}.value")
            found.append(
                Metric(
                    indicator.code, value, part.respondents, source, version, part.dimension,
                    part.cell,
                )
            )  # fmt: skip
    return tuple(found)


def _check_parts(given: GivenMetric, field: str) -> None:
    seen: set[tuple[Dimension, str]] = set()
    for index, part in enumerate(given.cells):
        place = f"{field}.disaggregation.{index}"
        if (part.dimension, part.cell) in seen:
            raise ValidationFailed.field(place, "doubled", f"{part.cell} stands twice")
        seen.add((part.dimension, part.cell))
    for dimension in {part.dimension for part in given.cells}:
        parts = sum(p.respondents or 0 for p in given.cells if p.dimension is dimension)
        if given.respondents is not None and parts > given.respondents:
            message = f"the parts by {dimension} hold {parts} people, the whole {given.respondents}"
            raise ValidationFailed.field(f"{field}.disaggregation", "more_than_whole", message)
