"""The impact report: each indicator's figure beside its target, and by the parts of the people.

Put together from sums the database made; it holds no name and no id of anybody. No I/O.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from sanduq.kit.money import Asset
from sanduq.microfinance.programs.impact.facts import CellFact
from sanduq.microfinance.programs.impact.model import (
    NOT_STATED,
    Basis,
    Breakdown,
    Cell,
    Change,
    Figure,
    Gap,
    Period,
    Tally,
    is_small,
    progress,
    ratio,
    rounded,
    suppress,
)
from sanduq.microfinance.programs.impact.model_books import MEASURES, NOTHING, Books
from sanduq.microfinance.programs.indicators.model import Aggregate, Dimension, Indicator
from sanduq.microfinance.programs.model import Program, Target
from sanduq.microfinance.programs.surveys.model import poverty_rate

ALL = ("all", "all")
Part = tuple[str, str]
"""A dimension and the cell of it; `ALL` is everybody."""


@dataclass(frozen=True, slots=True)
class Base:
    """The clients of the program, how many were asked twice, and how likely they are poor."""

    clients: int
    paired: int
    scored: int
    likelihood_sum_bp: int


@dataclass(frozen=True, slots=True)
class Recorded:
    """A figure somebody reported, and of which days."""

    value: Decimal
    respondents: int | None
    period: Period


@dataclass(frozen=True, slots=True)
class Sums:
    """All that was read for one report."""

    base: Base
    books: Mapping[Part, Books]
    tallies: Mapping[str, Mapping[Part, Tally]]
    records: Mapping[str, Mapping[Part, Recorded]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One indicator of the report. `respondents` None: hidden, or nobody said how many."""

    indicator: Indicator
    basis: Basis | None
    actual: Decimal | None
    gap: Gap | None
    respondents: int | None
    period: Period
    target: Target | None = None
    progress: Decimal | None = None
    progress_gap: Gap | None = None
    change: Change | None = None
    breakdowns: tuple[Breakdown, ...] = ()

    @property
    def is_suppressed(self) -> bool:
        """Whether there is a figure that is not told."""
        return self.gap is Gap.SUPPRESSED


@dataclass(frozen=True, slots=True)
class Poverty:
    """The poverty rate of those scored, and how many of them are expected to be poor."""

    respondents: int | None
    rate: Decimal | None
    expected: Decimal | None


@dataclass(frozen=True, slots=True)
class Report:
    """What became of a program in a period. `clients` and `paired` None: too few to be told."""

    program: Program
    period: Period
    clients: int | None
    paired: int | None
    coverage: Decimal | None
    poverty: Poverty
    measured: tuple[Measured, ...]

    def find(self, code: str) -> Measured | None:
        """The figure of one indicator, if the report has it."""
        return next((each for each in self.measured if each.indicator.code == code), None)


def report(program: Program, period: Period, indicators: Iterable[Indicator], sums: Sums) -> Report:
    """Every indicator given, in its order, with target, change and breakdowns."""
    base = sums.base
    targets = {each.indicator: each for each in program.targets}
    is_told = not is_small(base.clients)
    tells_pairs = is_told and not is_small(base.paired)
    return Report(
        program=program,
        period=period,
        clients=base.clients if is_told else None,
        paired=base.paired if tells_pairs else None,
        coverage=ratio(Decimal(base.paired), Decimal(base.clients)) if tells_pairs else None,
        poverty=_poverty(base),
        measured=tuple(
            _with_target(_measured(each, program.asset, period, sums), targets.get(each.code))
            for each in indicators
        ),
    )


def told_cells(found: Report) -> tuple[CellFact, ...]:
    """Every figure of a report with the number of people it tells of, for rule DIS-06."""
    facts = [
        CellFact("base", found.clients or 0, found.clients is None),
        CellFact("base.with_both_surveys", found.paired or 0, found.paired is None),
        CellFact("poverty", found.poverty.respondents or 0, found.poverty.respondents is None),
    ]
    for place, each in enumerate(found.measured):
        field = f"indicators.{place}"
        facts.append(CellFact(field, each.respondents or 0, each.actual is None))
        if each.change is not None:
            facts.append(CellFact(f"{field}.change", each.change.respondents, False))
            facts += _facts(f"{field}.change.bands", each.change.bands)
        for breakdown in each.breakdowns:
            facts += _facts(f"{field}.disaggregation.{breakdown.dimension}", breakdown.cells)
    return tuple(facts)


def _facts(field: str, cells: Sequence[Cell]) -> list[CellFact]:
    return [CellFact(f"{field}.{c.cell}", c.respondents, c.is_suppressed) for c in cells]


def _poverty(base: Base) -> Poverty:
    if is_small(base.scored):
        return Poverty(None, None, None)
    rate = poverty_rate(base.likelihood_sum_bp, base.scored)
    expected = rounded(Decimal(base.likelihood_sum_bp) / 10_000) if base.scored else None
    return Poverty(base.scored, rate, expected)


def _measured(indicator: Indicator, asset: Asset, period: Period, sums: Sums) -> Measured:
    """The figure from whoever knows best: the platform, people's answers, somebody's report."""
    if indicator.measure in MEASURES:
        return _of_books(indicator, asset, period, sums.books)
    if indicator.measure == "cell":
        return _of_cell(indicator, period, sums.books)
    if indicator.is_computed:
        return _of_poverty(indicator, period, sums.base)
    tallies = sums.tallies.get(indicator.code, {})
    if ALL in tallies and tallies[ALL].after_weight:
        return _of_answers(indicator, period, tallies, sums.base.clients)
    records = sums.records.get(indicator.code, {})
    if ALL in records:
        return _of_records(indicator, records)
    return _none(indicator, period)


def _of_books(
    indicator: Indicator, asset: Asset, period: Period, books: Mapping[Part, Books]
) -> Measured:
    measure = MEASURES[indicator.measure or ""]
    figures = {part: measure(sums, asset) for part, sums in {ALL: NOTHING, **books}.items()}
    return _told(indicator, Basis.COMPUTED, period, figures)


def _of_cell(indicator: Indicator, period: Period, books: Mapping[Part, Books]) -> Measured:
    """The clients of one cell, told exactly when the breakdown of all clients tells it."""
    figures = {
        part: Figure(Decimal(sums.clients), sums.clients)
        for part, sums in books.items()
        if part[0] == indicator.dimension
    }
    whole = books.get(ALL, NOTHING).clients
    cells = {each.cell: each for each in suppress(_cells(figures))}
    cell = cells.get(indicator.cell or "", Cell(indicator.cell or "", Decimal(0), 0))
    is_hidden = cell.is_suppressed or is_small(whole)
    return Measured(
        indicator=indicator,
        basis=Basis.COMPUTED,
        actual=None if is_hidden else cell.value,
        gap=Gap.SUPPRESSED if is_hidden else None,
        respondents=None if is_hidden else cell.respondents,
        period=period,
    )


def _of_poverty(indicator: Indicator, period: Period, base: Base) -> Measured:
    if not base.scored:
        return _none(indicator, period)
    poverty = _poverty(base)
    actual = poverty.rate if indicator.measure == "poverty_rate" else poverty.expected
    return Measured(
        indicator=indicator,
        basis=Basis.SURVEYED,
        actual=actual,
        gap=Gap.SUPPRESSED if actual is None else None,
        respondents=poverty.respondents,
        period=period,
    )


def _of_answers(
    indicator: Indicator, period: Period, tallies: Mapping[Part, Tally], clients: int
) -> Measured:
    aggregate = indicator.aggregate
    if aggregate is None:
        return _none(indicator, period)
    figures = {part: tally.figure(aggregate) for part, tally in tallies.items()}
    whole = tallies[ALL]
    pairs, asked = int(whole.pair_weight), int(whole.after_weight)
    # Beside the mean of all asked, the mean of those asked twice gives away the few others.
    is_beside = aggregate not in (Aggregate.CHANGE, Aggregate.GROWTH)
    is_told = pairs > 0 and not is_small(pairs) and not (is_beside and is_small(asked - pairs))
    change = whole.change(clients) if is_told else None
    return _told(indicator, Basis.SURVEYED, period, figures, change)


def _of_records(indicator: Indicator, records: Mapping[Part, Recorded]) -> Measured:
    whole = records[ALL]
    is_hidden = whole.respondents is not None and is_small(whole.respondents)
    figures = {
        part: Figure(record.value, record.respondents or 0) for part, record in records.items()
    }
    for dimension in Dimension:
        parts = [f.respondents for part, f in figures.items() if part[0] == dimension]
        left = (whole.respondents or 0) - sum(parts)
        if parts and left > 0 and (dimension, NOT_STATED) not in figures:
            figures[dimension, NOT_STATED] = Figure(None, left)
    return Measured(
        indicator=indicator,
        basis=Basis.RECORDED,
        actual=None if is_hidden else whole.value,
        gap=Gap.SUPPRESSED if is_hidden else None,
        respondents=None if is_hidden else whole.respondents,
        period=whole.period,
        breakdowns=() if is_hidden else _breakdowns(tuple(Dimension), figures),
    )


def _told(
    indicator: Indicator,
    basis: Basis,
    period: Period,
    figures: Mapping[Part, Figure],
    change: Change | None = None,
) -> Measured:
    """A figure with its breakdowns, or the word that it is hidden."""
    whole = figures[ALL]
    if whole.is_small:
        return Measured(
            indicator=indicator,
            basis=basis,
            actual=None,
            gap=Gap.SUPPRESSED,
            respondents=None,
            period=period,
        )
    return Measured(
        indicator=indicator,
        basis=basis,
        actual=whole.value,
        gap=Gap.NO_BASE if whole.value is None else None,
        respondents=whole.respondents,
        period=period,
        change=change,
        breakdowns=_breakdowns(indicator.disaggregations, figures),
    )


def _breakdowns(
    dimensions: Sequence[Dimension], figures: Mapping[Part, Figure]
) -> tuple[Breakdown, ...]:
    found = []
    for dimension in dimensions:
        own = {part: figure for part, figure in figures.items() if part[0] == dimension}
        if own:
            found.append(Breakdown(dimension, suppress(_cells(own))))
    return tuple(found)


def _cells(figures: Mapping[Part, Figure]) -> list[Cell]:
    """Cells in the order of their names; a cell about nobody is left out."""
    return [
        Cell(cell, figure.value, figure.respondents)
        for (_, cell), figure in sorted(figures.items())
        if figure.respondents
    ]


def _none(indicator: Indicator, period: Period) -> Measured:
    return Measured(
        indicator=indicator,
        basis=None,
        actual=None,
        gap=Gap.NOT_MEASURED,
        respondents=None,
        period=period,
    )


def _with_target(measured: Measured, target: Target | None) -> Measured:
    if target is None:
        return measured
    share, gap = None, measured.gap
    if measured.actual is not None:
        share = progress(target.baseline, target.target, measured.actual)
        gap = Gap.TARGET_IS_BASELINE if share is None else None
    return Measured(
        indicator=measured.indicator,
        basis=measured.basis,
        actual=measured.actual,
        gap=measured.gap,
        respondents=measured.respondents,
        period=measured.period,
        target=target,
        progress=share,
        progress_gap=gap,
        change=measured.change,
        breakdowns=measured.breakdowns,
    )
